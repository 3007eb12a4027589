import { type AzureMachine, parseProviderId } from "../model/azure.ts";
import type { AzureAdminRule, AzureLbHealth, AzureLoadBalancer, AzurePool } from "../model/azure-facts.ts";
import type { KubeNode } from "../model/kube.ts";
import type { Nsg } from "../model/nsg.ts";
import {
  type AzureCollectionName,
  type Collections,
  type Gathered,
  itemsOr,
  type UnavailableReason,
} from "../model/snapshot.ts";
import { decodeNsgs } from "../nsg/decode.ts";
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
import { decodeAdminRules, decodeLbHealth } from "./decode-more.ts";
import { type GatewayWish, readGateways } from "./gateways.ts";
import { gathered, listed, type Query, type Read, read, reasonOf, unique } from "./reads.ts";
import type { AzAnswer, AzRunner } from "./runner.ts";

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
export async function discoverAzure(
  nodes: readonly KubeNode[],
  ask: AzRunner,
  wish: GatewayWish = "none",
): Promise<Discovered> {
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
  const [lbs, ips, aks, azureAppGateways] = await Promise.all([
    query("network", "lb", "list", "-g", first.resourceGroup, "--subscription", first.subscription),
    query("network", "public-ip", "list", "-g", first.resourceGroup, "--subscription", first.subscription),
    query("aks", "list", "--subscription", first.subscription),
    readGateways(wish, first.subscription, query),
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
    [...pools, ...itemsOr(azureAppGateways)].flatMap((one) => one.subnets),
    ["network", "vnet", "subnet"],
    decodeSubnet,
  );
  const subnets = azureSubnets.state === "ok" ? azureSubnets.items : [];
  const nsgIds = [...pools.map((pool) => pool.nsg), ...subnets.map((subnet) => subnet.nsg)];
  const azureLoadBalancers = listed(lbs, decodeLoadBalancer);
  const [azureVnets, azureRouteTables, azureNsgs, azureLbHealth, azureAdminRules] = await Promise.all([
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
    lbHealth(itemsOr(azureLoadBalancers), query),
    adminRules(unique(subnets.map((subnet) => subnet.vnet))[0], query),
  ]);
  return {
    collections: {
      azurePools,
      azureSubnets,
      azureVnets,
      azureRouteTables,
      azureNsgs,
      azureLoadBalancers,
      azurePublicIps: listed(ips, decodePublicIp),
      azureClusters: listed(
        aks.state === "ok" ? { state: "ok", json: clustersOf(aks.json, first.resourceGroup) } : aks,
        (json) => json as ReturnType<typeof clustersOf>[number],
      ),
      azureAppGateways,
      azureLbHealth,
      azureAdminRules,
    },
    asked,
  };
}

/** How the health probes of the cluster's load balancers fared in the last hour, node by node. */
async function lbHealth(balancers: readonly AzureLoadBalancer[], query: Query): Promise<Gathered<AzureLbHealth>> {
  const words = ["monitor", "metrics", "list", "--metric", "DipAvailability", "--aggregation", "Average"];
  const more = ["--interval", "PT1M", "--dimension", "FrontendIPAddress", "FrontendPort", "BackendIPAddress"];
  const served = balancers.filter(({ rules }) => rules.length > 0).slice(0, 2);
  const read = await Promise.all(served.map(({ id }) => query(...words, "--resource", id, ...more)));
  const items = read.flatMap((answer, i) =>
    answer.state === "ok" ? decodeLbHealth(answer.json, served[i]?.id ?? "") : [],
  );
  const failed = read.find((answer) => answer.state === "failed");
  if (items.length > 0 || failed === undefined) return { state: "ok", items };
  const [reason, detail] = reasonOf(failed);
  return { state: "unavailable", reason, detail };
}

/** Left out where they cannot be read: they take an extension of az that hardly anybody has, and most networks have none. */
async function adminRules(vnet: string | undefined, query: Query): Promise<Gathered<AzureAdminRule>> {
  const [, group, name] = /\/resourcegroups\/([^/]+)\/.*\/virtualnetworks\/([^/]+)/.exec(vnet ?? "") ?? [];
  const none = { state: "unavailable", reason: "not-requested", detail: "not readable" } as const;
  if (group === undefined || name === undefined) return none;
  const words = ["network", "manager", "list-effective-security-admin-rule"];
  const [, subscription = ""] = /\/subscriptions\/([^/]+)/.exec(vnet ?? "") ?? [];
  const answer = await query(...words, "-g", group, "--virtual-network-name", name, "--subscription", subscription);
  return answer.state === "ok" ? { state: "ok", items: decodeAdminRules(answer.json) } : none;
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

function nsgOf(json: unknown): Nsg | undefined {
  const decoded = decodeNsgs(json);
  const nsg = decoded.state === "ok" ? decoded.nsgs[0] : undefined;
  return nsg === undefined ? undefined : { ...nsg, id: nsg.id.toLowerCase() };
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
    azureAppGateways: none,
    azureLbHealth: none,
    azureAdminRules: { state: "unavailable", reason: "not-requested", detail },
  };
}
