import { check } from "../../../src/checks/azure/private-link.ts";
import type { AzureCluster } from "../../../src/model/azure-facts.ts";
import { checkCases } from "../../support/checks.ts";
import { elsewhere, lb, onAzure } from "./build.ts";

const CLUSTER: AzureCluster = {
  id: "/aks",
  name: "aks",
  resourceGroup: "rg",
  networkPlugin: "azure",
  networkPluginMode: "",
  podCidrs: [],
  outboundType: "loadBalancer",
  backendPoolType: "nodeIP",
  sharedProbe: false,
};
const pls = lb({ "azure-pls-create": "true" });

checkCases(check, {
  fires: [
    {
      name: "pools by address",
      given: onAzure(pls, { azureClusters: [CLUSTER] }),
      expect: ["azure/pls-nodeip-pool error"],
    },
  ],
  silent: [
    ...elsewhere(pls).map((one) => ({ ...one, given: { ...one.given, azureClusters: [CLUSTER] } })),
    {
      name: "pools of network interfaces",
      given: onAzure(pls, { azureClusters: [{ ...CLUSTER, backendPoolType: "nodeIPConfiguration" }] }),
    },
    { name: "no Private Link", given: onAzure(lb(), { azureClusters: [CLUSTER] }) },
    { name: "the cluster is not among those that may be listed", given: onAzure(pls, { azureClusters: [] }) },
  ],
});
