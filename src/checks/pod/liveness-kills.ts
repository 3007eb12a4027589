import { defineCheck } from "../../model/check.ts";
import { describeContainer, servingFacts } from "../../model/containers.ts";
import { eventCount, eventsOf, eventTime, isAbout } from "../../model/events.ts";
import { refOf } from "../../model/kube.ts";
import { isReady } from "../../model/pods.ts";
import { describeProbe, probeTarget } from "../../model/probes.ts";
import { redact } from "../../model/redact.ts";
import { EVENTS_IN_BACKOFF, isLeaving, judgePods, span, withoutCollection } from "./_judge.ts";
import { logCommand, logEvidence } from "./_logs.ts";
import { probeAdvice } from "./_probes.ts";

const RECENT = 10 * 60_000;

/** Does the kubelet kill containers because their liveness probe fails? Only events say so. */
export const check = defineCheck({
  id: "pod/liveness-kills",
  question: "Do the liveness probes leave the containers alive?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["events", "logs"],
  findings: {
    "pod/liveness-kills": {
      severity: "warning",
      title: "The liveness probe kills the container",
      explain:
        "The kubelet restarts the container because its liveness probe fails. Often the app is only slow to start or busy, and the probe too strict (timeoutSeconds is 1 by default). " +
        "An error when the pod is not ready now.",
      docs: ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/"],
    },
  },
  run({ scope, wanted, now }, find) {
    return judgePods(scope, (pod) => {
      if (isLeaving(pod)) return [];
      // A container that was never restarted was never killed.
      const candidates = servingFacts(pod).filter(
        (fact) => fact.container.livenessProbe !== undefined && (fact.status?.restartCount ?? 0) > 0,
      );
      if (candidates.length === 0) return [];
      if (wanted.events.state !== "ok") {
        return withoutCollection(
          `pod ${pod.metadata.name} was restarted and has a liveness probe`,
          "events",
          wanted.events,
        );
      }
      const events = eventsOf(wanted.events.items, pod);
      return candidates.flatMap((fact) => {
        const window = fact.status?.state?.waiting?.reason === "CrashLoopBackOff" ? EVENTS_IN_BACKOFF : RECENT;
        const about = events.filter((event) => isAbout(event, fact.name) && now - eventTime(event) <= window);
        const kill = about.find(
          (event) =>
            event.reason === "Killing" &&
            /failed liveness probe/i.test(event.message ?? "") &&
            names(event.message, fact.name),
        );
        const failure = about.find(
          (event) => event.reason === "Unhealthy" && /^Liveness probe (failed|errored)/.test(event.message ?? ""),
        );
        const told = kill ?? failure;
        const probe = fact.container.livenessProbe;
        if (told === undefined || probe === undefined) return [];
        const { cause, remedy } = probeAdvice(failure?.message ?? "", probe);
        return [
          find("pod/liveness-kills", {
            severity: isReady(pod) ? "warning" : "error",
            object: refOf(pod, `spec.containers[${fact.name}].livenessProbe`),
            summary: `the liveness probe ${probeTarget(probe)} of ${describeContainer(fact)} in pod ${pod.metadata.name} fails and gets it restarted${cause === "" ? "" : `: ${cause}`}`,
            evidence: [
              { k: "liveness probe", v: describeProbe(probe) },
              ...[kill, failure].flatMap((event) =>
                event === undefined
                  ? []
                  : [
                      {
                        k: event.reason ?? "event",
                        v: `${redact(event.message ?? "")} (${eventCount(event)} times, last ${span(now - eventTime(event))} ago)`,
                      },
                    ],
              ),
              { k: "restarts", v: String(fact.status?.restartCount ?? 0) },
              ...logEvidence(wanted.logs, pod, fact.name, true),
            ],
            remedy: [
              ...remedy,
              "# relax the liveness probe (timeoutSeconds, failureThreshold), and give a slow start a startupProbe",
              logCommand(pod, fact.name, true),
            ],
          }),
        ];
      });
    });
  },
});

/** `Container web failed liveness probe, will be restarted`; a message that names no container may mean any. */
function names(message: string | undefined, container: string): boolean {
  const named = /^Container (\S+) failed/.exec(message ?? "")?.[1];
  return named === undefined || named === container;
}
