import { check } from "../../../src/checks/azure/kubenet-routes.ts";
import { type CaseInput, checkCases } from "../../support/checks.ts";
import { ago, node } from "../../support/objects.ts";
import { lb } from "./build.ts";
import { NODE, world } from "./network.ts";

const KUBENET = {
  id: "/aks",
  name: "aks",
  resourceGroup: "rg",
  networkPlugin: "kubenet",
  networkPluginMode: "",
  podCidrs: ["10.244.0.0/16"],
  outboundType: "loadBalancer",
  backendPoolType: "",
  sharedProbe: false,
};
const member = { ...NODE, spec: { ...NODE.spec, podCIDR: "10.244.3.0/24" } };
const given = (nextHopIp: string, prefix = "10.244.3.0/24", more: CaseInput = {}): CaseInput =>
  world(lb(), {
    routes: [{ name: "a", prefix, nextHopType: "VirtualAppliance", nextHopIp }],
    more: { nodes: [member], azureClusters: [KUBENET], ...more },
  });

checkCases(check, {
  fires: [
    {
      name: "no route for the node's pods",
      given: given("10.224.0.4", "10.244.9.0/24"),
      expect: ["azure/kubenet-route-missing error"],
    },
    {
      name: "the route leads to another node",
      given: given("10.224.0.9"),
      expect: ["azure/kubenet-route-missing error"],
    },
    {
      name: "the subnet has no route table",
      given: world(lb(), { more: { nodes: [member], azureClusters: [KUBENET] } }),
      expect: ["azure/kubenet-route-missing error"],
    },
  ],
  silent: [
    { name: "the route is there", given: given("10.224.0.4") },
    {
      name: "a node of the last minutes: its route comes with the next round of the cloud controller",
      given: given("10.224.0.9", "x", {
        nodes: [{ ...member, metadata: { ...member.metadata, creationTimestamp: ago(180) } }],
      }),
    },
    {
      name: "a route table of another resource group that could not be read",
      given: given("10.224.0.9", "x", { azureRouteTables: [] }),
    },
    {
      name: "Azure CNI needs no routes",
      given: given("10.224.0.9", "x", { azureClusters: [{ ...KUBENET, networkPlugin: "azure" }] }),
      status: "skipped",
    },
    { name: "another cloud", given: given("10.224.0.9", "x", { nodes: [node()] }), status: "skipped" },
    { name: "a node without a podCIDR yet", given: given("10.224.0.9", "x", { nodes: [NODE] }) },
    {
      name: "the route table could not be read",
      given: given("10.224.0.9", "x", {
        azureRouteTables: { state: "unavailable", reason: "forbidden", detail: "403" },
      }),
      status: "unknown",
    },
  ],
});
