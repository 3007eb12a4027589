import { defineCheck } from "../../model/check.ts";
import { mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import type { Finding } from "../../model/finding.ts";
import type { Service } from "../../model/kube.ts";
import { refOf } from "../../model/kube.ts";
import { failureOf, type ProbeResult, verdictOfProbe } from "../../model/probe-results.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import {
  addressOf,
  atHop,
  DEBUG_SERVICE,
  endpointsBehind,
  evidenceOf,
  fromInside,
  isSelf,
  NOTHING_TRIED,
} from "./_probe.ts";

/** The next station: the same endpoints through the Service's cluster IP, from a place that reaches them directly. */
export const check = defineCheck({
  id: "probe/cluster-ip",
  question: "Does the cluster IP lead to the endpoints that answer by themselves?",
  hop: "service",
  appliesTo: ["svc", "ingress"],
  needs: ["probes"],
  wants: ["endpointSlices"],
  findings: {
    "probe/clusterip-refused": {
      severity: "error",
      title: "The cluster IP refuses what the pods accept",
      explain:
        "The endpoints answer from this node at their own addresses, but the cluster IP refuses: the node's service proxy (kube-proxy, Cilium) knows no usable endpoint, because it lags, lost its connection to the API server, or the endpoints changed meanwhile.",
      docs: [DEBUG_SERVICE],
    },
    "probe/clusterip-timeout": {
      severity: "error",
      title: "The cluster IP loses what the pods accept",
      explain:
        "The endpoints answer from this node at their own addresses, but connections to the cluster IP get lost: the node's service proxy sends them to an endpoint that is gone, or does not know the Service. " +
        "Under internalTrafficPolicy Local this is as it should be on nodes without an endpoint, and not reported.",
      docs: [DEBUG_SERVICE],
    },
    "probe/clusterip-intermittent": {
      severity: "warning",
      title: "The cluster IP answers some tries and fails others",
      explain:
        "Every endpoint answers by itself, but the cluster IP fails some of five tries: the service proxy still sends to an endpoint that is gone, or the endpoints change right now.",
      docs: [DEBUG_SERVICE],
    },
  },
  run({ probes, scope, wanted }, find) {
    const tried = atHop(fromInside(probes), "cluster-ip");
    if (tried.length === 0) return NOTHING_TRIED;
    return tried.flatMap((one): readonly Finding[] => {
      const behind = endpointsBehind(one, probes);
      // Which endpoint it leads to is chance: with a broken one among them, the pods tell the story.
      if (behind.length === 0 || behind.some((result) => verdictOfProbe(result) !== "ok")) return [];
      // A pod behind the cluster IP may be led back to itself, which not every network can do.
      if (behind.some(isSelf)) return [];
      const service = scope.services.find(({ metadata }) => metadata.name === one.target.object.name);
      const slices = itemsOr(wanted.endpointSlices);
      if (service !== undefined && keptLocal(service, slices, one.vantage.node)) return [];
      const verdict = verdictOfProbe(one);
      if (verdict === "ok" || verdict === "unclear") return [];
      const id =
        verdict === "mixed"
          ? "probe/clusterip-intermittent"
          : failureOf(one) === "refused"
            ? "probe/clusterip-refused"
            : "probe/clusterip-timeout";
      const node = one.vantage.node ?? "?";
      return [
        find(id, {
          object: service === undefined ? one.target.object : refOf(service, "spec.clusterIP"),
          summary: `cluster IP ${addressOf(one.target)} ${SAYS[id]} on node ${node}, although its endpoints answer there`,
          evidence: evidenceOf([one, ...behind]),
          remedy: remedy(one, node),
        }),
      ];
    });
  },
});

const SAYS = {
  "probe/clusterip-refused": "refuses connections",
  "probe/clusterip-timeout": "does not answer",
  "probe/clusterip-intermittent": "fails now and then",
} as const;

function remedy({ target }: ProbeResult, node: string): readonly string[] {
  return [
    kubectl(target.object.namespace, "get", "endpointslices", "-l", `kubernetes.io/service-name=${target.object.name}`),
    kubectl("kube-system", "get", "pods", "-o", "wide", `--field-selector=spec.nodeName=${node}`),
    "# look at kube-proxy or the network plugin's pod on that node; delete it to start it afresh",
  ];
}

/** internalTrafficPolicy Local, and no usable endpoint on that node: dropped by design. */
function keptLocal(service: Service, slices: Parameters<typeof slicesOf>[1], node: string | undefined): boolean {
  if (service.spec?.internalTrafficPolicy !== "Local") return false;
  return !usable(mergeSlices(slicesOf(service, slices))).some((endpoint) => endpoint.node === node);
}
