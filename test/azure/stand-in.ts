/** A stand-in for az: an executable in a folder of its own that answers from recorded shapes, or fails in the ways that az does. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

export interface StandIn {
  readonly program: string;
  /** The calls so far, one line each. */
  calls(): readonly string[];
}

export interface Behaviour {
  /** The JSON for the first rule whose words all stand in the call. */
  readonly answers?: readonly (readonly [words: string, json: unknown])[];
  /** Shell lines that run before any answer. */
  readonly script?: string;
}

/** Writes the executable. It is removed when the tests of the file end. */
export function standIn({ answers = [], script = "" }: Behaviour): StandIn {
  const dir = mkdtempSync(join(tmpdir(), "netcheck-az-"));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const log = join(dir, "calls");
  writeFileSync(log, "");
  const cases = answers.map(([words, json], i) => {
    writeFileSync(join(dir, `${i}.json`), JSON.stringify(json));
    return `  *"${words}"*) cat "${dir}/${i}.json"; exit 0;;`;
  });
  const lines = [
    "#!/bin/sh",
    `echo "$*" >> "${log}"`,
    script,
    'case "$*" in',
    ...cases,
    '  *) echo "ERROR: (ResourceNotFound) The Resource was not found." >&2; exit 3;;',
    "esac",
  ];
  const program = join(dir, "az");
  writeFileSync(program, `${lines.join("\n")}\n`);
  chmodSync(program, 0o755);
  return {
    program,
    calls: () =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line !== ""),
  };
}

const SUB = "/subscriptions/s-1/resourceGroups/MC_rg";
export const IDS = {
  subnet: `${SUB}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/nodes`,
  vnet: `${SUB}/providers/Microsoft.Network/virtualNetworks/vnet`,
  custom: `${SUB}/providers/Microsoft.Network/networkSecurityGroups/custom`,
  aks: `${SUB}/providers/Microsoft.Network/networkSecurityGroups/aks-agentpool-1-nsg`,
  routes: `${SUB}/providers/Microsoft.Network/routeTables/routes`,
  frontend: `${SUB}/providers/Microsoft.Network/loadBalancers/kubernetes/frontendIPConfigurations/a1`,
  pool: `${SUB}/providers/Microsoft.Network/loadBalancers/kubernetes/backendAddressPools/kubernetes`,
  ip: `${SUB}/providers/Microsoft.Network/publicIPAddresses/kubernetes-a1`,
  vmss: `${SUB}/providers/Microsoft.Compute/virtualMachineScaleSets/aks-pool-vmss`,
};
export const PROVIDER_ID = `azure://${IDS.vmss}/virtualMachines/0`;

/** A cluster with one pool, its own NSG, a custom subnet NSG without rules, and one public frontend on port 80. */
export const CLUSTER: readonly (readonly [string, unknown])[] = [
  ["account show", { id: "s-1", state: "Enabled" }],
  [
    "vmss show",
    {
      name: "aks-pool-vmss",
      virtualMachineProfile: {
        osProfile: { customData: "c2VjcmV0" },
        networkProfile: {
          networkInterfaceConfigurations: [
            {
              primary: true,
              networkSecurityGroup: { id: IDS.aks },
              ipConfigurations: [
                { name: "pods", primary: false, subnet: { id: `${IDS.vnet}/subnets/pods` } },
                { name: "ipconfig1", primary: true, subnet: { id: IDS.subnet } },
              ],
            },
          ],
        },
      },
    },
  ],
  [
    "subnets/nodes",
    {
      id: IDS.subnet,
      name: "nodes",
      addressPrefix: "10.224.0.0/16",
      networkSecurityGroup: { id: IDS.custom },
      routeTable: { id: IDS.routes },
    },
  ],
  [
    "subnets/pods",
    {
      id: `${IDS.vnet}/subnets/pods`,
      name: "pods",
      properties: { addressPrefixes: ["10.225.0.0/16"], networkSecurityGroup: null },
    },
  ],
  [
    "network vnet show",
    {
      id: IDS.vnet,
      addressSpace: { addressPrefixes: ["10.224.0.0/12"] },
      virtualNetworkPeerings: [{ remoteAddressSpace: { addressPrefixes: ["10.1.0.0/16"] } }],
    },
  ],
  [
    "network route-table show",
    {
      id: IDS.routes,
      name: "routes",
      routes: [
        { name: "r", addressPrefix: "10.9.0.0/16", nextHopType: "VirtualAppliance", nextHopIpAddress: "10.224.9.4" },
      ],
    },
  ],
  ["networksecuritygroups/custom", { id: IDS.custom, name: "custom", securityRules: [] }],
  [
    "networksecuritygroups/aks-agentpool",
    {
      id: IDS.aks,
      name: "aks-agentpool-1-nsg",
      properties: {
        securityRules: [
          {
            name: "k8s-azure-lb_allow_IPv4_1",
            properties: {
              priority: 500,
              direction: "Inbound",
              access: "Allow",
              protocol: "Tcp",
              sourceAddressPrefix: "Internet",
              sourcePortRange: "*",
              destinationAddressPrefixes: ["20.62.1.9"],
              destinationPortRanges: ["80"],
            },
          },
        ],
      },
    },
  ],
  [
    "network lb list",
    [
      {
        id: `${SUB}/providers/Microsoft.Network/loadBalancers/kubernetes`,
        name: "kubernetes",
        provisioningState: "Succeeded",
        frontendIPConfigurations: [{ id: IDS.frontend, publicIPAddress: { id: IDS.ip } }],
        backendAddressPools: [{ id: IDS.pool, loadBalancerBackendAddresses: [{}, {}] }],
        loadBalancingRules: [
          {
            name: "a1-TCP-80",
            protocol: "Tcp",
            frontendPort: 80,
            backendPort: 80,
            enableFloatingIP: true,
            frontendIPConfiguration: { id: IDS.frontend },
            backendAddressPool: { id: IDS.pool },
            backendAddressPools: [{ id: IDS.pool }],
            probe: { id: "/probe" },
          },
        ],
      },
    ],
  ],
  [
    "network public-ip list",
    [
      {
        id: IDS.ip,
        name: "kubernetes-a1",
        ipAddress: "20.62.1.9",
        provisioningState: "Succeeded",
        ipConfiguration: { id: IDS.frontend },
      },
    ],
  ],
  ["network application-gateway list", []],
  [
    "monitor metrics list",
    {
      value: [
        {
          timeseries: [
            {
              metadatavalues: [
                { name: { value: "frontendipaddress" }, value: "20.62.1.9" },
                { name: { value: "frontendport" }, value: "80" },
                { name: { value: "backendipaddress" }, value: "10.224.0.4" },
              ],
              data: [
                { timeStamp: "2026-11-22T11:58:00Z", average: 100 },
                { timeStamp: "2026-11-22T11:59:00Z", average: 50 },
                { timeStamp: "2026-11-22T12:00:00Z" },
              ],
            },
          ],
        },
      ],
    },
  ],
  [
    "aks list",
    [
      { id: "/other", name: "other", nodeResourceGroup: "MC_other" },
      {
        id: "/subscriptions/s-1/resourcegroups/rg/providers/Microsoft.ContainerService/managedClusters/aks",
        name: "aks",
        nodeResourceGroup: "mc_RG",
        networkProfile: {
          networkPlugin: "azure",
          networkPluginMode: "overlay",
          podCidr: "10.244.0.0/16",
          podCidrs: ["10.244.0.0/16"],
          outboundType: "loadBalancer",
          loadBalancerProfile: {
            backendPoolType: "nodeIPConfiguration",
            clusterServiceLoadBalancerHealthProbeMode: "Shared",
          },
        },
      },
    ],
  ],
];
