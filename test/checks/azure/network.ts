/** Azure's side of the cluster in `build.ts`: one pool in one subnet, a custom NSG on the subnet, the cluster's own on the network interfaces. */
import type {
  AzureLoadBalancer,
  AzurePool,
  AzurePublicIp,
  AzureRouteTable,
  AzureSubnet,
  AzureVnet,
} from "../../../src/model/azure-facts.ts";
import type { KubeNode, Service } from "../../../src/model/kube.ts";
import type { Nsg, NsgRule } from "../../../src/model/nsg.ts";
import { nsg, rule } from "../../nsg/build.ts";
import type { CaseInput } from "../../support/checks.ts";
import { AZURE_NODE } from "./build.ts";

export const NODE: KubeNode = {
  ...AZURE_NODE,
  status: { ...AZURE_NODE.status, addresses: [{ type: "InternalIP", address: "10.224.0.4" }] },
};
export const ALLOW_WEB = rule(100, "Allow", { name: "allow-web", from: "Internet", ports: "80" });
export const ALLOW_PROBES = rule(110, "Allow", { name: "allow-probes", from: "AzureLoadBalancer" });
export const CLUSTER_RULE = rule(500, "Allow", {
  name: "k8s-azure-lb_allow_IPv4_0a1b",
  from: "Internet",
  to: "20.62.1.9",
  ports: "80",
  protocol: "tcp",
});

export interface World {
  readonly subnetNsg?: Nsg | null;
  readonly nicNsg?: Nsg | null;
  readonly routes?: AzureRouteTable["routes"];
  readonly more?: CaseInput;
}

export const custom = (...rules: readonly NsgRule[]): Nsg => nsg("custom", ...rules);
export const aks = (...rules: readonly NsgRule[]): Nsg => nsg("aks-agentpool-1-nsg", ...rules);

const ROUTES = "/subscriptions/s/resourcegroups/rg/providers/microsoft.network/routetables/routes";

/** The collections for a Service in this world; by default the cluster's rule is there and the subnet has no NSG. */
export function world(service: Service, given: World = {}): CaseInput {
  const subnetNsg = given.subnetNsg ?? null;
  const nicNsg = given.nicNsg === undefined ? aks(CLUSTER_RULE) : given.nicNsg;
  const pool: AzurePool = {
    name: "pool-1",
    nodes: [NODE.metadata.name],
    nsg: nicNsg?.id ?? null,
    subnets: ["/vnet/subnets/nodes"],
  };
  const subnet: AzureSubnet = {
    id: "/vnet/subnets/nodes",
    name: "nodes",
    vnet: "/vnet",
    prefixes: ["10.224.0.0/16"],
    nsg: subnetNsg?.id ?? null,
    routeTable: given.routes === undefined ? null : ROUTES,
  };
  const vnet: AzureVnet = { id: "/vnet", prefixes: ["10.224.0.0/12"], peers: ["10.1.0.0/16"] };
  return {
    services: [service],
    nodes: [NODE],
    azurePools: [pool],
    azureSubnets: [subnet],
    azureVnets: [vnet],
    azureRouteTables: given.routes === undefined ? [] : [{ id: ROUTES, name: "routes", routes: given.routes }],
    azureNsgs: [subnetNsg, nicNsg].filter((one) => one !== null),
    azureClusters: [],
    ...given.more,
  };
}

/** The load balancer and address that serve port 80 of `lb()`. */
export const BALANCER: AzureLoadBalancer = {
  id: "/lb/kubernetes",
  name: "kubernetes",
  sku: "Standard",
  provisioningState: "Succeeded",
  frontends: [{ id: "/lb/kubernetes/a1", privateIp: null, publicIp: "/ip/a1" }],
  rules: [
    {
      name: "a1-TCP-80",
      protocol: "tcp",
      frontendPort: 80,
      backendPort: 80,
      frontend: "/lb/kubernetes/a1",
      pools: ["/pool"],
      probe: null,
      floatingIp: true,
    },
  ],
  pools: [{ id: "/pool", members: 2 }],
};
export const PUBLIC_IP: AzurePublicIp = {
  id: "/ip/a1",
  name: "kubernetes-a1",
  ip: "20.62.1.9",
  provisioningState: "Succeeded",
  attachedTo: "/lb/kubernetes/a1",
};
