import { type AzureMachine, parseProviderId } from "../model/azure.ts";
import type { AzurePool } from "../model/azure-facts.ts";
import type { KubeNode } from "../model/kube.ts";
import type { Nsg } from "../model/nsg.ts";
import type { AzureCollectionName, Collections, Gathered, UnavailableReason } from "../model/snapshot.ts";
import { decodeNsgs } from "../nsg/decode.ts";
import { listOf } from "../nsg/json.ts";
import {
  clustersOf,
  decodeInterfaces,
  decodeLoadBalancer,
  decodeNicIds,
  decodePublicIp,
  decodeRouteTable,
  decodeSubnet,
  decodeVnet,
} from "./decode.ts";
import type { AzAnswer, AzFailure, AzRunner } from "./runner.ts";

/** The Azure part of a snapshot. */
export type AzureCollections = { readonly [K in AzureCollectionName]: Gathered<Collections[K]> };

/** One question, and what came back; kept so that people see the exact commands. */
export interface Asked {
  readonly args: readonly string[];
  readonly answer: AzAnswer;
}

export interface Discovered {
  readonly collections: AzureCollections;
  readonly asked: readonly Asked[];
}

/** More machines than this say nothing new: pools share their configuration. */
const MAX_POOLS = 12;

/**
 * Reads the network around the nodes from Azure, starting at their `spec.providerID`. Every question is a `show` or `list`. What one of them does
 * not answer is a gap of its collection; when the first already fails (no az, no login, wrong subscription) all are unavailable for that reason.
 */
export async function discoverAzure(nodes: readonly KubeNode[], ask: AzRunner): Promise<Discovered> {
  const asked: Asked[] = [];
  const query = async (...args: readonly string[]): Promise<AzAnswer> => {
    const answer = await ask(args);
    asked.push({ args, answer });
    return answer;
  };
  const machines = machinesOf(nodes);
  const first = machines[0]?.machine;
  if (first === undefined)
    return { collections: allUnavailable("not-served", "no node of the cluster is a machine of Azure"), asked };
  const account = await query("account", "show", "--subscription", first.subscription);
  if (account.state === "failed") return { collections: allUnavailable(...reasonOf(account)), asked };

  const shown = await Promise.all(machines.slice(0, MAX_POOLS).map((one) => poolOf(one, query)));
  const azurePools = gathered(shown);
  const pools = shown.flatMap((one) => ("item" in one ? [one.item] : []));
  const [lbs, ips, aks] = await Promise.all([
    query("network", "lb", "list", "-g", first.resourceGroup, "--subscription", first.subscription),
    query("network", "public-ip", "list", "-g", first.resourceGroup, "--subscription", first.subscription),
    query("aks", "list", "--subscription", first.subscription),
  ]);
  const show = async <T>(
    ids: readonly (string | null)[],
    words: readonly string[],
    decode: (json: unknown) => T | undefined,
  ) =>
    gathered(
      await Promise.all(unique(ids).map(async (id) => read(await query(...words, "show", "--ids", id), id, decode))),
    );
  const azureSubnets = await show(
    pools.flatMap((pool) => pool.subnets),
    ["network", "vnet", "subnet"],
    decodeSubnet,
  );
  const subnets = azureSubnets.state === "ok" ? azureSubnets.items : [];
  const nsgIds = [...pools.map((pool) => pool.nsg), ...subnets.map((subnet) => subnet.nsg)];
  const [azureVnets, azureRouteTables, azureNsgs] = await Promise.all([
    show(
      subnets.map((subnet) => subnet.vnet),
      ["network", "vnet"],
      decodeVnet,
    ),
    show(
      subnets.map((subnet) => subnet.routeTable),
      ["network", "route-table"],
      decodeRouteTable,
    ),
    show(nsgIds, ["network", "nsg"], nsgOf),
  ]);
  return {
    collections: {
      azurePools,
      azureSubnets,
      azureVnets,
      azureRouteTables,
      azureNsgs,
      azureLoadBalancers: listed(lbs, decodeLoadBalancer),
      azurePublicIps: listed(ips, decodePublicIp),
      azureClusters: listed(
        aks.state === "ok" ? { state: "ok", json: clustersOf(aks.json, first.resourceGroup) } : aks,
        (json) => json as ReturnType<typeof clustersOf>[number],
      ),
    },
    asked,
  };
}

interface Located {
  readonly machine: AzureMachine;
  readonly nodes: readonly string[];
}

/** One machine for each scale set, and every single virtual machine, with the nodes that it stands for. */
function machinesOf(nodes: readonly KubeNode[]): readonly Located[] {
  const found = new Map<string, { machine: AzureMachine; nodes: string[] }>();
  for (const node of nodes) {
    const machine = parseProviderId(node.spec?.providerID ?? "");
    if (machine === undefined) continue;
    const key = `${machine.resourceGroup}/${machine.scaleSet ?? machine.instance}`.toLowerCase();
    const entry = found.get(key) ?? { machine, nodes: [] };
    entry.nodes.push(node.metadata.name);
    found.set(key, entry);
  }
  return [...found.values()];
}

type Query = (...args: readonly string[]) => Promise<AzAnswer>;
type Read<T> = { readonly item: T } | { readonly gap: string; readonly failure?: AzFailure };

async function poolOf({ machine, nodes }: Located, query: Query): Promise<Read<AzurePool>> {
  const root = `/subscriptions/${machine.subscription}/resourceGroups/${machine.resourceGroup}/providers/Microsoft.Compute`;
  const named = (json: unknown): AzurePool => ({
    name: machine.scaleSet ?? machine.instance,
    nodes,
    ...decodeInterfaces(json),
  });
  if (machine.scaleSet !== undefined) {
    const id = `${root}/virtualMachineScaleSets/${machine.scaleSet}`;
    return read(await query("vmss", "show", "--ids", id), id, named);
  }
  const id = `${root}/virtualMachines/${machine.instance}`;
  const shown = await query("vm", "show", "--ids", id);
  const nic = shown.state === "ok" ? decodeNicIds(shown.json)[0] : undefined;
  if (nic === undefined)
    return shown.state === "ok" ? { gap: `${id}: names no network interface` } : read(shown, id, named);
  return read(await query("network", "nic", "show", "--ids", nic), nic, named);
}

function read<T>(answer: AzAnswer, what: string, decode: (json: unknown) => T | undefined): Read<T> {
  if (answer.state === "failed") return { gap: `${what}: ${answer.detail}`, failure: answer };
  const item = decode(answer.json);
  return item === undefined ? { gap: `${what}: not understood` } : { item };
}

function nsgOf(json: unknown): Nsg | undefined {
  const decoded = decodeNsgs(json);
  const nsg = decoded.state === "ok" ? decoded.nsgs[0] : undefined;
  return nsg === undefined ? undefined : { ...nsg, id: nsg.id.toLowerCase() };
}

/** What was read, with the rest as gaps; unavailable when nothing could be read at all. */
function gathered<T>(reads: readonly Read<T>[]): Gathered<T> {
  const items = reads.flatMap((one) => ("item" in one ? [one.item] : []));
  const gaps = reads.flatMap((one) => ("gap" in one ? [one] : []));
  const first = gaps[0];
  if (items.length === 0 && first !== undefined) {
    const [reason, detail] = first.failure === undefined ? (["failed", first.gap] as const) : reasonOf(first.failure);
    return { state: "unavailable", reason, detail };
  }
  return { state: "ok", items, ...(gaps.length === 0 ? {} : { gaps: gaps.map(({ gap }) => gap) }) };
}

function listed<T>(answer: AzAnswer, decode: (json: unknown) => T): Gathered<T> {
  if (answer.state === "ok") return { state: "ok", items: listOf(answer.json).map(decode) };
  const [reason, detail] = reasonOf(answer);
  return { state: "unavailable", reason, detail };
}

/** The snapshot's words for a failure; the next step stands in the detail. */
function reasonOf({ kind, detail, next }: AzFailure): readonly [UnavailableReason, string] {
  const reason = kind === "forbidden" ? "forbidden" : kind === "not-in-dump" ? "not-in-dump" : "failed";
  return [reason, next[0] === undefined ? detail : `${detail}; next: ${next[0]}`];
}

function unique(ids: readonly (string | null)[]): readonly string[] {
  return [...new Set(ids.filter((id) => id !== null && id !== ""))].map(String);
}

/** Every collection unavailable for one reason. */
export function allUnavailable(reason: UnavailableReason, detail: string): AzureCollections {
  const none = { state: "unavailable", reason, detail } as const;
  return {
    azurePools: none,
    azureSubnets: none,
    azureVnets: none,
    azureRouteTables: none,
    azureNsgs: none,
    azureLoadBalancers: none,
    azurePublicIps: none,
    azureClusters: none,
  };
}
