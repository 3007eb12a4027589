import { defineCheck } from "../../model/check.ts";
import { type ContainerFact, containerFacts, servingFacts, willRestart } from "../../model/containers.ts";
import { hasSelector } from "../../model/endpoints.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { ageOf, conditionOf, isReady, timeOf } from "../../model/pods.ts";
import { isStarting } from "../../model/probes.ts";
import { redact } from "../../model/redact.ts";
import { kubectl } from "../../model/shell.ts";
import { isLeaving, judgePods, POD_DOCS, span, unreadySeverity, YOUTH_UNPROVEN } from "./_judge.ts";
import { logCommand, logEvidence } from "./_logs.ts";
import { isBeingCreated } from "./_setup.ts";

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
        "The pod runs, but its Ready condition is not True, so Services send it no traffic; or it has been Pending for minutes for a reason that no other check knows. This is said only when no other finding explains why. " +
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
      if (phase === "Pending" && !isLeaving(pod)) return isAccountedFor(pod) ? [] : pending(pod);
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
          severity: unreadySeverity(pod, scope, wanted.services, wanted.deployments, now),
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

    /** Nobody else has a word for what it waits for: a state that this program does not know must not look like health. */
    function pending(pod: Pod) {
      const { name, namespace } = pod.metadata;
      const age = ageOf(pod.metadata, now);
      if (age === undefined)
        return { unknown: `pod ${name} is Pending, and carries no creationTimestamp to tell since when` };
      const young = age <= settings.creating;
      if (young && !clockIsLowerBound) return [];
      const waits = containerFacts(pod).flatMap(({ name: container, status }) => {
        const { reason, message } = status?.state?.waiting ?? {};
        return reason === undefined
          ? []
          : [{ k: `container ${container}`, v: redact(`waiting, ${reason} ${message ?? ""}`.trim()) }];
      });
      const scheduled = conditionOf(pod, "PodScheduled");
      const placed = (pod.spec?.nodeName ?? "") !== "";
      const why = waits.map(({ k, v }) => `${k} is ${v}`)[0] ?? (placed ? "no container says why" : "it has no node");
      return [
        find("pod/not-ready", {
          severity: unreadySeverity(pod, scope, wanted.services, wanted.deployments, now),
          confidence: young ? "possible" : "certain",
          object: refOf(pod, "status.phase"),
          summary: `pod ${name} has been Pending for ${span(age)}: ${why}`,
          evidence: [
            { k: "phase", v: `Pending for ${span(age)}` },
            { k: "PodScheduled", v: `${scheduled?.status ?? "not set"} ${scheduled?.reason ?? ""}`.trim() },
            { k: "node", v: pod.spec?.nodeName || "none" },
            ...waits.slice(0, 5),
            ...(young ? [YOUTH_UNPROVEN] : []),
          ],
          remedy: [kubectl(namespace, "describe", "pod", name)],
        }),
      ];
    }
  },
});

/** The scheduler, the node's preparations or a running init are what it waits for: checks of their own judge these. */
function isAccountedFor(pod: Pod): boolean {
  if ((pod.spec?.nodeName ?? "") === "") {
    const scheduled = conditionOf(pod, "PodScheduled");
    if (scheduled === undefined) return pod.metadata.creationTimestamp !== undefined;
    return scheduled.status === "False";
  }
  const inits = containerFacts(pod).filter((fact) => fact.role !== "app");
  const busy = inits.some(
    ({ role, status }) => status?.state?.running !== undefined && (role === "init" || status.started !== true),
  );
  return busy || isBeingCreated(pod);
}

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
