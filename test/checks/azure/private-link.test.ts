import assert from "node:assert/strict";
import { it } from "node:test";
import { check } from "../../../src/checks/azure/private-link.ts";
import type { AzureCluster } from "../../../src/model/azure-facts.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
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

it("azure/private-link: a name that Azure gave becomes no command", () => {
  const hostile = { ...CLUSTER, resourceGroup: "rg; reboot", name: "$(reboot)" };
  const { findings } = runCheck(check, onAzure(pls, { azureClusters: [hostile] }));
  assert.match(findings[0]?.remedy.join() ?? "", / -g 'rg; reboot' -n '\$\(reboot\)' /);
});
