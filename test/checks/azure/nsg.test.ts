import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check } from "../../../src/checks/azure/nsg.ts";
import { rule } from "../../nsg/build.ts";
import { CLUSTER_IP, LOAD_BALANCER, LOCAL, result } from "../../probe/support.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { node } from "../../support/objects.ts";
import { lb } from "./build.ts";
import { ALLOW_PROBES, ALLOW_WEB, aks, BALANCER, CLUSTER_RULE, custom, NODE, world } from "./network.ts";

const web = lb();
const internal = lb({ "azure-load-balancer-internal": "true" }, {}, "10.224.0.50");
const routes = [{ name: "out", prefix: "0.0.0.0/0", nextHopType: "VirtualAppliance" }];
const noProbe = { port_80_no_probe_rule: "true" };
const second = {
  azurePools: [
    { name: "pool-1", nodes: [NODE.metadata.name], nsg: aks().id, subnets: ["/vnet/subnets/nodes"] },
    { name: "pool-2", nodes: ["node-2"], nsg: aks().id, subnets: ["/vnet/subnets/other"] },
  ],
  azureSubnets: [
    { id: "/vnet/subnets/nodes", name: "nodes", vnet: "/vnet", prefixes: [], nsg: custom().id, routeTable: null },
    { id: "/vnet/subnets/other", name: "other", vnet: "/vnet", prefixes: [], nsg: null, routeTable: null },
  ],
  nodes: [NODE, { ...NODE, metadata: { ...NODE.metadata, name: "node-2" } }],
};

const OFFICE = rule(100, "Allow", { name: "office", from: "198.51.100.0/24", ports: "80" });
const lost = ["timeout-connect", "timeout-connect"] as const;
const fromHere = { probes: [result(CLUSTER_IP), result(LOAD_BALANCER, lost, LOCAL)] };

checkCases(check, {
  fires: [
    {
      name: "a group stops clients, and another pool could not be read: it may let them in",
      given: world(web, {
        subnetNsg: custom(),
        more: {
          azurePools: {
            state: "ok",
            items: [{ name: "pool-1", nodes: [NODE.metadata.name], nsg: aks().id, subnets: ["/vnet/subnets/nodes"] }],
            gaps: ["pool-2: AuthorizationFailed"],
          },
        },
      }),
      expect: ["azure/nsg-no-allow-rule warning"],
    },
    {
      name: "clients of the office are let in, the rest is stopped: mostly meant so",
      given: world(web, { subnetNsg: custom(OFFICE) }),
      expect: ["azure/nsg-denies-inbound info"],
    },
    {
      name: "the same, and this machine's connections vanish",
      given: world(web, { subnetNsg: custom(OFFICE), more: fromHere }),
      expect: ["azure/nsg-denies-inbound warning"],
    },
    {
      name: "the same, and the client that is asked about is none of the office's",
      given: world(web, {
        subnetNsg: custom(OFFICE),
        more: { scope: { from: { kind: "ip", ip: "203.0.113.99" } } },
      }),
      expect: ["azure/nsg-no-allow-rule error"],
    },
    {
      name: "an internal load balancer whose clients are those of one peered subnet",
      given: world(internal, {
        subnetNsg: custom(
          rule(100, "Allow", { name: "clients", from: "10.1.4.0/24", ports: "80" }),
          ALLOW_PROBES,
          rule(4000, "Deny", { name: "deny-all" }),
        ),
      }),
      expect: ["azure/nsg-denies-inbound info"],
    },
    {
      name: "a private source is no client of a public frontend",
      given: world(web, {
        subnetNsg: custom(rule(100, "Allow", { from: "10.1.4.0/24", ports: "80" })),
      }),
      expect: ["azure/nsg-no-allow-rule error"],
    },
    {
      name: "no rule, and connections from outside vanish while the address answers inside: that proves nothing",
      given: world(web, { subnetNsg: custom(), more: { probes: [...fromHere.probes, result(LOAD_BALANCER)] } }),
      expect: ["azure/nsg-no-allow-rule error"],
    },
    {
      name: "the allow names the nodes, and connections from outside vanish",
      given: world(web, {
        subnetNsg: custom(rule(100, "Allow", { to: "10.224.0.0/16", ports: "80" })),
        more: fromHere,
      }),
      expect: ["azure/nsg-destination-private error"],
    },
    {
      name: "a custom NSG on the subnet without a rule; the cluster's own allows",
      given: world(web, { subnetNsg: custom() }),
      expect: ["azure/nsg-no-allow-rule error"],
    },
    {
      name: "the only allow is for probes",
      given: world(web, { subnetNsg: custom(rule(100, "Allow", { from: "AzureLoadBalancer", ports: "80" })) }),
      expect: ["azure/nsg-allows-only-probe error"],
    },
    {
      name: "the allow names the nodes",
      given: world(web, { subnetNsg: custom(rule(100, "Allow", { to: "10.224.0.0/16", ports: "80" })) }),
      expect: ["azure/nsg-destination-private warning"],
    },
    {
      name: "a deny stands first",
      given: world(web, { subnetNsg: custom(rule(90 + 10, "Deny", { ports: "80" }), rule(200, "Allow")) }),
      expect: ["azure/nsg-denies-inbound error"],
    },
    {
      name: "a source port is asked for",
      given: world(web, {
        subnetNsg: custom(rule(100, "Allow", { from: "Internet", ports: "80", sourcePorts: "80" })),
      }),
      expect: ["azure/nsg-source-port-restricted warning"],
    },
    {
      name: "it hangs on a service tag",
      given: world(web, { subnetNsg: custom(rule(100, "Allow", { from: "AzureFrontDoor.Backend", ports: "80" })) }),
      expect: ["azure/nsg-denies-inbound warning"],
    },
    {
      name: "probes are denied, clients are not",
      given: world(web, { subnetNsg: custom(ALLOW_WEB, rule(300, "Deny", { from: "AzureLoadBalancer" })) }),
      expect: ["azure/nsg-denies-probe error"],
    },
    {
      name: "a deny of VirtualNetwork stops probes, too",
      given: world(web, { subnetNsg: custom(ALLOW_WEB, rule(300, "Deny", { from: "VirtualNetwork" })) }),
      expect: ["azure/nsg-denies-probe error"],
    },
    {
      name: "no NSG anywhere before a public frontend",
      given: world(web, { nicNsg: null }),
      expect: ["azure/no-nsg error"],
    },
    {
      name: "the cluster's rule is missing",
      given: world(web, { nicNsg: aks() }),
      expect: ["azure/nsg-cluster-rule-missing error"],
    },
    {
      name: "a rule of yours stands before the cluster's",
      given: world(web, { nicNsg: aks(CLUSTER_RULE, rule(400, "Deny", { from: "Internet" })) }),
      expect: ["azure/nsg-cluster-rule-shadowed error"],
    },
    {
      name: "a bad source range made the provider deny all",
      given: world(lb({}, { loadBalancerSourceRanges: ["203.0.113.0/24", "10.0.0.1/24"] }), {
        nicNsg: aks(rule(4095, "Deny", { name: "k8s-azure-lb_deny-all_IPv4", to: "20.62.1.9" })),
      }),
      expect: ["azure/nsg-service-deny-all error"],
    },
    {
      name: "nobody writes the rules, and nobody did",
      given: world(lb({ "azure-disable-load-balancer-nsg-rule": "true" }), { nicNsg: aks() }),
      expect: ["azure/nsg-no-allow-rule error"],
    },
    {
      name: "a default route leaves open what VirtualNetwork holds",
      given: world(
        lb(
          { ...noProbe, "azure-load-balancer-internal": "true" },
          { loadBalancerSourceRanges: ["203.0.113.0/24"] },
          "10.224.0.60",
        ),
        { routes, nicNsg: aks() },
      ),
      expect: ["azure/nsg-denies-inbound warning"],
    },
    {
      name: "without floating IP the packet carries the node's address and the node port",
      given: world(lb({ "azure-disable-load-balancer-floating-ip": "true" }), {
        subnetNsg: custom(ALLOW_WEB),
        nicNsg: aks(rule(500, "Allow")),
      }),
      expect: ["azure/nsg-no-allow-rule error"],
    },
    {
      name: "one of two pools: some connections work",
      given: world(web, { more: { ...second, azureNsgs: [custom(), aks(CLUSTER_RULE)] } }),
      expect: ["azure/nsg-no-allow-rule warning"],
    },
    {
      name: "an internal one, closed inside the network",
      given: world(internal, { subnetNsg: custom(rule(100, "Deny", { from: "10.0.0.0/8", ports: "80" })) }),
      expect: ["azure/nsg-denies-inbound error"],
    },
  ],
  silent: [
    {
      name: "no group at all before a Basic load balancer: it is open by itself",
      given: world(web, { nicNsg: null, more: { azureLoadBalancers: [{ ...BALANCER, sku: "Basic" }] } }),
    },
    {
      name: "this machine gets through from outside, whatever the rules seem to say",
      given: world(web, {
        subnetNsg: custom(OFFICE),
        more: { probes: [result(CLUSTER_IP), result(LOAD_BALANCER, [200, 200], LOCAL)] },
      }),
    },
    {
      name: "the client that is asked about is the office's",
      given: world(web, {
        subnetNsg: custom(OFFICE),
        more: { scope: { from: { kind: "ip", ip: "198.51.100.9" } } },
      }),
    },
    { name: "both NSGs allow clients and probes", given: world(web, { subnetNsg: custom(ALLOW_WEB) }) },
    { name: "no NSG on the subnet", given: world(web) },
    { name: "an internal one under the default rules", given: world(internal, { subnetNsg: custom(), nicNsg: aks() }) },
    {
      name: "the allowed range is let in, whoever else is not",
      given: world(lb({}, { loadBalancerSourceRanges: ["198.51.100.0/24"] }), {
        nicNsg: aks(
          rule(500, "Allow", {
            name: "k8s-azure-lb_allow_IPv4_1",
            from: "198.51.100.0/24",
            to: "20.62.1.9",
            ports: "80",
          }),
        ),
      }),
    },
    {
      name: "clients by service tag: nobody knows an address to try",
      given: world(lb({ "azure-allowed-service-tags": "AzureFrontDoor.Backend" }), {
        subnetNsg: custom(ALLOW_PROBES),
        nicNsg: aks(),
      }),
    },
    { name: "the port has no rule", given: world(lb({ port_80_no_lb_rule: "true" }), { subnetNsg: custom() }) },
    {
      name: "another port was asked for",
      given: world(web, { subnetNsg: custom(), more: { scope: { port: "443" } } }),
    },
    {
      name: "the node is kept off the load balancer",
      given: world(web, {
        subnetNsg: custom(),
        more: {
          nodes: [
            {
              ...NODE,
              metadata: { ...NODE.metadata, labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" } },
            },
          ],
        },
      }),
    },
    {
      name: "policy Local, and no endpoint on that node",
      given: world(lb({}, { externalTrafficPolicy: "Local", healthCheckNodePort: 32000 }), {
        subnetNsg: custom(),
        more: { endpointSlices: [] },
      }),
    },
    { name: "no address yet", given: world(lb({}, {}, null), { subnetNsg: custom() }) },
    { name: "Azure was not asked", given: { services: [web], nodes: [NODE] }, status: "skipped" },
    {
      name: "the subnet's NSG could not be read: nobody knows",
      given: world(web, {
        subnetNsg: custom(),
        more: { azureNsgs: { state: "ok", items: [aks(CLUSTER_RULE)], gaps: ["custom: forbidden"] } },
      }),
      status: "unknown",
    },
    {
      name: "an internal one in a network whose prefixes nobody knows",
      given: world(internal, { subnetNsg: custom(), more: { azureVnets: [] } }),
      status: "unknown",
    },
    {
      name: "az failed",
      given: world(web, { more: { azurePools: { state: "unavailable", reason: "failed", detail: "az login" } } }),
      status: "unknown",
    },
    { name: "another cloud", given: world(web, { subnetNsg: custom(), more: { nodes: [node()] } }), status: "skipped" },
  ],
});

describe("what the security group check tells", () => {
  it("the drawn path, and a command for the NSG that denies", () => {
    const [finding] = runCheck(check, world(web, { subnetNsg: custom(rule(200, "Allow", { ports: "443" })) })).findings;
    assert.deepEqual(finding?.evidence[0], {
      k: "path to pool-1",
      v: "client → subnet NSG custom: DENY by 65500 DenyAllInBound → NIC NSG aks-agentpool-1-nsg: ALLOW by 500 k8s-azure-lb_allow_IPv4_0a1b",
    });
    assert.equal(
      finding?.remedy[0],
      "az network nsg rule create -g rg --nsg-name custom -n allow-web --priority 150 --direction Inbound --access Allow --protocol Tcp --source-address-prefixes Internet --destination-address-prefixes 20.62.1.9 --destination-port-ranges 80",
    );
  });
  it("a priority before the rule that denies, or how to look when there is none", () => {
    const remedy = (priority: number): string =>
      runCheck(check, world(web, { subnetNsg: custom(rule(priority, "Deny")) })).findings[0]?.remedy[0] ?? "";
    assert.match(remedy(180), /--priority 150 /);
    assert.match(remedy(100), /^az network nsg rule list -g rg --nsg-name custom/);
  });
});
