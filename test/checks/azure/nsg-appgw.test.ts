import { check } from "../../../src/checks/azure/nsg-appgw.ts";
import type { AzureAppGateway, AzureCluster, AzureSubnet } from "../../../src/model/azure-facts.ts";
import type { Ingress, IngressClass } from "../../../src/model/kube.ts";
import type { Nsg } from "../../../src/model/nsg.ts";
import { nsg, rule } from "../../nsg/build.ts";
import { type CaseInput, checkCases } from "../../support/checks.ts";
import { service, slice } from "../../support/objects.ts";
import { CLUSTER_RULE, NODE } from "./network.ts";

const CLASS: IngressClass = {
  kind: "IngressClass",
  metadata: { name: "agw", namespace: "" },
  spec: { controller: "azure/application-gateway" },
};
const INGRESS: Ingress = {
  kind: "Ingress",
  metadata: { name: "web", namespace: "shop" },
  spec: { ingressClassName: "agw", defaultBackend: { service: { name: "web", port: { number: 80 } } } },
};
const GATEWAY: AzureAppGateway = {
  id: "/gw",
  name: "gw",
  resourceGroup: "rg",
  operationalState: "Running",
  tier: "WAF_v2",
  subnets: ["/vnet/subnets/appgw"],
  frontends: [],
  pools: [],
  health: null,
};
const CLUSTER: AzureCluster = {
  id: "/aks",
  name: "aks",
  resourceGroup: "rg",
  networkPlugin: "azure",
  networkPluginMode: "",
  podCidrs: [],
  outboundType: "loadBalancer",
  backendPoolType: "nodeIPConfiguration",
  sharedProbe: false,
};
const subnet = (name: string, prefix: string, group: string | null): AzureSubnet => ({
  id: `/vnet/subnets/${name}`,
  name,
  vnet: "/vnet",
  prefixes: [prefix],
  nsg: group,
  routeTable: null,
});

/** A gateway in 10.225.0.0/24 beside nodes in 10.224.0.0/16, whose pods have addresses of the network. */
function world(gatewayNsg: Nsg | null, nodeNsg: Nsg | null = null, more: CaseInput = {}): CaseInput {
  return {
    ingresses: [INGRESS],
    ingressClasses: [CLASS],
    services: [service({ spec: { ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }] } })],
    endpointSlices: [slice()],
    nodes: [NODE],
    azureAppGateways: [GATEWAY],
    azurePools: [{ name: "pool-1", nodes: [NODE.metadata.name], nsg: null, subnets: ["/vnet/subnets/nodes"] }],
    azureSubnets: [
      subnet("appgw", "10.225.0.0/24", gatewayNsg?.id ?? null),
      subnet("nodes", "10.224.0.0/16", nodeNsg?.id ?? null),
    ],
    azureVnets: [{ id: "/vnet", prefixes: ["10.0.0.0/8"], peers: [] }],
    azureNsgs: [gatewayNsg, nodeNsg].filter((one) => one !== null),
    azureClusters: [CLUSTER],
    ...more,
  };
}
const MANAGED = rule(100, "Allow", { name: "gateway-manager", from: "GatewayManager", ports: "65200-65535" });
const WEB = rule(110, "Allow", { name: "web", from: "Internet", ports: "80" });
const FINDING = "azure/nsg-appgw-subnet error";

checkCases(check, {
  fires: [
    { name: "nothing lets Gateway Manager in", given: world(nsg("appgw", WEB)), expect: [FINDING] },
    {
      name: "a Deny before the default rules keeps Azure's probes out",
      given: world(nsg("appgw", MANAGED, rule(4000, "Deny", { name: "deny-all" }))),
      expect: [FINDING],
    },
    {
      name: "the way out to the pods is shut",
      given: world(nsg("appgw", MANAGED, rule(200, "Deny", { name: "deny-out", direction: "Outbound" }))),
      expect: [FINDING],
    },
    {
      name: "the nodes' subnet keeps the gateway out",
      given: world(null, nsg("nodes", rule(200, "Deny", { name: "deny-vnet", from: "VirtualNetwork" }))),
      expect: [FINDING],
    },
  ],
  silent: [
    { name: "Gateway Manager is let in, the rest by the defaults", given: world(nsg("appgw", MANAGED, WEB)) },
    { name: "no security group at all", given: world(null) },
    { name: "the cluster's own rules at the nodes", given: world(null, nsg("nodes", CLUSTER_RULE)) },
    {
      name: "an overlay: its packets do not meet the nodes' groups by the pod's address",
      given: world(null, nsg("nodes", rule(200, "Deny", { name: "deny-vnet", from: "VirtualNetwork" })), {
        azureClusters: [{ ...CLUSTER, networkPluginMode: "overlay" }],
      }),
    },
    {
      name: "the group of the subnet may not be read",
      given: world(nsg("appgw", WEB), null, { azureNsgs: [] }),
      status: "unknown",
    },
    {
      name: "another controller's Ingress",
      given: world(nsg("appgw", WEB), null, {
        ingressClasses: [{ ...CLASS, spec: { controller: "k8s.io/ingress-nginx" } }],
      }),
      status: "skipped",
    },
    {
      name: "Azure was not asked",
      given: world(null, null, { azureAppGateways: { state: "unavailable", reason: "not-requested", detail: "" } }),
      status: "skipped",
    },
  ],
});
