import { defineCheck } from "../../model/check.ts";
import { type ContainerFact, crashLoop, describeContainer, servingFacts } from "../../model/containers.ts";
import { eventCount, eventsOf, eventTime, isAbout } from "../../model/events.ts";
import type { Evidence } from "../../model/finding.ts";
import { type KubeEvent, type Pod, type Probe, refOf } from "../../model/kube.ts";
import { conditionOf, isReady, timeOf } from "../../model/pods.ts";
import { describeProbe, isStarting, probeTarget, probeTimes, probeWindow } from "../../model/probes.ts";
import { redact } from "../../model/redact.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { EVENTS_IN_BACKOFF, isLeaving, judgePods, span, unreadySeverity, YOUTH_UNPROVEN } from "./_judge.ts";
import { logCommand, logEvidence } from "./_logs.ts";
import { probeAdvice } from "./_probes.ts";

const PROBE_DOCS: readonly string[] = [
  "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
];
/** An event about a failing probe is repeated while it fails; this old, it still describes the present. */
const EVENT_FRESH = 5 * 60_000;

/**
 * Do the readiness and startup probes succeed? The status alone decides: a container that runs, has started, has a readiness probe and is
 * not ready is one whose probe does not succeed (kubelet prober manager, UpdatePodStatus). Events only say how it fails; they expire,
 * and their absence proves nothing.
 */
export const check = defineCheck({
  id: "pod/readiness",
  question: "Do the startup and readiness probes succeed?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["events", "logs", "services", "deployments"],
  findings: {
    "pod/readiness-probe-failing": {
      severity: "error",
      title: "The readiness probe fails",
      explain:
        "The container runs, but its readiness probe does not succeed, so the pod is not ready and Services send it no traffic. The probe asks for the wrong path or port, times out (default 1 second), " +
        "or the app truly is not ready. Within initialDelaySeconds + periodSeconds × failureThreshold of its start it is still starting.",
      docs: PROBE_DOCS,
    },
    "pod/startup-probe-failing": {
      severity: "error",
      title: "The startup probe fails",
      explain:
        "Until the startup probe has succeeded, the other probes do not run and the container is not ready; after failureThreshold failures the kubelet kills it and tries again. " +
        "Either the probe is wrong, or the app needs more time than failureThreshold × periodSeconds.",
      docs: PROBE_DOCS,
    },
  },
  run({ scope, wanted, settings, now, clockIsLowerBound }, find) {
    return judgePods(scope, (pod) => {
      if (isLeaving(pod) || isReady(pod)) return [];
      const events = eventsOf(itemsOr(wanted.events), pod);
      return servingFacts(pod).flatMap((fact) => {
        const mine = events.filter((event) => isAbout(event, fact.name));
        return startup(pod, fact, mine) ?? readiness(pod, fact, mine) ?? [];
      });
    });

    function readiness(pod: Pod, fact: ContainerFact, events: readonly KubeEvent[]) {
      const { status } = fact;
      const probe = fact.container.readinessProbe;
      const started = timeOf(status?.state?.running?.startedAt);
      if (probe === undefined || started === undefined || status?.ready !== false || status.started === false) return;
      // In the first seconds after a crash the crash is the story; and a container may take its time to become ready.
      const young = isStarting(fact, now);
      if (crashLoop(pod, fact, now, settings) !== undefined || (young && !clockIsLowerBound)) return;
      // The pod's condition has the last word: on a node that went away it is the node controller that sets Ready to False.
      if (conditionOf(pod, "ContainersReady")?.status === "True") return;
      const { period, failures } = probeTimes(probe);
      const since = Math.max(started, now - Math.max(EVENT_FRESH, 3 * period * failures));
      const told = unhealthy(events, "Readiness probe", since);
      const notReadySince = timeOf(conditionOf(pod, "Ready")?.lastTransitionTime);
      return [
        find("pod/readiness-probe-failing", {
          severity: unreadySeverity(pod, scope, wanted.services, wanted.deployments, now),
          object: refOf(pod, `spec.containers[${fact.name}].readinessProbe`),
          summary: `the readiness probe ${probeTarget(probe)} of ${describeContainer(fact)} in pod ${pod.metadata.name} fails${said(told)}`,
          evidence: [
            { k: "readiness probe", v: describeProbe(probe) },
            ...toldEvidence(told),
            ...(notReadySince === undefined ? [] : [{ k: "not ready for", v: span(now - notReadySince) }]),
            ...(young ? [YOUTH_UNPROVEN] : []),
            { k: "container", v: `running for ${span(now - started)}, started, not ready` },
            ...logEvidence(wanted.logs, pod, fact.name, false),
          ],
          confidence: young ? "possible" : told === undefined ? "likely" : "certain",
          remedy: remedy(pod, fact, probe, told),
        }),
      ];
    }

    function startup(pod: Pod, fact: ContainerFact, events: readonly KubeEvent[]) {
      const { status } = fact;
      const probe = fact.container.startupProbe;
      if (probe === undefined || status === undefined || status.started === true) return;
      // The app waits behind this sidecar: pod/sidecar-not-started says it.
      if (fact.role === "sidecar" && conditionOf(pod, "Initialized")?.status !== "True") return;
      const { period, failures } = probeTimes(probe);
      const started = timeOf(status.state?.running?.startedAt);
      const window = started === undefined ? EVENTS_IN_BACKOFF : EVENT_FRESH;
      const since = now - Math.max(window, 3 * period * failures);
      const told = unhealthy(events, "Startup probe", since);
      const restarts = status.restartCount ?? 0;
      const killed = events.some(
        (event) =>
          event.reason === "Killing" && /failed startup probe/i.test(event.message ?? "") && eventTime(event) >= since,
      );
      if (started === undefined) {
        // Between two tries: only when the kubelet says that the startup probe ended the last one.
        if (!killed || status.state?.terminated?.exitCode === 0) return;
      } else {
        if (restarts === 0 && now - started <= probeWindow(probe)) return [];
        // After a restart it may come up this time: the probe must have failed in this run, or ended the last one.
        const failing = told !== undefined && (killed || eventTime(told) >= started);
        if (!failing && !(restarts === 0 || now - started > probeWindow(probe))) return;
      }
      return [
        find("pod/startup-probe-failing", {
          severity: unreadySeverity(pod, scope, wanted.services, wanted.deployments, now),
          object: refOf(pod, `spec.containers[${fact.name}].startupProbe`),
          summary: `the startup probe ${probeTarget(probe)} of ${describeContainer(fact)} in pod ${pod.metadata.name} does not succeed within ${span(probeWindow(probe))}${said(told)}`,
          evidence: [
            { k: "startup probe", v: describeProbe(probe) },
            ...toldEvidence(told),
            { k: "restarts", v: String(restarts) },
            ...(started === undefined ? [] : [{ k: "running for", v: span(now - started) }]),
            ...logEvidence(wanted.logs, pod, fact.name, started === undefined),
          ],
          confidence: told === undefined && !killed ? "likely" : "certain",
          remedy: [
            ...remedy(pod, fact, probe, told),
            `# when the app only needs longer: raise startupProbe.failureThreshold (now ${failures} × ${period / 1000}s)`,
          ],
        }),
      ];
    }

    function toldEvidence(told: KubeEvent | undefined): readonly Evidence[] {
      if (told === undefined) return [];
      const when = `${eventCount(told)} times, last ${span(now - eventTime(told))} ago`;
      return [{ k: "kubelet", v: `${redact(told.message ?? "").trim()} (${when})` }];
    }
  },
});

function unhealthy(events: readonly KubeEvent[], which: string, since: number): KubeEvent | undefined {
  return events.find(
    (event) =>
      event.reason === "Unhealthy" && (event.message ?? "").startsWith(`${which} `) && eventTime(event) >= since,
  );
}

function said(told: KubeEvent | undefined): string {
  const cause = probeAdvice(told?.message ?? "").cause;
  return cause === "" ? "" : `: ${cause}`;
}

function remedy(pod: Pod, fact: ContainerFact, probe: Probe, told: KubeEvent | undefined): readonly string[] {
  const { name, namespace } = pod.metadata;
  return [
    ...probeAdvice(told?.message ?? "", probe).remedy,
    logCommand(pod, fact.name, false),
    kubectl(namespace, "describe", "pod", name),
  ];
}
