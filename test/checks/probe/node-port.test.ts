import { check } from "../../../src/checks/probe/node-port.ts";
import type { ProbeTarget } from "../../../src/model/probe-results.ts";
import { CLUSTER_IP, LOCAL, result } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { service, slice } from "../../support/objects.ts";

const refused = ["refused", "refused"] as const;
const lost = ["timeout-connect", "timeout-connect"] as const;
const at = (node: string): ProbeTarget => ({ ...CLUSTER_IP, hop: "node-port", host: "10.0.0.1", port: 30080, node });
const base = { services: [service()], endpointSlices: [slice()] };
const local = { ...base, services: [service({ spec: { externalTrafficPolicy: "Local" } })] };

checkCases(check, {
  fires: [
    {
      name: "lost at a node, while the cluster IP works from there",
      given: { ...base, probes: [result(CLUSTER_IP), result(at("node-2"), lost)] },
      expect: ["probe/node-port-fails warning"],
    },
    {
      name: "refused from this machine, while the Service works inside",
      given: { ...base, probes: [result(CLUSTER_IP), result(at("node-2"), refused, LOCAL)] },
      expect: ["probe/node-port-fails warning"],
    },
    {
      name: "externalTrafficPolicy Local, at the node that has the endpoint",
      given: { ...local, probes: [result(CLUSTER_IP), result(at("node-1"), lost)] },
      expect: ["probe/node-port-fails warning"],
    },
  ],
  silent: [
    { name: "it answers", given: { ...base, probes: [result(CLUSTER_IP), result(at("node-1"))] } },
    {
      name: "externalTrafficPolicy Local drops at nodes without an endpoint, by design",
      given: { ...local, probes: [result(CLUSTER_IP), result(at("node-2"), lost)] },
    },
    {
      name: "the Service does not work by its cluster IP either: that is the story",
      given: { ...base, probes: [result(CLUSTER_IP, refused), result(at("node-2"), refused)] },
    },
    {
      name: "lost from this machine, which may not be in the nodes' network",
      given: { ...base, probes: [result(CLUSTER_IP), result(at("node-2"), lost, LOCAL)] },
    },
    {
      name: "nothing was tried inside: nothing to compare with",
      given: { ...base, probes: [result(at("node-2"), refused, LOCAL)] },
    },
    { name: "node ports were not asked for", given: { ...base, probes: [result(CLUSTER_IP)] }, status: "skipped" },
  ],
});
