import { check } from "../../../src/checks/azure/route.ts";
import { checkCases } from "../../support/checks.ts";
import { lb } from "./build.ts";
import { world } from "./network.ts";

const FIREWALL = { name: "out", prefix: "0.0.0.0/0", nextHopType: "VirtualAppliance", nextHopIp: "10.224.9.4" };
const past = (prefix: string) => ({ name: "past", prefix, nextHopType: "Internet" });

checkCases(check, {
  fires: [
    {
      name: "everything leaves through a firewall",
      given: world(lb(), { routes: [FIREWALL] }),
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
    { name: "no address yet", given: world(lb({}, {}, null), { routes: [FIREWALL] }) },
    { name: "Azure was not asked", given: { services: [lb()], nodes: [] }, status: "skipped" },
  ],
});
