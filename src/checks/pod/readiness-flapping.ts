import { defineCheck } from "../../model/check.ts";
import { eventCount, eventsOf, eventTime } from "../../model/events.ts";
import { isSurging, rolloutInProgress } from "../../model/groups.ts";
import { refOf } from "../../model/kube.ts";
import { conditionOf, timeOf, topOwner } from "../../model/pods.ts";
import { redact } from "../../model/redact.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { isLeaving, judgePods, span } from "./_judge.ts";

const JUST_CHANGED = 2 * 60_000;
const MANY_FAILURES = 5;
/** Failures older than this belong to another episode. */
const EPISODE = 10 * 60_000;

/** Does the pod's readiness come and go? */
export const check = defineCheck({
  id: "pod/readiness-flapping",
  question: "Does the pod stay ready?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["events", "deployments"],
  findings: {
    "pod/readiness-flapping": {
      severity: "warning",
      title: "The pod's readiness comes and goes",
      explain:
        "The pod is ready now, but its readiness changed within the last two minutes and its readiness probe failed several times: clients see it come and go. Often timeoutSeconds (1 by default) is too short for a busy app.",
      docs: ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/"],
    },
  },
  run({ scope, wanted, now }, find) {
    return judgePods(scope, (pod) => {
      const ready = conditionOf(pod, "Ready");
      const changed = timeOf(ready?.lastTransitionTime);
      // While it is not ready, the readiness check speaks; just after a (re)start, failures before the first success are normal.
      if (isLeaving(pod) || ready?.status !== "True" || changed === undefined || now - changed > JUST_CHANGED)
        return [];
      const startedAt = (pod.status?.containerStatuses ?? []).map(
        (status) => timeOf(status.state?.running?.startedAt) ?? now,
      );
      const starting = startedAt.some((at) => changed - at < EPISODE);
      const rollout = itemsOr(wanted.deployments).some(
        (one) => topOwner(pod) === `Deployment/${one.metadata.name}` && rolloutInProgress(one),
      );
      if (starting || rollout || isSurging(pod, scope.pods, [], now)) return [];
      const failed = eventsOf(itemsOr(wanted.events), pod).find(
        (event) =>
          event.reason === "Unhealthy" &&
          (event.message ?? "").startsWith("Readiness probe") &&
          now - eventTime(event) <= EPISODE &&
          eventCount(event) >= MANY_FAILURES,
      );
      if (failed === undefined) return [];
      const { name, namespace } = pod.metadata;
      return [
        find("pod/readiness-flapping", {
          object: refOf(pod, "status.conditions[Ready]"),
          summary: `pod ${name} became ready only ${span(now - changed)} ago, after its readiness probe had failed ${eventCount(failed)} times`,
          evidence: [
            { k: "ready since", v: span(now - changed) },
            { k: "kubelet", v: `${redact(failed.message ?? "")} (${eventCount(failed)} times)` },
          ],
          remedy: [
            "# raise readinessProbe.timeoutSeconds (1 by default) and failureThreshold, or give the app more cpu",
            kubectl(namespace, "describe", "pod", name),
          ],
        }),
      ];
    });
  },
});
