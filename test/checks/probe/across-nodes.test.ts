import { check } from "../../../src/checks/probe/across-nodes.ts";
import { CLUSTER_IP, result, target, vantage } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { service } from "../../support/objects.ts";

const lost = ["timeout-connect", "timeout-connect"] as const;
const far = vantage("node-2");
const second = target({ host: "10.244.1.16", object: { kind: "Pod", namespace: "shop", name: "web-2" } });

checkCases(check, {
  fires: [
    {
      name: "two pods answer on their node, and neither to the other node",
      given: { probes: [result(target()), result(second), result(target(), lost, far), result(second, lost, far)] },
      expect: ["node/cross-node-broken error"],
    },
    {
      name: "the cluster IP fails on one node only, from which the pod answers",
      given: {
        probes: [
          result(target()),
          result(CLUSTER_IP, lost),
          result(target(), [200, 200], far),
          result(CLUSTER_IP, [200, 200], far),
        ],
        services: [service()],
      },
      expect: ["node/clusterip-broken-here error"],
    },
  ],
  silent: [
    {
      name: "the same from both nodes: a policy, not the network",
      given: {
        probes: [result(target(), lost), result(second, lost), result(target(), lost, far), result(second, lost, far)],
      },
    },
    {
      name: "only one pod was tried: too little to blame the network",
      given: { probes: [result(target()), result(target(), lost, far)] },
    },
    {
      name: "internalTrafficPolicy Local: nodes differ by design",
      given: {
        probes: [
          result(target()),
          result(CLUSTER_IP),
          result(target(), [200, 200], far),
          result(CLUSTER_IP, lost, far),
        ],
        services: [service({ spec: { internalTrafficPolicy: "Local" } })],
      },
    },
    { name: "tried from one node", given: { probes: [result(target())] }, status: "skipped" },
  ],
});
