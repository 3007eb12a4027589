import { defineCheck } from "../../model/check.ts";
import { containerFacts } from "../../model/containers.ts";
import { describeExit } from "../../model/exitcodes.ts";
import type { Evidence } from "../../model/finding.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { conditionOf, isJobPod, isTerminal, ownerOf } from "../../model/pods.ts";
import { redact } from "../../model/redact.ts";
import { kubectl } from "../../model/shell.ts";
import { judgePods, leftoverSeverity, POD_DOCS } from "./_judge.ts";
import { logCommand, logEvidence } from "./_logs.ts";

/** Failed with one of these, the node refused or gave up the pod; its containers are not to blame. Source: kubelet and node shutdown manager. */
const NODE_REASONS: readonly string[] = [
  "OutOfcpu",
  "OutOfmemory",
  "OutOfpods",
  "NodeAffinity",
  "UnexpectedAdmissionError",
  "Terminated",
  "NodeShutdown",
  "Shutdown",
];

/** Has the pod ended for good? A pod in phase Succeeded or Failed never runs again and never is an endpoint. */
export const check = defineCheck({
  id: "pod/ended",
  question: "Has the pod ended for good?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  essential: true,
  needs: [],
  wants: ["logs"],
  findings: {
    "pod/rejected-by-node": {
      severity: "error",
      title: "The node refused the pod, or shut down",
      explain:
        "The pod was bound to a node that could not take it (out of cpu, memory or pods, node affinity no longer met) or that shut down. It stays Failed; a controller has made another one.",
      docs: ["https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/", ...POD_DOCS],
    },
    "pod/evicted": {
      severity: "error",
      title: "The pod was evicted",
      explain:
        "The kubelet removed the pod to save the node (memory, disk or process ids ran short), or the scheduler, the taint manager or an API client removed it for something else. " +
        "It never runs again. Beside running pods of the same workload it is only a leftover.",
      docs: ["https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/"],
    },
    "pod/completed": {
      severity: "error",
      title: "The pod has finished",
      explain:
        "All containers ended with exit code 0 and are not restarted, so the pod can never be an endpoint. For the pod of a Job, or of another controller that does not restart it, that is how it should be; for a server it means that its main " +
        "process ended, or that it was started as a bare pod with a command that returns.",
      docs: POD_DOCS,
    },
    "pod/failed": {
      severity: "error",
      title: "The pod has failed",
      explain:
        "All containers have ended, at least one of them in failure, and the restart policy does not start them again. The pod can never be an endpoint.",
      docs: POD_DOCS,
    },
  },
  run({ scope, wanted }, find) {
    return judgePods(scope, (pod) => {
      if (!isTerminal(pod)) return [];
      const { name, namespace } = pod.metadata;
      const { phase, reason = "", message = "" } = pod.status ?? {};
      const severity = leftoverSeverity(pod, scope, "error");
      const object = refOf(pod, "status.phase");
      const owned = ownerOf(pod) !== undefined;
      const told: readonly Evidence[] = [
        { k: "phase", v: reason === "" ? `${phase}` : `${phase}, reason ${reason}` },
        ...(message === "" ? [] : [{ k: "message", v: redact(message) }]),
      ];
      const remove = kubectl(namespace, "delete", "pod", name);

      if (phase === "Succeeded") {
        const job = runsToCompletion(pod);
        return [
          find("pod/completed", {
            severity: job ? "info" : severity,
            object,
            summary: job
              ? `pod ${name} of ${isJobPod(pod) ? "a Job" : `${ownerOf(pod)?.kind} ${ownerOf(pod)?.name}`} has finished its work, as it should`
              : `pod ${name} has finished (all containers exited with 0) and is not restarted`,
            evidence: [...told, ...exits(pod)],
            remedy: [
              owned
                ? `# a leftover; it can be removed`
                : "# a server must not exit: check its command, and run it as a Deployment, which restarts it",
              remove,
            ],
          }),
        ];
      }
      const disruption = conditionOf(pod, "DisruptionTarget");
      if (reason === "Evicted" || disruption?.status === "True") {
        const why = disruption?.status === "True" ? (disruption.reason ?? "") : "";
        return [
          find("pod/evicted", {
            severity,
            object,
            summary: `pod ${name} was evicted${evictionCause(message, why)}`,
            evidence: [
              ...told,
              ...(why === "" ? [] : [{ k: "DisruptionTarget", v: `${why}: ${disruption?.message ?? ""}` }]),
            ],
            remedy: [
              ...(owned ? [] : ["# a bare pod is not replaced: create it again, better as a Deployment"]),
              "# set requests to what the pod really uses, so that it is placed where there is room",
              remove,
            ],
          }),
        ];
      }
      // A host port conflict at admission is pod/host-port-conflict.
      if (reason === "NodePorts") return [];
      if (NODE_REASONS.includes(reason)) {
        return [
          find("pod/rejected-by-node", {
            severity,
            object,
            summary: `pod ${name} was given up by node ${pod.spec?.nodeName ?? "?"}: ${reason}`,
            evidence: told,
            remedy: [
              ...(owned ? [] : ["# a bare pod is not replaced: create it again, better as a Deployment"]),
              kubectl(namespace, "delete", "pod", "--field-selector=status.phase=Failed"),
            ],
          }),
        ];
      }
      const worst = failedContainer(pod);
      return [
        find("pod/failed", {
          // The pods of a Job come and go; the Job makes another one until its backoffLimit.
          severity: isJobPod(pod) && scope.group ? "info" : severity,
          object,
          summary:
            worst === undefined
              ? `pod ${name} has failed${reason === "" ? "" : `: ${reason}`}`
              : `pod ${name} has failed: ${worst.name} ended with ${worst.exit}`,
          evidence: [
            ...told,
            ...exits(pod),
            ...(worst === undefined ? [] : logEvidence(wanted.logs, pod, worst.name, false)),
          ],
          remedy: [
            ...(worst === undefined ? [] : [logCommand(pod, worst.name, false)]),
            ...(owned
              ? []
              : ["# with this restartPolicy it is not restarted: mend the cause, then create the pod again"]),
            remove,
          ],
        }),
      ];
    });
  },
});

/**
 * Made to end: a pod of a Job, or of another controller that does not want it restarted (pipelines and workflows). What keeps servers running
 * (ReplicaSet, StatefulSet, DaemonSet) takes restartPolicy Always only.
 */
function runsToCompletion(pod: Pod): boolean {
  const { restartPolicy = "Always" } = pod.spec ?? {};
  return isJobPod(pod) || (ownerOf(pod) !== undefined && restartPolicy !== "Always");
}

function exits(pod: Pod): readonly Evidence[] {
  return containerFacts(pod).flatMap(({ name, status }) => {
    const ended = status?.state?.terminated;
    if (ended === undefined) return [];
    const message = ended.message === undefined || ended.message === "" ? "" : `: ${redact(ended.message)}`;
    return [{ k: `container ${name}`, v: `${describeExit(ended)}${message}` }];
  });
}

function failedContainer(pod: Pod): { readonly name: string; readonly exit: string } | undefined {
  for (const { name, status } of containerFacts(pod)) {
    const ended = status?.state?.terminated;
    if (ended !== undefined && (ended.exitCode ?? 0) !== 0) return { name, exit: describeExit(ended) };
  }
  return undefined;
}

/** The kubelet says "The node was low on resource: memory. …"; other evictors leave only the condition's reason. */
function evictionCause(message: string, why: string): string {
  const resource = /low on resource: ([a-z-]+)/i.exec(message)?.[1];
  if (resource !== undefined) return `: the node was low on ${resource}`;
  if (/ephemeral|exceeds/i.test(message)) return `: ${redact(message.split(". ")[0] ?? "")}`;
  return why === "" ? "" : ` (${why})`;
}
