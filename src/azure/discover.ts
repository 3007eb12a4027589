import type { AzureAdminRule, AzureAppGateway, AzureLbHealth, AzureLoadBalancer } from "../model/azure-facts.ts";
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
  decodeLoadBalancer,
  decodePublicIp,
  decodeRouteTable,
  decodeSubnet,
  decodeVnet,
  vnetOf,
} from "./decode.ts";
import { decodeAdminRules, decodeLbHealth } from "./decode-more.ts";
import { type GatewayWish, readGateways } from "./gateways.ts";
import { machinesOf, readPools } from "./pools.ts";
import { listed, type Query, reasonOf, shower } from "./reads.ts";
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

/**
 * Reads the network around the nodes from Azure, starting at their `spec.providerID`. Every question is a `show` or `list`. What one of them does
 * not answer is a gap of its collection; without az, login or the subscription all are unavailable for that reason.
 *
 * Each call takes az a second or more, most of it for starting Python. So a question waits only for the answer that names its object: nodes → subnet →
 * NSG, and everything else beside that. Whether az is logged in is one question among them, not one before them.
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
  const own = ["--subscription", first.subscription] as const;
  const inGroup = ["-g", first.resourceGroup, ...own] as const;
  const subnets = shower(query, ["network", "vnet", "subnet"], decodeSubnet);
  const vnets = shower(query, ["network", "vnet"], decodeVnet);
  const routeTables = shower(query, ["network", "route-table"], decodeRouteTable);
  const nsgs = shower(query, ["network", "nsg"], nsgOf);

  /** A subnet's id names its network; what is attached to the subnet, its own answer tells. */
  const around = async (id: string): Promise<void> => {
    const shown = subnets.ask(id).then(async (read) => {
      if ("item" in read) await Promise.all([routeTables.ask(read.item.routeTable), nsgs.ask(read.item.nsg)]);
    });
    await Promise.all([shown, vnets.ask(vnetOf(id))]);
  };
  const location = async () => {
    const azurePools = await readPools(machines, query);
    const pools = itemsOr(azurePools);
    const subnet = pools[0]?.subnets[0];
    const [azureAdminRules] = await Promise.all([
      adminRules(subnet === undefined ? undefined : vnetOf(subnet), query),
      ...pools.map(({ nsg }) => nsgs.ask(nsg)),
      ...pools.flatMap((pool) => pool.subnets.map(around)),
    ]);
    return { azurePools, azureAdminRules };
  };
  const gateways = async (): Promise<Gathered<AzureAppGateway>> => {
    const azureAppGateways = await readGateways(wish, first.subscription, query);
    await Promise.all(itemsOr(azureAppGateways).flatMap((gateway) => gateway.subnets.map(around)));
    return azureAppGateways;
  };
  const balancers = async () => {
    const azureLoadBalancers = listed(await query("network", "lb", "list", ...inGroup), decodeLoadBalancer);
    return { azureLoadBalancers, azureLbHealth: await lbHealth(itemsOr(azureLoadBalancers), query) };
  };

  const [account, located, balanced, ips, aks, azureAppGateways] = await Promise.all([
    query("account", "show", ...own),
    location(),
    balancers(),
    query("network", "public-ip", "list", ...inGroup),
    query("aks", "list", ...own),
    gateways(),
  ]);
  if (account.state === "failed")
    return {
      collections: allUnavailable(...reasonOf(account)),
      // The others fail for the same reason, or by chance not: they say nothing new.
      asked: asked.filter(({ answer }) => answer === account),
    };
  return {
    collections: {
      ...located,
      azureSubnets: await subnets.gathered(),
      azureVnets: await vnets.gathered(),
      azureRouteTables: await routeTables.gathered(),
      azureNsgs: await nsgs.gathered(),
      ...balanced,
      azurePublicIps: listed(ips, decodePublicIp),
      azureClusters: listed(
        aks.state === "ok" ? { state: "ok", json: clustersOf(aks.json, first.resourceGroup) } : aks,
        (json) => json as ReturnType<typeof clustersOf>[number],
      ),
      azureAppGateways,
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
