import { defineCheck } from "../../model/check.ts";
import { type ContainerFact, servingFacts, willRestart } from "../../model/containers.ts";
import { hasSelector } from "../../model/endpoints.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { ageOf, conditionOf, isReady, timeOf } from "../../model/pods.ts";
import { isStarting } from "../../model/probes.ts";
import { kubectl } from "../../model/shell.ts";
import { isLeaving, judgePods, POD_DOCS, span, unreadySeverity, YOUTH_UNPROVEN } from "./_judge.ts";
import { logCommand, logEvidence } from "./_logs.ts";

/** Is the pod ready? The last word when nothing more precise explains why it is not. */
export const check = defineCheck({
  id: "pod/not-ready",
  question: "Is the pod ready?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  essential: true,
  // Without the pods nothing is known of the app: their absence from a dump, or a 403, must not look like "no pod is unready".
  needs: ["pods"],
  wants: ["services", "deployments", "logs"],
  findings: {
    "pod/not-ready": {
      severity: "error",
      title: "The pod is not ready",
      explain:
        "The pod runs, but its Ready condition is not True, so Services send it no traffic. This is said only when no other finding explains why. " +
        "When every Service that selects it publishes addresses that are not ready, it gets traffic all the same.",
      docs: ["https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions", ...POD_DOCS],
      yieldsTo: ["pod/*"],
    },
  },
  notFor: ({ services }) =>
    services.length > 0 && !services.some(hasSelector) ? "no judged Service selects pods" : undefined,
  run({ scope, wanted, settings, now, clockIsLowerBound }, find) {
    return judgePods(scope, (pod) => {
      const phase = pod.status?.phase;
      if (phase !== undefined && !PHASES.includes(phase))
        return { unknown: `pod ${pod.metadata.name} has no known phase, but ${phase}` };
      if (isLeaving(pod) || isReady(pod) || (phase !== "Running" && phase !== "Unknown")) return [];
      const ready = conditionOf(pod, "Ready");
      // Hand-made status without the condition: nothing was said about readiness.
      if (ready === undefined) return { unknown: `pod ${pod.metadata.name} has no Ready condition` };
      const fresh = (ageOf(pod.metadata, now) ?? Number.POSITIVE_INFINITY) <= settings.settle;
      const unready = servingFacts(pod)
        .filter((fact) => fact.status?.ready !== true)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      // Starting, or ended a moment ago for the first time: pod/starting and pod/container-exited say so.
      const passing = (fact: ContainerFact): boolean =>
        isStarting(fact, now) || justEnded(pod, fact, now - settings.settle);
      const young = fresh || (unready.length > 0 && unready.every(passing));
      // Without a true clock the readiness and gate checks say it as possible; a second warning would only repeat them.
      const said =
        ready.reason === "ReadinessGatesNotReady" ||
        (unready.length > 0 &&
          unready.every((fact) => fact.container.readinessProbe !== undefined && fact.status?.started === true));
      if (young && (!clockIsLowerBound || said)) return [];
      const since = timeOf(ready.lastTransitionTime);
      const { name, namespace } = pod.metadata;
      const names = unready.map((fact) => fact.name).join(", ");
      const container = unready[0]?.name;
      return [
        find("pod/not-ready", {
          severity: unreadySeverity(pod, scope, wanted.services, wanted.deployments),
          confidence: young ? "possible" : "certain",
          object: refOf(pod, "status.conditions[Ready]"),
          summary: `pod ${name} is not ready${since === undefined ? "" : ` for ${span(now - since)}`}: ${reasonText(ready.reason, ready.message, names)}`,
          evidence: [
            { k: "Ready", v: `${ready.status ?? "?"} ${ready.reason ?? ""} ${ready.message ?? ""}`.trim() },
            ...(young ? [YOUTH_UNPROVEN] : []),
            ...unready.map((fact) => ({
              k: `container ${fact.name}`,
              v: `ready ${fact.status?.ready ?? "not reported"}`,
            })),
            ...(container === undefined ? [] : logEvidence(wanted.logs, pod, container, false)),
          ],
          remedy: [
            kubectl(namespace, "describe", "pod", name),
            ...(container === undefined ? [] : [logCommand(pod, container, false)]),
          ],
        }),
      ];
    });
  },
});

const PHASES: readonly string[] = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];

function justEnded(pod: Pod, fact: ContainerFact, since: number): boolean {
  const ended = fact.status?.state?.terminated;
  const finished = timeOf(ended?.finishedAt);
  return finished !== undefined && finished >= since && willRestart(pod, fact, ended?.exitCode ?? 0);
}

function reasonText(reason = "", message = "", containers = ""): string {
  switch (reason) {
    case "ContainersNotReady":
      return containers === "" ? message || reason : `container ${containers} is not ready`;
    case "ReadinessGatesNotReady":
      return message || "a readiness gate is not met";
    case "UnknownContainerStatuses":
      return "the kubelet does not know the state of its containers";
    case "PodCompleted":
      return "its containers have finished";
    default:
      return message || reason || "the condition gives no reason";
  }
}
