/** Clusters that are healthy and look odd: az tells all there is to tell of them, and the Azure checks have nothing above info to say. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { discoverAzure } from "../../src/azure/discover.ts";
import type { AzRunner } from "../../src/azure/runner.ts";
import { CHECKS } from "../../src/checks/index.ts";
import { reportsOf } from "../../src/cli/judging.ts";
import { svcSelection } from "../../src/cli/target.ts";
import { gather } from "../../src/collect/gather.ts";
import type { KubeNode, Service } from "../../src/model/kube.ts";
import type { Report } from "../../src/model/report.ts";
import { lb } from "../checks/azure/build.ts";
import { memorySource } from "../support/memory-source.ts";
import { ago, node, pod, slice } from "../support/objects.ts";
import { IDS, PROVIDER_ID } from "./stand-in.ts";

const RG = "/subscriptions/s-1/resourceGroups/MC_rg";
const NET = `${RG}/providers/Microsoft.Network`;
const LB = `${NET}/loadBalancers/kubernetes`;

type Answers = Readonly<Record<string, unknown>>;

const allow = (priority: number, to: string, ports: readonly string[], more: object = {}) => ({
  name: `k8s-azure-lb_allow_${to.includes(":") ? "IPv6" : "IPv4"}_${priority}`,
  priority,
  direction: "Inbound",
  access: "Allow",
  protocol: "Tcp",
  sourceAddressPrefix: "Internet",
  sourcePortRange: "*",
  destinationAddressPrefixes: [to],
  destinationPortRanges: ports,
  ...more,
});
const nsg = (id: string, ...securityRules: readonly object[]) => ({ id, name: id.split("/").at(-1), securityRules });
const vmss = (subnets: readonly string[] = [IDS.subnet], group: string | null = IDS.aks) => ({
  virtualMachineProfile: {
    networkProfile: {
      networkInterfaceConfigurations: [
        {
          primary: true,
          networkSecurityGroup: group === null ? null : { id: group },
          ipConfigurations: subnets.map((id, i) => ({ primary: i === 0, subnet: { id } })),
        },
      ],
    },
  },
});
const frontend = (id: string, given: object) => ({ id: `${LB}/frontendIPConfigurations/${id}`, ...given });
const rule = (of: string, port = 80, protocol = "Tcp") => ({
  name: `${of}-${protocol}-${port}`,
  protocol,
  frontendPort: port,
  backendPort: port,
  enableFloatingIP: true,
  frontendIPConfiguration: { id: `${LB}/frontendIPConfigurations/${of}` },
  backendAddressPools: [{ id: `${LB}/backendAddressPools/kubernetes` }],
});
const balancer = (frontends: readonly object[], rules: readonly object[], id = LB) => ({
  id,
  name: id.split("/").at(-1),
  sku: { name: "Standard" },
  provisioningState: "Succeeded",
  frontendIPConfigurations: frontends,
  backendAddressPools: [{ id: `${LB}/backendAddressPools/kubernetes`, loadBalancerBackendAddresses: [{}] }],
  loadBalancingRules: rules,
});
const publicIp = (name: string, ipAddress: string, attached: string | null = `${LB}/frontendIPConfigurations/a1`) => ({
  id: `${NET}/publicIPAddresses/${name}`,
  name,
  ipAddress,
  provisioningState: "Succeeded",
  ipConfiguration: attached === null ? null : { id: attached },
});
const aks = (networkProfile: object) => [
  {
    id: "/aks",
    name: "aks",
    nodeResourceGroup: "MC_rg",
    networkProfile: { outboundType: "loadBalancer", ...networkProfile },
  },
];
const OVERLAY = { networkPlugin: "azure", networkPluginMode: "overlay", podCidr: "10.244.0.0/16" };

/** Azure CNI overlay, one pool, no group on the subnet, one public frontend for port 80. */
const PLAIN: Answers = {
  "account show": {},
  "vmss show": vmss(),
  "vnet subnet show": {
    id: IDS.subnet,
    name: "nodes",
    addressPrefix: "10.224.0.0/16",
    networkSecurityGroup: null,
    routeTable: null,
  },
  "vnet show": { id: IDS.vnet, addressSpace: { addressPrefixes: ["10.224.0.0/12"] }, virtualNetworkPeerings: [] },
  "nsg show": nsg(IDS.aks, allow(500, "20.62.1.9", ["80"])),
  "lb list": [balancer([frontend("a1", { publicIPAddress: { id: `${NET}/publicIPAddresses/a1` } })], [rule("a1")])],
  "public-ip list": [publicIp("a1", "20.62.1.9")],
  "aks list": aks(OVERLAY),
  "monitor metrics list": { value: [] },
  "nic list": [],
};

const NODE: KubeNode = node({
  metadata: { name: "node-1", labels: { "kubernetes.io/os": "linux" }, creationTimestamp: ago(86_400) },
  spec: { providerID: PROVIDER_ID, podCIDR: "10.244.1.0/24" },
  status: { addresses: [{ type: "InternalIP", address: "10.224.0.4" }] },
});
const more = (name: string, given: Parameters<typeof node>[0] = {}): KubeNode =>
  node({
    ...given,
    metadata: { name, creationTimestamp: ago(86_400), ...given.metadata },
    status: { addresses: [{ type: "InternalIP", address: "10.224.0.9" }], ...given.status },
  });

interface Odd {
  readonly name: string;
  readonly service?: Service;
  readonly nodes?: readonly KubeNode[];
  readonly az?: Answers;
  /** Ids of info findings that are welcome. */
  readonly infos?: readonly string[];
}

const INTERNAL = lb({ "azure-load-balancer-internal": "true" }, {}, "10.224.0.50");
const VM = `${RG}/providers/Microsoft.Compute/virtualMachines`;
const vmNode = (name: string): KubeNode => more(name, { spec: { providerID: `azure://${VM}/${name}` } });
const nic = (name: string, subnet = IDS.subnet) => ({
  id: `${NET}/networkInterfaces/${name}`,
  primary: true,
  virtualMachine: { id: `${VM}/${name}` },
  networkSecurityGroup: { id: IDS.aks },
  ipConfigurations: [{ primary: true, subnet: { id: subnet } }],
});
const ELSEWHERE = "/subscriptions/s-2/resourceGroups/network-rg/providers/Microsoft.Network";
const firewall = {
  name: "out",
  addressPrefix: "0.0.0.0/0",
  nextHopType: "VirtualAppliance",
  nextHopIpAddress: "10.238.1.4",
};
const withTable = (...routes: readonly object[]): Answers => ({
  "vnet subnet show": { id: IDS.subnet, addressPrefix: "10.224.0.0/16", routeTable: { id: IDS.routes } },
  "route-table show": { id: IDS.routes, name: "routes", routes },
});
const DUAL: Service = {
  ...lb(),
  status: { loadBalancer: { ingress: [{ ip: "20.62.1.9" }, { ip: "2603:1020:5::9" }] } },
};

const ODD: readonly Odd[] = [
  { name: "Azure CNI overlay" },
  {
    name: "a load balancer of another class beside Azure's",
    service: lb({}, { loadBalancerClass: "example.com/byo" }),
  },
  ...["none", "managedNATGateway", "userAssignedNATGateway"].map(
    (outboundType): Odd => ({
      name: `outbound type ${outboundType}`,
      az: { "aks list": aks({ ...OVERLAY, outboundType }) },
    }),
  ),
  {
    name: "an internal load balancer",
    service: INTERNAL,
    az: {
      "lb list": [balancer([frontend("i1", { privateIPAddress: "10.224.0.50" })], [rule("i1")])],
      "public-ip list": [],
      "nsg show": nsg(IDS.aks),
    },
    infos: ["azure/internal-but-client-external"],
  },
  {
    name: "Windows nodes beside Linux ones",
    nodes: [
      NODE,
      more("win-1", {
        metadata: { name: "win-1", labels: { "kubernetes.io/os": "windows" } },
        spec: { providerID: PROVIDER_ID.replace(/0$/, "1") },
      }),
    ],
  },
  {
    name: "kubenet, with its routes, and a node that has just come",
    nodes: [
      NODE,
      more("node-2", {
        metadata: { name: "node-2", creationTimestamp: ago(120) },
        spec: { providerID: PROVIDER_ID.replace(/0$/, "1"), podCIDR: "10.244.9.0/24" },
      }),
    ],
    az: {
      "aks list": aks({ networkPlugin: "kubenet", podCidr: "10.244.0.0/16" }),
      ...withTable({
        name: "node-1",
        addressPrefix: "10.244.1.0/24",
        nextHopType: "VirtualAppliance",
        nextHopIpAddress: "10.224.0.4",
      }),
    },
  },
  {
    name: "Cilium's data plane with pods in a subnet of their own",
    az: {
      "aks list": aks({ networkPlugin: "azure", networkDataplane: "cilium" }),
      "vmss show": vmss([IDS.subnet, `${IDS.vnet}/subnets/pods`]),
      "subnets/pods": { id: `${IDS.vnet}/subnets/pods`, addressPrefix: "10.225.0.0/16" },
    },
  },
  {
    name: "node auto-provisioning: machines of their own beside the system pool, as AKS Automatic has them",
    nodes: [NODE, vmNode("aks-default-x1"), vmNode("aks-default-x2")],
    az: {
      "nic list": [nic("aks-default-x1"), nic("aks-default-x2")],
      "aks list": aks({ ...OVERLAY, networkDataplane: "cilium", outboundType: "managedNATGateway" }),
    },
  },
  {
    name: "a virtual node, which is no machine",
    nodes: [
      NODE,
      more("virtual-node-aci-linux", {
        metadata: { name: "virtual-node-aci-linux", labels: { type: "virtual-kubelet" } },
      }),
    ],
  },
  {
    name: "a cluster of one's own on Azure's machines, with an address that no load balancer beside the nodes has",
    nodes: [vmNode("node-1")],
    service: lb({}, {}, "10.224.0.200"),
    az: { "aks list": [], "nic list": [nic("node-1")] },
  },
  {
    name: "network, groups and address in another subscription",
    az: {
      "vmss show": vmss([`${ELSEWHERE}/virtualNetworks/hub/subnets/aks`]),
      "vnet subnet show": {
        id: `${ELSEWHERE}/virtualNetworks/hub/subnets/aks`,
        addressPrefix: "10.224.0.0/16",
        networkSecurityGroup: { id: `${ELSEWHERE}/networkSecurityGroups/hub` },
      },
      "vnet show": { id: `${ELSEWHERE}/virtualNetworks/hub`, addressSpace: { addressPrefixes: ["10.224.0.0/12"] } },
      "networksecuritygroups/hub": nsg(`${ELSEWHERE}/networkSecurityGroups/hub`, allow(200, "20.62.1.9", ["80"])),
      "lb list": [
        balancer([frontend("a1", { publicIPAddress: { id: `${ELSEWHERE}/publicIPAddresses/own` } })], [rule("a1")]),
      ],
      "public-ip list": [],
    },
  },
  {
    name: "two families",
    service: DUAL,
    nodes: [
      {
        ...NODE,
        status: {
          ...NODE.status,
          addresses: [
            { type: "InternalIP", address: "10.224.0.4" },
            { type: "InternalIP", address: "fd00:1::4" },
          ],
        },
      },
    ],
    az: {
      "vnet show": { id: IDS.vnet, addressSpace: { addressPrefixes: ["10.224.0.0/12", "fd00:1::/56"] } },
      "nsg show": nsg(IDS.aks, allow(500, "20.62.1.9", ["80"]), allow(501, "2603:1020:5::9", ["80"])),
      "lb list": [
        balancer(
          [
            frontend("a1", { publicIPAddress: { id: `${NET}/publicIPAddresses/a1` } }),
            frontend("a1-IPv6", { publicIPAddress: { id: `${NET}/publicIPAddresses/a1-IPv6` } }),
          ],
          [rule("a1"), rule("a1-IPv6")],
        ),
      ],
      "public-ip list": [publicIp("a1", "20.62.1.9"), publicIp("a1-IPv6", "2603:1020:0005:0::0009")],
    },
  },
  {
    name: "a Private Link service before an internal load balancer",
    service: lb({ "azure-load-balancer-internal": "true", "azure-pls-create": "true" }, {}, "10.224.0.50"),
    az: {
      "lb list": [balancer([frontend("i1", { privateIPAddress: "10.224.0.50" })], [rule("i1")])],
      "public-ip list": [],
      "nsg show": nsg(IDS.aks),
    },
    infos: ["azure/internal-but-client-external"],
  },
  {
    name: "several load balancers, of which the second has the address",
    az: {
      "lb list": [
        balancer([], [], `${NET}/loadBalancers/lb1`),
        balancer([frontend("a1", { publicIPAddress: { id: `${NET}/publicIPAddresses/a1` } })], [rule("a1")]),
      ],
    },
  },
  {
    name: "a firewall on the way out, that forwards the traffic itself: its own address goes past it",
    az: withTable(firewall, { name: "past", addressPrefix: "20.61.1.1/32", nextHopType: "Internet" }),
  },
  {
    name: "a group on the subnet for the office and Front Door alone",
    az: {
      "vnet subnet show": { id: IDS.subnet, addressPrefix: "10.224.0.0/16", networkSecurityGroup: { id: IDS.custom } },
      "networksecuritygroups/custom": nsg(
        IDS.custom,
        allow(110, "20.62.1.9", ["80"], { sourceAddressPrefix: "198.51.100.0/24" }),
      ),
    },
    infos: ["azure/nsg-denies-inbound"],
  },
  {
    name: "source ranges, as rules of the provider and as a rule that denies the rest",
    service: lb(
      { "azure-deny-all-except-load-balancer-source-ranges": "true" },
      { loadBalancerSourceRanges: ["198.51.100.0/24"] },
    ),
    az: {
      "nsg show": nsg(
        IDS.aks,
        allow(500, "20.62.1.9", ["80"], { sourceAddressPrefix: "198.51.100.0/24" }),
        allow(4095, "20.62.1.9", ["*"], {
          name: "k8s-azure-lb_deny-all_IPv4",
          access: "Deny",
          protocol: "*",
          sourceAddressPrefix: "*",
        }),
      ),
    },
  },
  {
    name: "clients by service tag",
    service: lb({ "azure-allowed-service-tags": "AzureFrontDoor.Backend" }),
    az: {
      "nsg show": nsg(IDS.aks, allow(500, "20.62.1.9", ["80"], { sourceAddressPrefix: "AzureFrontDoor.Backend" })),
    },
  },
];

/** Answers by the longest words that stand in the question: a single object before its kind. */
function az(given: Answers): AzRunner {
  const answers = { ...PLAIN, ...given };
  return async (args) => {
    const line = args.join(" ").toLowerCase();
    const [key] = Object.keys(answers)
      .filter((words) => line.includes(words.toLowerCase()))
      .sort((a, b) => b.length - a.length);
    return key === undefined
      ? { state: "failed", kind: "not-found", detail: `nobody answers ${line}`, next: [] }
      : { state: "ok", json: answers[key] };
  };
}

async function judge({ service = lb(), nodes = [NODE], az: answers = {} }: Odd): Promise<Report> {
  const request = { kind: "svc", namespace: "shop", selection: svcSelection("web") } as const;
  const snapshot = await gather(memorySource([service, pod(), slice(), ...nodes]), request);
  const { collections } = await discoverAzure(nodes, az(answers));
  const [report] = reportsOf(
    request,
    { ...snapshot, collections: { ...snapshot.collections, ...collections } },
    CHECKS,
  );
  assert.ok(report);
  return report;
}

describe("odd and healthy clusters on Azure", () => {
  for (const one of ODD)
    it(one.name, async () => {
      const report = await judge(one);
      const azure = report.findings.filter(({ id }) => id.startsWith("azure/"));
      assert.deepEqual(
        azure.map(({ id, severity }) => `${id} ${severity}`),
        (one.infos ?? []).map((id) => `${id} info`),
      );
      assert.equal(report.verdict, "healthy", report.summary);
      assert.deepEqual(
        report.unread.filter(({ what }) => what.startsWith("Azure")),
        [],
      );
    });
});
