import { defineCheck } from "../../model/check.ts";
import { type ContainerFact, crashLoop, describeContainer, servingFacts } from "../../model/containers.ts";
import { describeExit } from "../../model/exitcodes.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { timeOf, topOwner } from "../../model/pods.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { isLeaving, judgePods, POD_DOCS, span } from "./_judge.ts";
import { logCommand, logEvidence } from "./_logs.ts";

/** All pods of a node started their containers within this: the node was restarted, not the app. */
const REBOOT_SPREAD = 5 * 60_000;

/** Has a container that runs now been restarted, and is that over? */
export const check = defineCheck({
  id: "pod/container-restarting",
  question: "Do the containers run without restarts?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["pods", "logs"],
  findings: {
    "pod/container-restarting": {
      severity: "warning",
      title: "The container was restarted several times, lately too",
      explain:
        "The container runs now, but it has ended several times, the last time minutes ago. Each time, its connections broke, and requests failed until it was ready again.",
      docs: [
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/connectivity/intermittent-timeouts-or-server-issue",
        ...POD_DOCS,
      ],
    },
    "pod/container-restarted": {
      severity: "info",
      title: "The container was restarted in the past",
      explain:
        "Restarts that are over, or that came from a restart of the node. Only worth knowing when you look for an interruption of that time.",
      docs: POD_DOCS,
    },
  },
  run({ scope, wanted, settings, now }, find) {
    return judgePods(scope, (pod) => {
      if (isLeaving(pod)) return [];
      return servingFacts(pod).flatMap((fact) => {
        const { status } = fact;
        const restarts = status?.restartCount ?? 0;
        const last = status?.lastState?.terminated;
        // Of a container that waits or has ended, its own checks speak.
        if (status?.state?.running === undefined || restarts < settings.restartMany) return [];
        if (crashLoop(pod, fact, now, settings) !== undefined) return [];
        const finished = timeOf(last?.finishedAt);
        const recent = finished !== undefined && now - finished < settings.restartRecent;
        const reboot = recent && rebooted(pod, fact, itemsOr(wanted.pods));
        const exit = last === undefined ? "unknown" : describeExit(last);
        const when = finished === undefined ? "" : `, last ${span(now - finished)} ago`;
        const object = refOf(pod, `${fact.path}.restartCount`);
        const evidence = [
          { k: "restarts", v: `${restarts}${when}` },
          { k: "last exit", v: exit },
        ];
        if (!recent || reboot) {
          return [
            find("pod/container-restarted", {
              object,
              summary: reboot
                ? `${describeContainer(fact)} of pod ${pod.metadata.name} was restarted with its node ${span(now - finished)} ago`
                : `${describeContainer(fact)} of pod ${pod.metadata.name} was restarted ${restarts} times${when}`,
              evidence,
            }),
          ];
        }
        return [
          find("pod/container-restarting", {
            object,
            summary: `${describeContainer(fact)} of pod ${pod.metadata.name} was restarted ${restarts} times${when}, with ${exit}`,
            evidence: [...evidence, ...logEvidence(wanted.logs, pod, fact.name, true)],
            remedy: [logCommand(pod, fact.name, true)],
          }),
        ];
      });
    });
  },
});

/**
 * Whether the restart was the node's: the runtime lost the container's state (exit 255, reason Unknown), or every other pod
 * of the node restarted a container within five minutes of it, among them one of another owner: replicas of one app fall together for reasons
 * of their own. Pods that came later do not count against it.
 */
function rebooted(pod: Pod, fact: ContainerFact, pods: readonly Pod[]): boolean {
  const last = fact.status?.lastState?.terminated;
  if (last?.exitCode === 255 && (last.reason === "Unknown" || last.reason === "ContainerStatusUnknown")) return true;
  const started = timeOf(fact.status?.state?.running?.startedAt);
  const node = pod.spec?.nodeName ?? "";
  if (started === undefined || node === "") return false;
  const others = pods.filter(
    (other) =>
      other.spec?.nodeName === node &&
      other.metadata.name !== pod.metadata.name &&
      !isLeaving(other) &&
      (timeOf(other.metadata.creationTimestamp) ?? 0) < started - REBOOT_SPREAD,
  );
  const withIt = others.filter((other) =>
    servingFacts(other).some(({ status }) => {
      const at = timeOf(status?.state?.running?.startedAt);
      return (status?.restartCount ?? 0) > 0 && at !== undefined && Math.abs(at - started) <= REBOOT_SPREAD;
    }),
  );
  const strangers = others.some((other) => topOwner(other) === "" || topOwner(other) !== topOwner(pod));
  return strangers && withIt.length === others.length;
}
