import { defineCheck } from "../../model/check.ts";
import { mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import type { Finding } from "../../model/finding.ts";
import { refOf } from "../../model/kube.ts";
import { failureOf, type ProbeResult, verdictOfProbe } from "../../model/probe-results.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { addressOf, atHop, evidenceOf, NOTHING_TRIED } from "./_probe.ts";

/** Node ports, where they were asked for: each node for itself, while the same Service works by its cluster IP. */
export const check = defineCheck({
  id: "probe/node-port",
  question: "Do the node ports answer where the Service itself does?",
  hop: "node",
  appliesTo: ["svc"],
  needs: ["probes"],
  wants: ["endpointSlices"],
  findings: {
    "probe/node-port-fails": {
      severity: "warning",
      title: "A node port does not answer",
      explain:
        "The Service works by its cluster IP from the same place, and its node port at this node does not: the node's service proxy, its firewall, or a security group of the nodes. " +
        "Not under externalTrafficPolicy Local at nodes without an endpoint, which drop by design; from your machine only a refusal is told, since a private address may simply not be meant for it.",
      docs: ["https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport"],
    },
  },
  run({ probes, scope, wanted }, find) {
    const tried = atHop(probes, "node-port");
    if (tried.length === 0) return NOTHING_TRIED;
    return tried.flatMap((one): readonly Finding[] => {
      const failure = failureOf(one);
      if (verdictOfProbe(one) !== "failed" || failure === undefined || !isFair(one, probes)) return [];
      const service = scope.services.find(({ metadata }) => metadata.name === one.target.object.name);
      if (service === undefined) return [];
      const endpoints = usable(mergeSlices(slicesOf(service, itemsOr(wanted.endpointSlices))));
      const hosts = endpoints.some(({ node }) => node === one.target.node);
      if (service.spec?.externalTrafficPolicy === "Local" && !hosts) return [];
      const { node = "?" } = one.target;
      return [
        find("probe/node-port-fails", {
          object: refOf(service, "spec.ports"),
          summary: `node port ${addressOf(one.target)} on node ${node} ${failure === "refused" ? "refuses connections" : "does not answer"} from ${one.vantage.label}, while the cluster IP works`,
          evidence: evidenceOf([one, ...front(one, probes)]),
          remedy: [
            kubectl("kube-system", "get", "pods", "-o", "wide", `--field-selector=spec.nodeName=${node}`),
            `# then the firewall and security group of node ${node}: port ${one.target.port}/TCP from the clients`,
          ],
          confidence: "likely",
        }),
      ];
    });
  },
});

/** The cluster IP of the same port, from inside the cluster. */
function front(one: ProbeResult, probes: readonly ProbeResult[]): readonly ProbeResult[] {
  return atHop(probes, "cluster-ip").filter(
    ({ vantage, target }) =>
      (vantage.kind === "pod" || vantage.kind === "client-pod") &&
      (one.vantage.kind === "local" || vantage.label === one.vantage.label) &&
      target.servicePort === one.target.servicePort,
  );
}

/** The Service works from there by its cluster IP; from outside, a time-out at a private address says nothing about the node. */
function isFair(one: ProbeResult, probes: readonly ProbeResult[]): boolean {
  const inside = front(one, probes);
  const works = inside.length > 0 && inside.every((result) => verdictOfProbe(result) === "ok");
  return works && (one.vantage.kind !== "local" || failureOf(one) === "refused");
}
