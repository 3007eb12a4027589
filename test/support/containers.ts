/** Statuses of one container `web` in the states that a kubelet really reports. */
import type { ContainerStatus, Pod } from "../../src/model/kube.ts";
import { ago, notReady, pod } from "./objects.ts";

/** A status of container `web` in the given state; not ready, not started unless said otherwise. */
export function status(given: Partial<ContainerStatus>): ContainerStatus {
  return { name: "web", ready: false, started: false, restartCount: 0, image: "web:1", imageID: "", ...given };
}

/** Ended `seconds` ago after a run of `ran` seconds. */
export function ended(
  exitCode: number,
  given: { readonly reason?: string; readonly seconds?: number; readonly ran?: number; readonly message?: string } = {},
) {
  const seconds = given.seconds ?? 30;
  return {
    exitCode,
    reason: given.reason ?? (exitCode === 0 ? "Completed" : "Error"),
    startedAt: ago(seconds + (given.ran ?? 2)),
    finishedAt: ago(seconds),
    ...(given.message === undefined ? {} : { message: given.message }),
  };
}

/** Waiting in CrashLoopBackOff after `restarts` restarts. */
export function backOff(restarts: number, last = ended(1)): ContainerStatus {
  return status({
    restartCount: restarts,
    state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s restarting failed container" } },
    lastState: { terminated: last },
  });
}

/** Waiting for another reason. */
export function waiting(reason: string, message = ""): ContainerStatus {
  return status({ state: { waiting: { reason, message } } });
}

/** Running for `seconds`, started, not ready. */
export function unready(seconds = 600, given: Partial<ContainerStatus> = {}): ContainerStatus {
  return status({ started: true, state: { running: { startedAt: ago(seconds) } }, ...given });
}

/** A running pod that is not ready, with that status of its container. */
export function brokenPod(container: ContainerStatus, given: Parameters<typeof pod>[0] = {}): Pod {
  return pod({
    ...given,
    status: { conditions: notReady() ?? [], containerStatuses: [container], ...given.status },
  });
}

/** A Pending pod on node-1, scheduled `seconds` ago, whose containers have those statuses. */
export function pendingPod(
  statuses: readonly ContainerStatus[],
  given: Parameters<typeof pod>[0] & { readonly seconds?: number } = {},
): Pod {
  const seconds = given.seconds ?? 600;
  return pod({
    ...given,
    metadata: { creationTimestamp: ago(seconds), ...given.metadata },
    status: {
      phase: "Pending",
      podIP: "",
      podIPs: [],
      startTime: ago(seconds),
      conditions: [
        { type: "PodScheduled", status: "True", lastTransitionTime: ago(seconds) },
        { type: "Initialized", status: "False", reason: "ContainersNotInitialized", lastTransitionTime: ago(seconds) },
        { type: "Ready", status: "False", reason: "ContainersNotReady", lastTransitionTime: ago(seconds) },
      ],
      containerStatuses: [...statuses],
      ...given.status,
    },
  });
}

/** The log of container `web` of pod `web-1`. */
export function log(lines: readonly string[], previous = true, container = "web") {
  return { namespace: "shop", pod: "web-1", container, previous, lines };
}

/** A pod as a manifest writes it: no status, so nothing can be said about how it runs. */
export function manifest(): Pod {
  const { kind, metadata, spec } = pod();
  return { kind, metadata, ...(spec === undefined ? {} : { spec }) };
}

export const FORBIDDEN = {
  state: "unavailable",
  reason: "forbidden",
  detail: 'events is forbidden: User "dev" cannot list resource "events"',
} as const;
