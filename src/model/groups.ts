import type { DaemonSet, Deployment, Pod, ReplicaSet, StatefulSet } from "./kube.ts";
import { ageOf, isReady, isTerminal, isTerminating, topOwner } from "./pods.ts";

/** Pods of one workload (`Deployment/web`), or one bare pod. */
export interface PodGroup {
  /** `kind/name` of the top owner, or `Pod/name` for a bare pod. */
  readonly owner: string;
  readonly pods: readonly Pod[];
  /** Ready and not being deleted. */
  readonly ready: number;
}

/** Groups pods by their top owner, in order of first appearance. */
export function groupPods(pods: readonly Pod[]): readonly PodGroup[] {
  const groups = new Map<string, Pod[]>();
  for (const pod of pods) {
    const owner = topOwner(pod) || `Pod/${pod.metadata.name}`;
    const members = groups.get(owner) ?? [];
    members.push(pod);
    groups.set(owner, members);
  }
  return [...groups].map(([owner, members]) => ({
    owner,
    pods: members,
    ready: members.filter((pod) => isReady(pod) && !isTerminating(pod)).length,
  }));
}

/** Whether `pod` belongs to a group (among `pods`) that still has a ready member: its leftovers are then no fault (§1.5). */
export function hasReadySibling(pod: Pod, pods: readonly Pod[]): boolean {
  const owner = topOwner(pod) || `Pod/${pod.metadata.name}`;
  return groupPods(pods).some((group) => group.owner === owner && group.ready > 0);
}

/**
 * A rollout is in progress: the controller has not seen the newest spec yet, or not all replicas are of the new revision, or old ones
 * are still there. Source: Deployment status fields, as `kubectl rollout status` reads them.
 */
export function rolloutInProgress(deployment: Deployment): boolean {
  const status = deployment.status ?? {};
  const wanted = deployment.spec?.replicas ?? 1;
  const seen = status.observedGeneration ?? 0;
  return (
    seen < (deployment.metadata.generation ?? 0) ||
    (status.updatedReplicas ?? 0) < wanted ||
    (status.replicas ?? 0) > (status.updatedReplicas ?? 0)
  );
}

export type Workload = Deployment | StatefulSet | DaemonSet | ReplicaSet;

/** Replicas a workload asks for; a DaemonSet asks for one a node, which is not in its spec (undefined). */
export function wantedReplicas(workload: Workload): number | undefined {
  if (workload.kind === "DaemonSet") return undefined;
  const spec = workload.spec as { readonly replicas?: number } | undefined;
  return spec?.replicas ?? 1;
}

function sameOwner(pod: Pod, pods: readonly Pod[]): readonly Pod[] {
  const owner = topOwner(pod);
  return owner === "" ? [] : pods.filter((other) => topOwner(other) === owner && !samePod(pod, other));
}

function samePod(a: Pod, b: Pod): boolean {
  return a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace;
}

/** Whether another pod of the same owner is neither ended nor being deleted: `pod` is then what a controller left behind. */
export function hasLiveSibling(pod: Pod, pods: readonly Pod[]): boolean {
  return sameOwner(pod, pods).some((other) => !isTerminal(other) && !isTerminating(other));
}

/** The revision a controller stamped on the pod: the template hash of a Deployment, the revision of a StatefulSet or DaemonSet. */
export function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.["pod-template-hash"] ?? pod.metadata.labels?.["controller-revision-hash"];
}

/** How long, in ms, a new pod may take before its rollout counts as stuck: the default of a Deployment's progressDeadlineSeconds. */
export const PROGRESS_DEADLINE = 600_000;

/**
 * Whether `pod` is coming up in a rollout whose other pods serve: a ready sibling exists, and either its Deployment says that a rollout
 * is in progress, or live siblings of another revision show it. Only for as long as a rollout may take: a StatefulSet, a DaemonSet and a
 * paused Deployment never say that they are stuck. `now` in ms since the epoch.
 */
export function isSurging(pod: Pod, pods: readonly Pod[], deployments: readonly Deployment[], now: number): boolean {
  const siblings = sameOwner(pod, pods).filter((other) => !isTerminal(other));
  if (!siblings.some((other) => isReady(other) && !isTerminating(other))) return false;
  const deployment = deployments.find(
    (one) => `Deployment/${one.metadata.name}` === topOwner(pod) && one.metadata.namespace === pod.metadata.namespace,
  );
  const deadline = (deployment?.spec?.progressDeadlineSeconds ?? PROGRESS_DEADLINE / 1000) * 1000;
  if ((ageOf(pod.metadata, now) ?? 0) > deadline) return false;
  const revision = revisionOf(pod);
  const mixed = revision !== undefined && siblings.some((other) => (revisionOf(other) ?? revision) !== revision);
  return mixed || (deployment !== undefined && rolloutInProgress(deployment));
}
