import { canonicalIp } from "./cidr.ts";
import type { Container, ContainerStatus, ObjectMeta, Pod } from "./kube.ts";

/** Milliseconds since the epoch of an RFC 3339 time, or undefined when it is absent or unreadable. */
export function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Age in ms of an object at `now`; undefined when it carries no creationTimestamp (a manifest). */
export function ageOf(meta: ObjectMeta, now: number): number | undefined {
  const created = timeOf(meta.creationTimestamp);
  return created === undefined ? undefined : now - created;
}

/** Being deleted. `deletionTimestamp` already contains the grace period: it is the deadline, not the request. */
export function isTerminating(object: { readonly metadata: ObjectMeta }): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** Phase Succeeded or Failed: the containers never run again and the endpoints controller drops the pod. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Condition of that type, when the pod has it. */
export function conditionOf(pod: Pod, type: string) {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** Condition Ready is True. */
export function isReady(pod: Pod): boolean {
  return conditionOf(pod, "Ready")?.status === "True";
}

/** Whether the object carries live state at all. A bare manifest has none: a check that needs status answers `unknown` on it. */
export function hasStatus(pod: Pod): boolean {
  return pod.status?.phase !== undefined;
}

/** Restartable init containers (native sidecars): they run beside the app, so their ports and readiness count. */
export function sidecarsOf(pod: Pod): readonly Container[] {
  return (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
}

/** Plain init containers: they run once, before the app, and never serve. */
export function initsOf(pod: Pod): readonly Container[] {
  return (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy !== "Always");
}

/** Containers whose ports and readiness count: the app containers, then the sidecars (the order in which FindPort searches). */
export function longRunning(pod: Pod): readonly Container[] {
  return [...(pod.spec?.containers ?? []), ...sidecarsOf(pod)];
}

/** Status of a container or init container by name. */
export function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  const all = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  return all.find((status) => status.name === container);
}

/** The pod's addresses in canonical text, all families; empty when it has none yet. */
export function ipsOf(pod: Pod): readonly string[] {
  const listed = (pod.status?.podIPs ?? []).map((entry) => entry.ip ?? "").filter((ip) => ip !== "");
  const single = pod.status?.podIP ?? "";
  const all = listed.length > 0 ? listed : single === "" ? [] : [single];
  return all.map(canonicalIp);
}

/** The controlling owner reference, when there is one. */
export function ownerOf(object: { readonly metadata: ObjectMeta }) {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/**
 * The workload a pod belongs to, as `kind/name`: ReplicaSet→Deployment, Job→CronJob is left at Job, else the direct owner; `""` for a bare pod.
 * The Deployment's name needs no request: its controller names a ReplicaSet `<deployment>-<pod-template-hash>` and puts
 * that hash on the pods, which a ReplicaSet of another origin does not have.
 * Source: kubernetes pkg/controller/deployment/sync.go getNewReplicaSet.
 */
export function topOwner(pod: Pod): string {
  const owner = ownerOf(pod);
  if (owner?.kind === undefined || owner.name === undefined) return "";
  if (owner.kind === "ReplicaSet") {
    const hash = pod.metadata.labels?.["pod-template-hash"];
    const suffix = `-${hash}`;
    if (hash !== undefined && owner.name.endsWith(suffix)) return `Deployment/${owner.name.slice(0, -suffix.length)}`;
  }
  return `${owner.kind}/${owner.name}`;
}

/** A pod of a Job: finished by design, never meant to serve for long. */
export function isJobPod(pod: Pod): boolean {
  return ownerOf(pod)?.kind === "Job";
}

/** A static (mirror) pod: its spec comes from a file on the node, the API can neither delete nor change it. */
export function isMirrorPod(pod: Pod): boolean {
  return pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
}

/** How long ago, in ms, the newest of the pod's changes happened that decide about its endpoint; undefined without times. */
export function quietFor(pod: Pod, now: number): number | undefined {
  const times = [
    pod.metadata.creationTimestamp,
    pod.status?.startTime,
    conditionOf(pod, "Ready")?.lastTransitionTime,
  ].flatMap((text) => timeOf(text) ?? []);
  return times.length === 0 ? undefined : now - Math.max(...times);
}
