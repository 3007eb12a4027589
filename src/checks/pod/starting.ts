import { defineCheck } from "../../model/check.ts";
import { describeContainer, servingFacts } from "../../model/containers.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { ageOf, conditionOf, isReady, timeOf } from "../../model/pods.ts";
import { describeProbe, isStarting } from "../../model/probes.ts";
import { isLeaving, judgePods, span } from "./_judge.ts";

/** Is the pod merely starting? Says so, so that "not ready" is not taken for a fault. */
export const check = defineCheck({
  id: "pod/starting",
  question: "Is the pod still within the time it may take to start?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  findings: {
    "pod/starting": {
      severity: "info",
      title: "The pod is starting",
      explain:
        "The pod is not ready yet, but it is young, or a container is still within the time that its startup or readiness probe allows (initialDelaySeconds + periodSeconds × failureThreshold). Ask again in a moment.",
      docs: ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/"],
    },
  },
  run({ scope, settings, now }, find) {
    return judgePods(scope, (pod) => {
      if (isLeaving(pod) || isReady(pod) || hasTrouble(pod)) return [];
      const { name } = pod.metadata;
      const within = servingFacts(pod).filter((fact) => fact.status?.ready !== true && isStarting(fact, now));
      const first = within[0];
      if (first !== undefined) {
        const probe = first.status?.started === true ? first.container.readinessProbe : first.container.startupProbe;
        const since = timeOf(first.status?.state?.running?.startedAt) ?? now;
        return [
          find("pod/starting", {
            object: refOf(pod, first.path),
            summary: `${describeContainer(first)} of pod ${name} started ${span(now - since)} ago and is still within the time its probes allow`,
            evidence: [
              { k: "running for", v: span(now - since) },
              { k: "probe", v: describeProbe(probe ?? first.container.readinessProbe ?? {}) },
            ],
          }),
        ];
      }
      const age = ageOf(pod.metadata, now);
      const creating = pod.status?.phase === "Pending" && (pod.spec?.nodeName ?? "") !== "";
      const scheduled =
        timeOf(conditionOf(pod, "PodScheduled")?.lastTransitionTime) ?? timeOf(pod.metadata.creationTimestamp);
      const young = age !== undefined && age <= settings.settle;
      const placed = creating && scheduled !== undefined && now - scheduled <= settings.creating;
      if (!young && !placed) return [];
      return [
        find("pod/starting", {
          object: refOf(pod, "status.phase"),
          summary: `pod ${name} is ${age === undefined ? "new" : `${span(age)} old`} and starting`,
          evidence: [
            { k: "phase", v: pod.status?.phase ?? "-" },
            { k: "age", v: age === undefined ? "-" : span(age) },
          ],
        }),
      ];
    });
  },
});

/** A container that waits for more than its creation, or has failed: another check names it. */
function hasTrouble(pod: Pod): boolean {
  return [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].some(({ state }) => {
    const reason = state?.waiting?.reason;
    const waits = reason !== undefined && reason !== "ContainerCreating" && reason !== "PodInitializing";
    return waits || (state?.terminated?.exitCode ?? 0) !== 0;
  });
}
