/** Where the nodes are attached: the subnets and security groups of their network interfaces. */
import { type AzureMachine, parseProviderId } from "../model/azure.ts";
import type { AzurePool } from "../model/azure-facts.ts";
import type { KubeNode } from "../model/kube.ts";
import type { Gathered } from "../model/snapshot.ts";
import { decodeInterfaces, decodeMachineInterfaces } from "./decode.ts";
import { gathered, type Query, type Read, read } from "./reads.ts";

/** More scale sets than this mostly say nothing new; what is left out is a gap. */
const MAX_SCALE_SETS = 12;

/** A machine with the nodes that it stands for. */
export interface Located {
  readonly machine: AzureMachine;
  readonly nodes: readonly string[];
}

/** One machine for each scale set, and every single virtual machine (availability sets, flexible scale sets, node auto-provisioning). */
export function machinesOf(nodes: readonly KubeNode[]): readonly Located[] {
  const found = new Map<string, { machine: AzureMachine; nodes: string[] }>();
  for (const node of nodes) {
    const machine = parseProviderId(node.spec?.providerID ?? "");
    if (machine === undefined) continue;
    const key = `${rootOf(machine)}/${machine.scaleSet ?? machine.instance}`.toLowerCase();
    const entry = found.get(key) ?? { machine, nodes: [] };
    entry.nodes.push(node.metadata.name);
    found.set(key, entry);
  }
  return [...found.values()];
}

function rootOf({ subscription, resourceGroup }: AzureMachine): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute`;
}

/** The pools of all machines: a question for each scale set, one for all single machines of a resource group. */
export async function readPools(machines: readonly Located[], query: Query): Promise<Gathered<AzurePool>> {
  const sets = machines.filter(({ machine }) => machine.scaleSet !== undefined);
  const left = sets.slice(MAX_SCALE_SETS).map(({ machine }) => machine.scaleSet);
  const reads = await Promise.all([
    Promise.all(sets.slice(0, MAX_SCALE_SETS).map((one) => scaleSet(one, query))),
    singles(
      machines.filter(({ machine }) => machine.scaleSet === undefined),
      query,
    ),
  ]);
  const more: readonly Read<AzurePool>[] =
    left.length === 0 ? [] : [{ gap: `${left.length} more scale sets were not asked about: ${left.join(", ")}` }];
  return gathered([...reads.flat(), ...more]);
}

async function scaleSet({ machine, nodes }: Located, query: Query): Promise<Read<AzurePool>> {
  const name = machine.scaleSet ?? "";
  const id = `${rootOf(machine)}/virtualMachineScaleSets/${name}`;
  return read(await query("vmss", "show", "--ids", id), id, (json) => ({ name, nodes, ...decodeInterfaces(json) }));
}

/** Machines of one resource group that are attached alike are one pool: there may be hundreds. */
async function singles(machines: readonly Located[], query: Query): Promise<readonly Read<AzurePool>[]> {
  const groups = new Map<string, Located[]>();
  for (const one of machines) {
    const key = rootOf(one.machine).toLowerCase();
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const reads = await Promise.all(
    [...groups.values()].map(async (members): Promise<readonly Read<AzurePool>[]> => {
      const { resourceGroup, subscription } = members[0]?.machine ?? { resourceGroup: "", subscription: "" };
      const answer = await query("network", "nic", "list", "-g", resourceGroup, "--subscription", subscription);
      const list = read(answer, `network interfaces of ${resourceGroup}`, decodeMachineInterfaces);
      return "item" in list ? alike(members, list.item) : [list];
    }),
  );
  return reads.flat();
}

function alike(
  members: readonly Located[],
  interfaces: ReturnType<typeof decodeMachineInterfaces>,
): readonly Read<AzurePool>[] {
  const pools = new Map<string, AzurePool & { readonly more: number }>();
  const lost: string[] = [];
  for (const { machine, nodes } of members) {
    const id = `${rootOf(machine)}/virtualMachines/${machine.instance}`.toLowerCase();
    const found = interfaces.find((one) => one.machine === id);
    if (found === undefined) {
      lost.push(machine.instance);
      continue;
    }
    const key = JSON.stringify([found.nsg, found.subnets]);
    const before = pools.get(key);
    if (before === undefined)
      pools.set(key, { name: machine.instance, nodes, nsg: found.nsg, subnets: found.subnets, more: 0 });
    else pools.set(key, { ...before, nodes: [...before.nodes, ...nodes], more: before.more + 1 });
  }
  const items = [...pools.values()].map(({ more, name, ...pool }) => ({
    item: { ...pool, name: more === 0 ? name : `${name} and ${more} more` },
  }));
  return lost.length === 0
    ? items
    : [...items, { gap: `no network interface was found for ${lost.slice(0, 5).join(", ")}` }];
}
