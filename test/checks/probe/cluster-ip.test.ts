import { check } from "../../../src/checks/probe/cluster-ip.ts";
import { CLUSTER_IP, result, target, vantage } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { service, slice } from "../../support/objects.ts";

const lost = ["timeout-connect", "timeout-connect"] as const;
const local = service({ spec: { internalTrafficPolicy: "Local" } });
const elsewhere = vantage("node-2");

checkCases(check, {
  fires: [
    {
      name: "the endpoint answers, the cluster IP refuses",
      given: { probes: [result(target()), result(CLUSTER_IP, ["refused", "refused"])], services: [service()] },
      expect: ["probe/clusterip-refused error"],
    },
    {
      name: "the endpoint answers, the cluster IP does not",
      given: { probes: [result(target()), result(CLUSTER_IP, lost)], services: [service()] },
      expect: ["probe/clusterip-timeout error"],
    },
    {
      name: "internalTrafficPolicy Local, on the node of the endpoint: it should work there",
      given: { probes: [result(target()), result(CLUSTER_IP, lost)], services: [local], endpointSlices: [slice()] },
      expect: ["probe/clusterip-timeout error"],
    },
    {
      name: "some tries fail although every endpoint answers",
      given: { probes: [result(target()), result(CLUSTER_IP, [200, "refused", 200, 200, 200])], services: [service()] },
      expect: ["probe/clusterip-intermittent warning"],
    },
  ],
  silent: [
    { name: "both answer", given: { probes: [result(target()), result(CLUSTER_IP)], services: [service()] } },
    {
      name: "the endpoint fails too: that is the story",
      given: { probes: [result(target(), lost), result(CLUSTER_IP, lost)], services: [service()] },
    },
    {
      name: "one endpoint of two fails, and the cluster IP leads to it now and then",
      given: {
        probes: [
          result(target()),
          result(target({ host: "10.244.2.8" }), ["refused", "refused"]),
          result(CLUSTER_IP, [200, "refused"]),
        ],
        services: [service()],
      },
    },
    {
      name: "internalTrafficPolicy Local, on a node without an endpoint: dropped by design",
      given: {
        probes: [result(target(), [200, 200], elsewhere), result(CLUSTER_IP, lost, elsewhere)],
        services: [local],
        endpointSlices: [slice()],
      },
    },
    {
      name: "no endpoint was tried from there",
      given: { probes: [result(CLUSTER_IP, lost)], services: [service()] },
    },
    { name: "headless: there is no cluster IP", given: { probes: [result(target())] }, status: "skipped" },
  ],
});
