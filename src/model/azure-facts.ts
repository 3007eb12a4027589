/** What Azure says of the network around a cluster. Read by `azure/`, judged by checks. Ids are ARM resource ids, in lower case. */
import type { Route } from "./nsg.ts";

/** Nodes that share their network configuration: a scale set, or one virtual machine. */
export interface AzurePool {
  readonly name: string;
  /** Names of the Kubernetes nodes. */
  readonly nodes: readonly string[];
  /** The NSG of the network interfaces, null when there is none. */
  readonly nsg: string | null;
  /** Subnets of the network interfaces: the nodes' own first, then those of the pods. */
  readonly subnets: readonly string[];
}

export interface AzureSubnet {
  readonly id: string;
  readonly name: string;
  readonly vnet: string;
  readonly prefixes: readonly string[];
  readonly nsg: string | null;
  readonly routeTable: string | null;
}

export interface AzureVnet {
  readonly id: string;
  readonly prefixes: readonly string[];
  /** Address spaces of the peered networks. */
  readonly peers: readonly string[];
}

export interface AzureRouteTable {
  readonly id: string;
  readonly name: string;
  readonly routes: readonly Route[];
}

export interface AzureFrontend {
  readonly id: string;
  readonly privateIp: string | null;
  readonly publicIp: string | null;
}

export interface AzureLbRule {
  readonly name: string;
  /** Lower case: `tcp`, `udp`, or `all` for high availability ports. */
  readonly protocol: string;
  readonly frontendPort: number;
  readonly backendPort: number;
  readonly frontend: string;
  readonly pools: readonly string[];
  readonly probe: string | null;
  readonly floatingIp: boolean;
}

export interface AzureLoadBalancer {
  readonly id: string;
  readonly name: string;
  /** `Standard`, `Basic`, or "" when it is not told. */
  readonly sku: string;
  readonly provisioningState: string;
  readonly frontends: readonly AzureFrontend[];
  readonly rules: readonly AzureLbRule[];
  readonly pools: readonly { readonly id: string; readonly members: number }[];
}

export interface AzurePublicIp {
  readonly id: string;
  readonly name: string;
  readonly ip: string | null;
  readonly provisioningState: string;
  /** The frontend or NIC configuration that holds it, null when nothing does. */
  readonly attachedTo: string | null;
}

export interface AzureCluster {
  readonly id: string;
  readonly name: string;
  readonly resourceGroup: string;
  readonly networkPlugin: string;
  readonly networkPluginMode: string;
  readonly podCidrs: readonly string[];
  readonly outboundType: string;
  /** `nodeIP` or `nodeIPConfiguration`. */
  readonly backendPoolType: string;
  readonly sharedProbe: boolean;
}

/** A server of a pool, as the gateway's health probe sees it. */
export interface AzureBackendServer {
  readonly address: string;
  /** Lower case; `az` and the REST API have words of their own for the same: `healthy`/`up`, `unhealthy`/`down`, also `partial`, `draining`, `unknown`. */
  readonly health: string;
  /** What the probe met, in Azure's words; "" when it is not told. */
  readonly log: string;
}

export interface AzureAppGateway {
  readonly id: string;
  readonly name: string;
  readonly resourceGroup: string;
  /** `Running`, `Stopped`, `Starting`, `Stopping`. */
  readonly operationalState: string;
  /** `Standard_v2`, `WAF_v2`; v1 tiers have no `_v2`. */
  readonly tier: string;
  readonly subnets: readonly string[];
  readonly frontends: readonly AzureFrontend[];
  readonly pools: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  /** Null when the health could not be read: it is an action that the role Reader does not have. */
  readonly health: readonly { readonly pool: string; readonly servers: readonly AzureBackendServer[] }[] | null;
}

/** How a load balancer's probe of one node at one frontend fared. */
export interface AzureLbHealth {
  readonly balancer: string;
  readonly frontendIp: string;
  readonly frontendPort: number;
  /** Address of the node. */
  readonly backendIp: string;
  /** Average of the last five minutes that were measured, in percent of the probes. */
  readonly percent: number;
  /** RFC 3339: the last of these minutes. */
  readonly at: string;
}

/** A rule of Azure Virtual Network Manager that is judged before every NSG. */
export interface AzureAdminRule {
  readonly name: string;
  /** `Allow` hands over to the NSGs; `Deny` and `AlwaysAllow` are final. */
  readonly access: string;
  readonly direction: string;
  readonly priority: number;
  readonly protocol: string;
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  readonly ports: readonly string[];
}
