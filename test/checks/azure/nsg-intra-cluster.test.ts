import { check } from "../../../src/checks/azure/nsg-intra-cluster.ts";
import type { NsgRule } from "../../../src/model/nsg.ts";
import { rule } from "../../nsg/build.ts";
import { type CaseInput, checkCases } from "../../support/checks.ts";
import { node, slice } from "../../support/objects.ts";
import { lb } from "./build.ts";
import { aks, custom, NODE, world } from "./network.ts";

const OTHER = {
  ...NODE,
  metadata: { ...NODE.metadata, name: "node-2" },
  status: { ...NODE.status, addresses: [{ type: "InternalIP", address: "10.224.0.5" }] },
};
const subnet = (name: string, nsg: string | null) => ({
  id: `/vnet/subnets/${name}`,
  name,
  vnet: "/vnet",
  prefixes: [],
  nsg,
  routeTable: null,
});

/** Two pools in two subnets: the first subnet has the custom NSG with these rules. */
function two(rules: readonly NsgRule[], more: CaseInput = {}): CaseInput {
  return world(lb(), {
    more: {
      nodes: [NODE, OTHER],
      azurePools: [
        { name: "a", nodes: [NODE.metadata.name], nsg: aks().id, subnets: ["/vnet/subnets/a"] },
        { name: "b", nodes: ["node-2"], nsg: aks().id, subnets: ["/vnet/subnets/b"] },
      ],
      azureSubnets: [subnet("a", custom().id), subnet("b", null)],
      azureNsgs: [custom(...rules), aks()],
      ...more,
    },
  });
}
const ID = "azure/nsg-denies-intra-cluster";
const endpoints = (...addresses: readonly (readonly [string, string])[]) =>
  slice({ endpoints: addresses.map(([ip, nodeName]) => ({ addresses: [ip], nodeName, conditions: { ready: true } })) });

checkCases(check, {
  fires: [
    {
      name: "a deny of the network between the pools",
      given: two([rule(4096, "Deny", { from: "VirtualNetwork" })]),
      expect: [`${ID} error`],
    },
    {
      name: "a deny on the way out",
      given: two([rule(4096, "Deny", { direction: "Outbound" })]),
      expect: [`${ID} error`],
    },
    {
      name: "only the kubelet's port: logs and exec, not the app",
      given: two([rule(100, "Deny", { ports: "10250" })]),
      expect: [`${ID} warning`],
    },
    {
      name: "only the app's port is denied",
      given: two([rule(100, "Deny", { ports: "8080" })], {
        endpointSlices: [endpoints(["10.224.1.1", "node-1"], ["10.224.1.2", "node-2"])],
      }),
      expect: [`${ID} error`],
    },
  ],
  silent: [
    { name: "the default rules let the network through", given: two([]) },
    { name: "a deny of Internet", given: two([rule(100, "Deny", { from: "Internet" })]) },
    {
      name: "the nodes are allowed before the rest is denied",
      given: two([rule(100, "Allow", { from: "10.224.0.0/16" }), rule(200, "Deny")]),
    },
    {
      name: "one node has nobody to reach",
      given: world(lb(), { subnetNsg: custom(rule(100, "Deny")), more: { nodes: [NODE] } }),
    },
    {
      name: "pods in a subnet of their own meet another NSG",
      given: two([rule(100, "Deny", { ports: "8080" })], {
        endpointSlices: [endpoints(["10.225.1.1", "node-1"], ["10.225.1.2", "node-2"])],
        azurePools: [
          { name: "a", nodes: [NODE.metadata.name], nsg: aks().id, subnets: ["/vnet/subnets/a", "/vnet/subnets/pods"] },
          { name: "b", nodes: ["node-2"], nsg: aks().id, subnets: ["/vnet/subnets/b", "/vnet/subnets/pods"] },
        ],
      }),
    },
    {
      name: "whether a service tag holds a private address is no doubt: it does not",
      given: two([rule(100, "Deny", { from: "AzureCloud" })]),
    },
    { name: "an NSG that could not be read is no deny", given: two([], { azureNsgs: [aks()] }) },
    { name: "Azure was not asked", given: { services: [lb()], nodes: [NODE] }, status: "skipped" },
    { name: "another cloud", given: two([rule(100, "Deny")], { nodes: [node()] }), status: "skipped" },
  ],
});
