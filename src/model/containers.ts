import type { Container, ContainerStatus, Pod } from "./kube.ts";
import { timeOf } from "./pods.ts";

/** What a container is to the pod: serving (`app`, `sidecar`) or run once before (`init`). Ephemeral containers are never judged. */
export type ContainerRole = "app" | "sidecar" | "init";

/** One container of the spec with what the kubelet last said of it. */
export interface ContainerFact {
  readonly name: string;
  readonly role: ContainerRole;
  readonly container: Container;
  /** Undefined when the kubelet has not reported on it yet. */
  readonly status: ContainerStatus | undefined;
  /** Where its status stands in the pod, for `ObjectRef.path`; its place in the spec while there is none. */
  readonly path: string;
}

type Terminated = NonNullable<NonNullable<ContainerStatus["state"]>["terminated"]>;

/** All containers of the pod: inits and sidecars in the order of the spec (they start in that order), then the app containers. */
export function containerFacts(pod: Pod): readonly ContainerFact[] {
  const facts = (list: "initContainers" | "containers"): readonly ContainerFact[] => {
    const field = list === "containers" ? "containerStatuses" : "initContainerStatuses";
    const statuses = pod.status?.[field] ?? [];
    return (pod.spec?.[list] ?? []).map((container, i) => {
      const at = statuses.findIndex((status) => status.name === container.name);
      const sidecar = container.restartPolicy === "Always";
      return {
        name: container.name ?? "",
        role: list === "containers" ? "app" : sidecar ? "sidecar" : "init",
        container,
        status: statuses[at],
        path: at < 0 ? `spec.${list}[${i}]` : `status.${field}[${at}]`,
      };
    });
  };
  return [...facts("initContainers"), ...facts("containers")];
}

/** The containers that serve: app containers and sidecars. */
export function servingFacts(pod: Pod): readonly ContainerFact[] {
  return containerFacts(pod).filter((fact) => fact.role !== "init");
}

/** `container web`, `sidecar proxy`, `init container migrate`. */
export function describeContainer(fact: ContainerFact): string {
  const word = { app: "container", sidecar: "sidecar", init: "init container" }[fact.role];
  return `${word} ${fact.name}`;
}

/**
 * Whether the kubelet starts the container again after it exited with `exitCode`. A container's own restartPolicy overrides the pod's.
 * Source: kubelet `ShouldContainerBeRestarted`; core/v1 Container.restartPolicy (sidecars, and app containers since 1.34).
 */
export function willRestart(pod: Pod, fact: ContainerFact, exitCode: number): boolean {
  if (fact.role === "sidecar") return true;
  const podPolicy = pod.spec?.restartPolicy ?? "Always";
  const policy =
    fact.container.restartPolicy ?? (fact.role === "init" && podPolicy === "Always" ? "OnFailure" : podPolicy);
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

/** How long a finished run lasted, in ms; undefined when a time is missing. */
export function runLength(terminated: Terminated): number | undefined {
  const started = timeOf(terminated.startedAt);
  const finished = timeOf(terminated.finishedAt);
  return started === undefined || finished === undefined || started <= 0 ? undefined : finished - started;
}

/**
 * A run longer than this resets the kubelet's restart back-off: what ended after it is no loop.
 * Source: kubelet, back-off reset at twice MaxContainerBackOff (5 m).
 */
export const BACKOFF_RESET = 10 * 60 * 1000;

/** Running for less than this right after a crash, a container is still in its crash loop rather than recovered. */
const JUST_STARTED = 10 * 1000;

/** How a container's crash loop shows at this moment. */
export interface CrashLoop {
  readonly phase: "waiting" | "terminated" | "running";
  /** The run that ended last, when the status still has it. */
  readonly last: Terminated | undefined;
}

function short(terminated: Terminated): boolean {
  return (runLength(terminated) ?? 0) < BACKOFF_RESET;
}

/**
 * Whether a container is in a crash loop. It shows in three phases, of which only the first says so:
 * - waiting, reason CrashLoopBackOff;
 * - terminated again after at least one restart, and it will be restarted. A run of 10 m or more is no loop: the kubelet forgets the back-off;
 * - running for less than 10 s and not ready, after `many` restarts of which the last ended in failure within `recent` ms: the back-off
 *   still counts. A container that is ready again is not called looping, nor is one whose last run ended well.
 */
export function crashLoop(
  pod: Pod,
  fact: ContainerFact,
  now: number,
  limits: { readonly restartMany: number; readonly restartRecent: number },
): CrashLoop | undefined {
  const { status } = fact;
  if (status === undefined) return undefined;
  const last = status.lastState?.terminated;
  const restarts = status.restartCount ?? 0;
  if (status.state?.waiting?.reason === "CrashLoopBackOff") return { phase: "waiting", last };
  const ended = status.state?.terminated;
  if (ended !== undefined) {
    const looping = restarts >= 1 && willRestart(pod, fact, ended.exitCode ?? 0) && short(ended);
    return looping ? { phase: "terminated", last: ended } : undefined;
  }
  const started = timeOf(status.state?.running?.startedAt);
  if (started === undefined || last === undefined || (last.exitCode ?? 0) === 0) return undefined;
  const finished = timeOf(last.finishedAt) ?? 0;
  const fresh = now - started < JUST_STARTED && now - finished < limits.restartRecent;
  const looping = fresh && restarts >= limits.restartMany && short(last) && status.ready !== true;
  return looping ? { phase: "running", last } : undefined;
}
