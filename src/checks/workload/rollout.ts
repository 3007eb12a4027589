import { defineCheck } from "../../model/check.ts";
import type { Evidence } from "../../model/finding.ts";
import { PROGRESS_DEADLINE, rolloutInProgress, type Workload, wantedReplicas } from "../../model/groups.ts";
import { type Deployment, type ReplicaSet, refOf, type StatefulSet } from "../../model/kube.ts";
import { ageOf, ownerOf, timeOf } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { judgeWorkloads, servicesOf, WORKLOAD_DOCS, WORKLOAD_LISTS, workloadName } from "./_judged.ts";

/** Has the workload the pods it asks for, and has its last rollout come through? */
export const check = defineCheck({
  id: "workload/rollout",
  question: "Are all replicas available?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: [...WORKLOAD_LISTS],
  findings: {
    "workload/rollout-stuck": {
      severity: "warning",
      title: "The rollout is stuck",
      explain:
        "The Deployment has not made progress within progressDeadlineSeconds (10 minutes by default): its new pods do not become available. The old ones go on serving, if there are any; with none available it is an error.",
      docs: ["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment"],
    },
    "workload/unavailable": {
      severity: "warning",
      title: "Fewer replicas are available than wanted",
      explain:
        "Some of the replicas that the workload asks for are not available, and no rollout is under way that would explain it. The rest carries the load. " +
        "An error when not a single pod exists. A paused Deployment makes no pods of its newest revision, and never says that it is stuck.",
      docs: WORKLOAD_DOCS,
      yieldsTo: ["workload/rollout-stuck", "workload/replica-failure"],
    },
  },
  run({ scope, wanted, settings, now, clockIsLowerBound }, find) {
    return judgeWorkloads(scope, wanted, (workload) => {
      const { name, namespace } = workload.metadata;
      const { desired, available } = availability(workload);
      if (desired === 0) return [];
      const word = workload.kind.toLowerCase();
      const progressing = (workload as Deployment).status?.conditions?.find(
        (condition) => condition.type === "Progressing",
      );
      const evidence: readonly Evidence[] = [
        { k: "replicas", v: `${available} of ${desired} available` },
        ...revisions(workload, itemsOr(wanted.replicaSets)),
      ];
      if (
        workload.kind === "Deployment" &&
        progressing?.status === "False" &&
        progressing.reason === "ProgressDeadlineExceeded"
      ) {
        return [
          find("workload/rollout-stuck", {
            severity: available === 0 ? "error" : "warning",
            object: refOf(workload, "status.conditions[Progressing]"),
            summary: `the rollout of ${workloadName(workload)} is stuck: ${available} of ${desired} replicas are available`,
            evidence: [...evidence, { k: "Progressing", v: progressing.message ?? "ProgressDeadlineExceeded" }],
            remedy: [
              kubectl(namespace, "rollout", "status", `${word}/${name}`, "--timeout=5s"),
              "# back to the revision before, while you mend the new one:",
              kubectl(namespace, "rollout", "undo", `${word}/${name}`),
            ],
          }),
        ];
      }
      if (available >= desired) return [];
      const paused = workload.kind === "Deployment" && (workload as Deployment).spec?.paused === true;
      // Availability changed a moment ago, or the workload is new: give it the time to settle.
      const changed = (workload as Deployment).status?.conditions?.find((condition) => condition.type === "Available");
      const since = timeOf(changed?.lastTransitionTime) ?? timeOf(workload.metadata.creationTimestamp);
      const age = ageOf(workload.metadata, now) ?? Number.POSITIVE_INFINITY;
      const young = age <= settings.settle || (since !== undefined && now - since <= settings.settle);
      if (young && !clockIsLowerBound) return [];
      // What reports no progress never reports that it is stuck either: its time is then up after the default deadline.
      const silent = workload.kind === "Deployment" && (paused || progressing === undefined);
      if (inRollout(workload) && !(silent && now - (since ?? 0) > PROGRESS_DEADLINE)) return [];
      const none = existing(workload) === 0;
      return [
        find("workload/unavailable", {
          severity: none ? "error" : "warning",
          confidence: young ? "possible" : "certain",
          object: refOf(workload, "status"),
          summary: none
            ? `${workloadName(workload)} wants ${desired} pod(s) and has none${paused ? ": it is paused" : ""}`
            : `${workloadName(workload)} has ${available} of ${desired} replicas available${paused ? " and is paused" : ""}`,
          evidence: [...evidence, ...(paused ? [{ k: "spec.paused", v: "true" }] : []), ...servicesOf(scope, workload)],
          remedy: [
            ...(paused ? [kubectl(namespace, "rollout", "resume", `${word}/${name}`)] : []),
            kubectl(namespace, "describe", word, name),
            kubectl(namespace, "get", "pods", "-o", "wide"),
          ],
        }),
      ];
    });
  },
});

interface Counts {
  readonly availableReplicas?: number;
  readonly numberAvailable?: number;
  readonly desiredNumberScheduled?: number;
}

function availability(workload: Workload): { readonly desired: number; readonly available: number } {
  const status = (workload.status ?? {}) as Counts;
  return workload.kind === "DaemonSet"
    ? { desired: status.desiredNumberScheduled ?? 0, available: status.numberAvailable ?? 0 }
    : { desired: wantedReplicas(workload) ?? 0, available: status.availableReplicas ?? 0 };
}

/** Pods that exist, whatever their state; undefined where the status does not say. Of a Deployment the API leaves out a zero. */
function existing(workload: Workload): number | undefined {
  const status = (workload.status ?? {}) as { readonly replicas?: number; readonly currentNumberScheduled?: number };
  if (workload.kind === "DaemonSet") return status.currentNumberScheduled;
  return workload.kind === "Deployment" ? (status.replicas ?? 0) : status.replicas;
}

/** A controller that is still exchanging pods is expected to have fewer of them. */
function inRollout(workload: Workload): boolean {
  if (workload.kind === "Deployment") return rolloutInProgress(workload as Deployment);
  const status = (workload.status ?? {}) as StatefulSet["status"] & { readonly updatedNumberScheduled?: number };
  if ((status.observedGeneration ?? 0) < (workload.metadata.generation ?? 0)) return true;
  if (workload.kind === "StatefulSet") {
    return status.updateRevision !== undefined && status.updateRevision !== status.currentRevision;
  }
  const { desired } = availability(workload);
  return workload.kind === "DaemonSet" && (status.updatedNumberScheduled ?? desired) < desired;
}

/** Ready counts of a Deployment's ReplicaSets that have or want pods, newest revision first. */
function revisions(workload: Workload, sets: readonly ReplicaSet[]): readonly Evidence[] {
  const revisionOf = (set: ReplicaSet): number =>
    Number(set.metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
  return sets
    .filter((set) => {
      const owner = ownerOf(set);
      const mine = owner?.kind === workload.kind && owner.name === workload.metadata.name;
      return mine && set.metadata.namespace === workload.metadata.namespace;
    })
    .filter((set) => (set.spec?.replicas ?? 0) > 0 || (set.status?.replicas ?? 0) > 0)
    .toSorted((a, b) => revisionOf(b) - revisionOf(a))
    .slice(0, 4)
    .map((set) => ({
      k: `revision ${revisionOf(set)}`,
      v: `${set.metadata.name}: ${set.status?.readyReplicas ?? 0} of ${set.spec?.replicas ?? 0} ready`,
    }));
}
