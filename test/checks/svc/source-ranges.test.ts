import { check } from "../../../src/checks/svc/source-ranges.ts";
import { checkCases } from "../../support/checks.ts";
import { node, pod, service } from "../../support/objects.ts";

const lb = (ranges: string[], annotations = {}) =>
  service({ metadata: { annotations }, spec: { type: "LoadBalancer", loadBalancerSourceRanges: ranges } });
const nodes = [node({ spec: { podCIDRs: ["10.244.0.0/24"] } })];

checkCases(check, {
  fires: [
    {
      name: "the client's address is not known",
      given: { services: [lb(["203.0.113.0/24", "10.0.0.0/8"])], nodes },
      expect: ["svc/source-ranges-block-client info"],
    },
    {
      name: "a range lets in everybody",
      given: { services: [lb(["10.0.0.0/8", "0.0.0.0/0"])], nodes },
      expect: ["svc/source-ranges-block-client info"],
    },
    {
      name: "by annotation: the cloud's firewall alone",
      given: {
        services: [lb([], { "service.beta.kubernetes.io/load-balancer-source-ranges": "203.0.113.0/24" })],
        nodes,
      },
      expect: ["svc/source-ranges-block-client info"],
    },
    {
      name: "pods are outside of the ranges",
      given: { services: [lb(["203.0.113.0/24"])], nodes },
      expect: ["svc/source-ranges-block-client info", "svc/source-ranges-block-pods info"],
    },
    {
      name: "nodes without prefixes: the pods' own addresses tell",
      given: { services: [lb(["203.0.113.0/24"])], nodes: [node()], pods: [pod()] },
      expect: ["svc/source-ranges-block-client info", "svc/source-ranges-block-pods info"],
    },
  ],
  silent: [
    { name: "no ranges", given: { services: [lb([])], nodes }, status: "skipped" },
    {
      name: "no LoadBalancer",
      given: { services: [service({ spec: { loadBalancerSourceRanges: ["203.0.113.0/24"] } })], nodes },
      status: "skipped",
    },
  ],
});
