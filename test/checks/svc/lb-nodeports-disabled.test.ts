import { check } from "../../../src/checks/svc/lb-nodeports-disabled.ts";
import { checkCases } from "../../support/checks.ts";
import { node, service } from "../../support/objects.ts";

const lb = (spec = {}) =>
  service({
    spec: { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, externalTrafficPolicy: "Cluster", ...spec },
  });
const nodes = [node({ spec: { providerID: "azure:///subscriptions/x" } })];

checkCases(check, {
  fires: [
    { name: "Azure probes port 0", given: { services: [lb()], nodes }, expect: ["svc/lb-nodeports-disabled warning"] },
  ],
  silent: [
    {
      name: "externalTrafficPolicy Local has a health port of its own",
      given: { services: [lb({ externalTrafficPolicy: "Local" })], nodes },
    },
    { name: "node ports are allocated", given: { services: [lb({ allocateLoadBalancerNodePorts: true })], nodes } },
    {
      name: "every port has kept its node port",
      given: { services: [lb({ ports: [{ port: 80, nodePort: 31080 }] })], nodes },
    },
    { name: "not on Azure", given: { services: [lb()], nodes: [node()] }, status: "skipped" },
    { name: "no LoadBalancer", given: { services: [service()], nodes }, status: "skipped" },
    {
      name: "nodes may not be read",
      given: { services: [lb()], nodes: { state: "unavailable", reason: "forbidden", detail: "forbidden" } },
      status: "unknown",
    },
  ],
});
