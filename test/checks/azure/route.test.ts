import { check } from "../../../src/checks/azure/route.ts";
import { CLUSTER_IP, LOAD_BALANCER, LOCAL, result } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { lb } from "./build.ts";
import { world } from "./network.ts";

const FIREWALL = { name: "out", prefix: "0.0.0.0/0", nextHopType: "VirtualAppliance", nextHopIp: "10.224.9.4" };
const past = (prefix: string) => ({ name: "past", prefix, nextHopType: "Internet" });

const lost = ["timeout-connect", "timeout-connect"] as const;
const firewalled = (...probes: readonly ReturnType<typeof result>[]) =>
  world(lb(), { routes: [FIREWALL], more: { probes } });

checkCases(check, {
  fires: [
    {
      name: "everything leaves through a firewall",
      given: world(lb(), { routes: [FIREWALL] }),
      expect: ["azure/asymmetric-route warning"],
    },
    {
      name: "connections from outside vanish, while the Service works inside",
      given: firewalled(result(CLUSTER_IP), result(LOAD_BALANCER, lost, LOCAL)),
      expect: ["azure/asymmetric-route error"],
    },
    {
      name: "the address answers inside the cluster: that never crosses Azure",
      given: firewalled(result(CLUSTER_IP), result(LOAD_BALANCER)),
      expect: ["azure/asymmetric-route warning"],
    },
    {
      name: "connections vanish everywhere: the Service itself is the story",
      given: firewalled(result(CLUSTER_IP, lost), result(LOAD_BALANCER, lost, LOCAL)),
      expect: ["azure/asymmetric-route warning"],
    },
    {
      name: "refused from outside: answers do come back, so this is not what stops them; the route stays a risk",
      given: firewalled(result(CLUSTER_IP), result(LOAD_BALANCER, ["refused", "refused"], LOCAL)),
      expect: ["azure/asymmetric-route warning"],
    },
    {
      name: "a machine in the nodes' own network gets through: no client from outside",
      given: firewalled(result(CLUSTER_IP), result(LOAD_BALANCER, [200, 200], { ...LOCAL, near: true })),
      expect: ["azure/asymmetric-route warning"],
    },
    {
      name: "or through a gateway",
      given: world(lb(), { routes: [{ ...FIREWALL, nextHopType: "virtualNetworkGateway" }] }),
      expect: ["azure/asymmetric-route"],
    },
    {
      name: "a route past it for somebody else",
      given: world(lb(), { routes: [FIREWALL, past("198.51.100.0/24")] }),
      expect: ["azure/asymmetric-route"],
    },
  ],
  silent: [
    { name: "no route table", given: world(lb()) },
    { name: "a default route to Internet", given: world(lb(), { routes: [{ ...FIREWALL, nextHopType: "Internet" }] }) },
    {
      name: "an internal load balancer behind the firewall",
      given: world(lb({ "azure-load-balancer-internal": "true" }, {}, "10.224.0.50"), { routes: [FIREWALL] }),
    },
    {
      name: "the firewall's own address goes past it: it forwards the traffic",
      given: world(lb(), { routes: [FIREWALL, past("20.61.1.1/32")] }),
    },
    {
      name: "the allowed clients have a route past it",
      given: world(lb({}, { loadBalancerSourceRanges: ["198.51.100.0/24"] }), {
        routes: [FIREWALL, past("198.51.100.0/23")],
      }),
    },
    {
      name: "this machine gets its answers from outside",
      given: firewalled(result(CLUSTER_IP), result(LOAD_BALANCER, [200, 200], LOCAL)),
    },
    { name: "no address yet", given: world(lb({}, {}, null), { routes: [FIREWALL] }) },
    { name: "Azure was not asked", given: { services: [lb()], nodes: [] }, status: "skipped" },
  ],
});
