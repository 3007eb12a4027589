import { defineCheck } from "../../model/check.ts";
import { mergeSlices, usable } from "../../model/endpoints.ts";
import { type ObjectRef, type Pod, refOf } from "../../model/kube.ts";
import { ageOf, isReady, isTerminal, isTerminating, timeOf } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";

const NAMESPACE = "kube-system";
const SERVICE: ObjectRef = { kind: "Service", namespace: NAMESPACE, name: "kube-dns" };
const RESTARTED = 10 * 60_000;
const DOCS = ["https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/"];

/** Why a DNS pod does not answer, in a phrase. */
function stateOf(pod: Pod): string {
  const waiting = (pod.status?.containerStatuses ?? []).flatMap(({ state }) => state?.waiting?.reason ?? []);
  return waiting[0] ?? (isReady(pod) ? "ready" : `not ready (${pod.status?.phase ?? "no status"})`);
}

/**
 * Does the cluster's DNS answer? Without it a pod finds no Service by its name, and many an app ends for that. Asked for pods in trouble: what serves is no
 * reason to look.
 */
export const check = defineCheck({
  id: "dns/coredns",
  question: "Does the cluster's DNS run?",
  hop: "dns",
  appliesTo: ["pod"],
  needs: [],
  wants: ["clusterDnsPods", "dnsSlices"],
  findings: {
    "dns/coredns-down": {
      severity: "error",
      title: "The cluster's DNS is down",
      explain:
        "No pod behind the Service kube-dns in kube-system is ready, so no name resolves inside the cluster: Services work by their address only. Caches on the nodes (NodeLocal DNSCache, AKS LocalDNS) hide it for a while. " +
        "Not reported while all DNS pods are only seconds old, nor in a cluster whose DNS has another name.",
      docs: DOCS,
    },
    "dns/coredns-degraded": {
      severity: "warning",
      title: "A pod of the cluster's DNS is not well",
      explain:
        "Some DNS pods are not ready, or were restarted within the last ten minutes; the others answer. Lookups may be slow or fail now and then. " +
        "Not reported for pods that just start or are being replaced.",
      docs: DOCS,
    },
  },
  run({ scope, now, settings, clockIsLowerBound, wanted }, find) {
    const { clusterDnsPods, dnsSlices } = wanted;
    // Asked for itself, it is judged as any other Service.
    if (
      scope.pods.some(({ metadata }) => metadata.namespace === NAMESPACE && metadata.labels?.["k8s-app"] === "kube-dns")
    )
      return { skipped: "a DNS pod itself is judged" };
    if (clusterDnsPods.state !== "ok") {
      // A dump of one namespace holds no DNS, and nobody misses it there: that is no gap of the answer.
      if (clusterDnsPods.reason === "not-requested" || clusterDnsPods.reason === "not-in-dump")
        return { skipped: "the cluster's DNS pods were not read" };
      return { unknown: `the cluster's DNS pods could not be read (${clusterDnsPods.reason})` };
    }
    const alive = clusterDnsPods.items.filter((pod) => !isTerminal(pod) && !isTerminating(pod));
    const isYoung = (pod: Pod): boolean => (ageOf(pod.metadata, now) ?? Number.POSITIVE_INFINITY) < settings.settle;
    if (alive.length > 0 && !alive.some((pod) => pod.status !== undefined))
      return { unknown: "the DNS pods carry no status" };
    if (alive.some(isReady)) {
      const ill = alive.filter((pod) => (!isReady(pod) && !isYoung(pod)) || hasRestarted(pod, now));
      const [first] = ill;
      if (first === undefined) return [];
      return [
        find("dns/coredns-degraded", {
          object: refOf(first),
          summary: `${ill.length} of the ${alive.length} pods of the cluster's DNS are not ready or were restarted lately`,
          evidence: ill
            .slice(0, 5)
            .map((pod) => ({ k: `pod ${pod.metadata.name}`, v: `${stateOf(pod)}, restarts ${restartsOf(pod)}` })),
          remedy: [
            kubectl(NAMESPACE, "logs", first.metadata.name, "--previous"),
            kubectl(NAMESPACE, "describe", "pod", first.metadata.name),
          ],
        }),
      ];
    }
    if (dnsSlices.state !== "ok")
      return dnsSlices.reason === "not-requested" || dnsSlices.reason === "not-in-dump"
        ? { skipped: "no ready DNS pod is known, and the endpoints of kube-dns were not read" }
        : { unknown: `no DNS pod is ready, and the endpoints of kube-dns could not be read (${dnsSlices.reason})` };
    // No Service of that name: the cluster's DNS is another one.
    if (dnsSlices.items.length === 0) return { skipped: "there is no Service kube-dns in kube-system" };
    if (usable(mergeSlices(dnsSlices.items)).length > 0) return [];
    if (alive.length > 0 && alive.every(isYoung) && !clockIsLowerBound)
      return { unknown: "the DNS pods are only seconds old" };
    return [
      find("dns/coredns-down", {
        object: SERVICE,
        summary: "no pod of the cluster's DNS is ready: no name resolves inside the cluster",
        evidence: [
          { k: "Service kube-system/kube-dns", v: "no ready endpoint" },
          ...(alive.length === 0 ? [{ k: "pods k8s-app=kube-dns", v: "none" }] : []),
          ...alive.slice(0, 5).map((pod) => ({ k: `pod ${pod.metadata.name}`, v: stateOf(pod) })),
        ],
        remedy: [
          kubectl(NAMESPACE, "get", "deployments,pods", "-l", "k8s-app=kube-dns"),
          ...(alive[0] === undefined
            ? ["# scaled to 0?", kubectl(NAMESPACE, "scale", "deployment", "coredns", "--replicas=2")]
            : [kubectl(NAMESPACE, "describe", "pod", alive[0].metadata.name)]),
        ],
      }),
    ];
  },
});

function restartsOf(pod: Pod): number {
  return (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}

function hasRestarted(pod: Pod, now: number): boolean {
  return (pod.status?.containerStatuses ?? []).some(({ lastState }) => {
    const ended = timeOf(lastState?.terminated?.finishedAt);
    return ended !== undefined && now - ended <= RESTARTED;
  });
}
