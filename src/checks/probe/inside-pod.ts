import { defineCheck, type Scope } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import type { NetworkPolicy } from "../../model/kube.ts";
import { isReady } from "../../model/pods.ts";
import { hasLostPackets, type ProbeResult, verdictOfProbe } from "../../model/probe-results.ts";
import { kubectl, sh } from "../../model/shell.ts";
import type { Gathered } from "../../model/snapshot.ts";
import { isolating } from "../net/_policies.ts";
import { addressOf, atHop, DEBUG_SERVICE, evidenceOf, hasFailed, hasMeshProxy, podOf } from "./_probe.ts";

/** The same port by port-forward, which dials 127.0.0.1 inside the pod, and at the pod's own address: what differs lies in between. */
export const check = defineCheck({
  id: "probe/inside-pod",
  question: "Does the app answer inside its pod what it does not answer at the pod's address?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["probes"],
  wants: ["networkPolicies"],
  findings: {
    "probe/only-on-loopback": {
      severity: "error",
      title: "The app answers on 127.0.0.1 only",
      explain:
        "Inside the pod, where port-forward connects, the app answers; at the pod's own address the same port refuses. So the app listens on the loopback address: port-forward works, the Service does not. Make it listen on 0.0.0.0 or ::. " +
        "A warning where a policy isolates the pod, since some engines refuse what they forbid, where a mesh proxy shares the pod, and while other endpoints answer. --sockets reads the address itself.",
      docs: [DEBUG_SERVICE],
    },
    "probe/answers-inside-pod": {
      severity: "info",
      title: "The app answers inside its pod, and packets to it get lost",
      explain:
        "Inside the pod, where port-forward connects, the app answers; packets to the pod's own address get lost. The app is not the cause: something drops the packets on the way to the pod, most often a network policy.",
      docs: [DEBUG_SERVICE],
    },
  },
  run({ probes, scope, wanted }, find) {
    const inside = probes.filter((result) => result.vantage.kind === "port-forward" && verdictOfProbe(result) === "ok");
    if (!probes.some(({ vantage }) => vantage.kind === "port-forward"))
      return { skipped: "port-forward was not tried" };
    return inside.flatMap((one): readonly Finding[] => {
      const outside = atHop(probes, "pod").filter(
        ({ target }) => target.port === one.target.port && target.object.name === one.target.object.name,
      );
      const { object } = one.target;
      const pod = podOf(one.target, scope);
      if (outside.length === 0 || (pod !== undefined && !isReady(pod))) return [];
      const evidence = evidenceOf([one, ...outside]);
      if (outside.every((result) => hasFailed(result, "refused")))
        return [
          find("probe/only-on-loopback", {
            object,
            summary: `the app in pod ${object.name} answers on 127.0.0.1:${one.target.port} inside the pod, and not at ${addressOf(one.target)}: it listens on the loopback address only`,
            evidence,
            remedy: [
              "# make the app listen on 0.0.0.0 (or ::) instead of the loopback address; most apps have a setting HOST, BIND or LISTEN",
              `kubectl netcheck -n ${sh(object.namespace)} pod ${sh(object.name)} --port ${one.target.port} --sockets`,
            ],
            confidence: mayReject(wanted.networkPolicies, scope) ? "possible" : "likely",
            ...(hasMeshProxy(pod) || servedElsewhere(one, probes) ? { severity: "warning" } : {}),
          }),
        ];
      if (outside.every((result) => verdictOfProbe(result) === "failed") && outside.some(hasLostPackets))
        return [
          find("probe/answers-inside-pod", {
            object,
            summary: `the app in pod ${object.name} answers inside the pod, and packets to ${addressOf(one.target)} get lost: the app is not the cause`,
            evidence,
            remedy: [kubectl(object.namespace, "get", "networkpolicy", "-o", "wide")],
          }),
        ];
      return [];
    });
  },
});

/** kube-router, and Calico on demand, answer what they forbid with a refusal. Policies that were not read may do so, too. */
function mayReject(policies: Gathered<NetworkPolicy>, scope: Scope): boolean {
  return policies.state !== "ok" || isolating(policies.items, scope).length > 0;
}

function servedElsewhere(one: ProbeResult, probes: readonly ProbeResult[]): boolean {
  return (
    one.target.servicePort !== undefined &&
    atHop(probes, "pod").some(
      (result) =>
        result.target.servicePort === one.target.servicePort &&
        result.target.object.name !== one.target.object.name &&
        verdictOfProbe(result) === "ok",
    )
  );
}
