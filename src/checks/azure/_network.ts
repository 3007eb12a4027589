/** The security groups between a load balancer and the nodes, pieced together from what Azure said. */
import { azureAnnotation, frontendIps, isInternal, isLocal, isTrue } from "../../model/azure.ts";
import type { AzureCluster, AzurePool, AzureRouteTable, AzureSubnet, AzureVnet } from "../../model/azure-facts.ts";
import { type Address, type Cidr, canonicalIp, parseAddress, parseCidr } from "../../model/cidr.ts";
import type { EndpointSlice, KubeNode, Service, ServicePort } from "../../model/kube.ts";
import type { Nsg, Route } from "../../model/nsg.ts";
import { timeOf } from "../../model/pods.ts";
import { protocolOf } from "../../model/ports.ts";
import { type Gathered, itemsOr } from "../../model/snapshot.ts";
import { type Flow, type NetworkContext, PROBE_SOURCE, PROBE_SOURCE_V6 } from "../../nsg/flow.ts";
import { SAMPLE_CLIENT } from "../../nsg/flows.ts";
import type { NsgPath, NsgSlot } from "../../nsg/path.ts";

/** What Azure said, as it came: an id that is in no collection could not be read. */
export interface AzureView {
  readonly azurePools: Gathered<AzurePool>;
  readonly azureSubnets: Gathered<AzureSubnet>;
  readonly azureVnets: Gathered<AzureVnet>;
  readonly azureRouteTables: Gathered<AzureRouteTable>;
  readonly azureNsgs: Gathered<Nsg>;
  readonly azureClusters: Gathered<AzureCluster>;
}

/** The way into nodes of one subnet and one NSG of network interfaces. */
export interface NodePath {
  /** Names of the pools that share it. */
  readonly pools: readonly string[];
  readonly nodes: readonly KubeNode[];
  readonly subnet: AzureSubnet | undefined;
  readonly nsgs: NsgPath;
  readonly context: NetworkContext;
  /** False when the address space of the virtual network could not be read. */
  readonly vnetKnown: boolean;
}

const EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers";

/** What Azure needs at most to take a new node or pod into account: routes, pools, metrics. */
const SETTLED = 10 * 60_000;

/** Whether something is so new that Azure need not know of it yet. A dump without a time of its own cannot tell: what looks young may be old, and that is no proof. */
export function isYoung(since: string | null | undefined, now: number, clockIsLowerBound: boolean): boolean {
  const at = timeOf(since ?? undefined);
  return at !== undefined && (clockIsLowerBound || now - at < SETTLED);
}

/** The nodes that get the Service's traffic: all but the excluded ones; with policy Local those that hold an endpoint, when that is known. */
export function balancedNodes(
  service: Service,
  nodes: readonly KubeNode[],
  slices: readonly EndpointSlice[] | undefined,
): readonly KubeNode[] {
  const admitted = nodes.filter((node) => !Object.hasOwn(node.metadata.labels ?? {}, EXCLUDED));
  if (!isLocal(service) || slices === undefined) return admitted;
  const holding = new Set(
    slices
      .filter((slice) => slice.metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name)
      .flatMap((slice) => (slice.endpoints ?? []).flatMap((endpoint) => endpoint.nodeName ?? [])),
  );
  return admitted.filter((node) => holding.has(node.metadata.name));
}

/** One path for each pair of subnet and NSG among the pools of the given nodes. */
export function nodePaths(view: AzureView, nodes: readonly KubeNode[]): readonly NodePath[] {
  const paths = new Map<string, NodePath>();
  for (const pool of itemsOr(view.azurePools)) {
    // Files name no nodes: what they say holds for all.
    const members = pool.nodes.length === 0 ? nodes : nodes.filter((node) => pool.nodes.includes(node.metadata.name));
    if (members.length === 0) continue;
    const key = `${pool.subnets[0] ?? ""} ${pool.nsg ?? ""}`;
    const before = paths.get(key);
    if (before === undefined) paths.set(key, pathOf(view, pool, members));
    else paths.set(key, { ...before, pools: [...before.pools, pool.name], nodes: [...before.nodes, ...members] });
  }
  return [...paths.values()];
}

function pathOf(view: AzureView, pool: AzurePool, nodes: readonly KubeNode[]): NodePath {
  const subnet = itemsOr(view.azureSubnets).find(({ id }) => id === pool.subnets[0]);
  const vnet = itemsOr(view.azureVnets).find(({ id }) => id === subnet?.vnet);
  const slot = (id: string | null): NsgSlot =>
    id === null ? "none" : (itemsOr(view.azureNsgs).find((nsg) => nsg.id === id) ?? "unreadable");
  const cluster = itemsOr(view.azureClusters)[0];
  const overlay = cluster?.networkPluginMode.toLowerCase() === "overlay" ? cluster.podCidrs : [];
  return {
    pools: [pool.name],
    nodes,
    subnet,
    nsgs: { subnet: subnet === undefined ? "unreadable" : slot(subnet.nsg), nic: slot(pool.nsg) },
    context: {
      vnet: [...(vnet?.prefixes ?? []), ...(vnet?.peers ?? [])].flatMap(cidrOf),
      overlay: overlay.flatMap(cidrOf),
      routes: routesOf(view, subnet),
    },
    vnetKnown: vnet !== undefined,
  };
}

const cidrOf = (text: string): readonly Cidr[] => {
  const cidr = parseCidr(text);
  return cidr === undefined ? [] : [cidr];
};

/** The subnet's routes. A table that could not be read may hold a default route: then nobody knows what VirtualNetwork contains. */
function routesOf(view: AzureView, subnet: AzureSubnet | undefined): readonly Route[] {
  if (subnet?.routeTable === undefined || subnet.routeTable === null) return [];
  const table = itemsOr(view.azureRouteTables).find(({ id }) => id === subnet.routeTable);
  return table?.routes ?? [{ name: "unreadable", prefix: "0.0.0.0/0", nextHopType: "unknown" }];
}

/** A node's own address of the family. */
export function nodeAddress(node: KubeNode | undefined, family: 4 | 6): Address | undefined {
  return (node?.status?.addresses ?? [])
    .filter(({ type }) => type === "InternalIP")
    .flatMap(({ address }) => parseAddress(address ?? "") ?? [])
    .find((address) => address.family === family);
}

/** A public IPv6 client (documentation prefix, RFC 3849: nobody's). */
const SAMPLE_CLIENT_V6: Address = { family: 6, value: 0x20010db8_0000_0000_0000_0000_0000_0007n };

/** Ranges that the Service lets in; empty: everybody. */
export function allowedRanges(service: Service): readonly string[] {
  const listed = (text: string | undefined): readonly string[] =>
    (text ?? "")
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== "");
  return [
    ...(service.spec?.loadBalancerSourceRanges ?? []),
    ...listed(azureAnnotation(service, "azure-allowed-ip-ranges")),
    ...listed(azureAnnotation(service, "load-balancer-source-ranges")),
  ];
}

/**
 * An address that should reach the Service: one of its allowed ranges, else some public client, or a node's for an internal Service. Undefined when
 * nobody can tell: clients by service tag, or a range of the other family only.
 */
export function sampleClient(service: Service, family: 4 | 6, nodes: readonly KubeNode[]): Address | undefined {
  const ranges = allowedRanges(service);
  if (ranges.length > 0) {
    const range = ranges.flatMap(cidrOf).find((cidr) => cidr.family === family);
    if (range === undefined) return undefined;
    if (range.bits > 0) return { family, value: range.base };
  } else if (azureAnnotation(service, "azure-allowed-service-tags") !== undefined) return undefined;
  if (isInternal(service)) return nodeAddress(nodes[0], family);
  return family === 4 ? SAMPLE_CLIENT : SAMPLE_CLIENT_V6;
}

/** Whether packets keep the frontend's address and port on their way to the node. */
export function hasFloatingIp(service: Service, family: 4 | 6): boolean {
  if (isTrue(azureAnnotation(service, "azure-disable-load-balancer-floating-ip"))) return false;
  return !(isInternal(service) && family === 6);
}

/** The opening packet of a client at one frontend address and port, as the security groups see it: the given client's, or a sample's. */
export function clientFlow(
  service: Service,
  port: ServicePort,
  ip: string,
  path: NodePath,
  client?: Address,
): Flow | undefined {
  const frontend = parseAddress(ip);
  if (frontend === undefined) return undefined;
  const named = client?.family === frontend.family ? client : undefined;
  const from = named ?? sampleClient(service, frontend.family, path.nodes);
  const floating = hasFloatingIp(service, frontend.family);
  const to = floating ? frontend : nodeAddress(path.nodes[0], frontend.family);
  const number = floating ? port.port : port.nodePort;
  if (from === undefined || to === undefined || number === undefined) return undefined;
  return { direction: "Inbound", protocol: protocolOf(port), from, to, port: number };
}

/** The opening packet of a health probe at a node. */
export function probeFlow(ip: string, port: number, path: NodePath): Flow | undefined {
  const family = parseAddress(ip)?.family ?? 4;
  const to = nodeAddress(path.nodes[0], family);
  if (to === undefined || port === 0) return undefined;
  return { direction: "Inbound", protocol: "TCP", from: family === 4 ? PROBE_SOURCE : PROBE_SOURCE_V6, to, port };
}

export function textOfAddress({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  return canonicalIp(
    Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(":"),
  );
}

/** Why Azure's answer cannot be used, as a check answers; undefined when the pools were read. */
export function noAzure(view: AzureView): { readonly skipped: string } | { readonly unknown: string } | undefined {
  const gathered = [view.azurePools, view.azureSubnets, view.azureNsgs].find(({ state }) => state === "unavailable");
  if (gathered === undefined || gathered.state === "ok") return undefined;
  return gathered.reason === "not-requested"
    ? { skipped: "Azure was not asked" }
    : { unknown: `Azure: ${gathered.detail}` };
}

/** The Service's public addresses. */
export function publicIps(service: Service): readonly string[] {
  return isInternal(service) ? [] : frontendIps(service);
}
