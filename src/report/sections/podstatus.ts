import type { ContainerStatus, Pod } from "../../model/kube.ts";
import { initsOf, isReady, isTerminating, longRunning, statusOf, timeOf } from "../../model/pods.ts";
import { duration } from "./cells.ts";

/**
 * The STATUS word as `kubectl get pods` prints it, because that is the word people know: the reason of the first container that is in
 * trouble rather than the phase. Source: kubernetes pkg/printers/internalversion printPod.
 */
export function podStatus(pod: Pod): string {
  if (isTerminating(pod)) return pod.status?.reason === "NodeLost" ? "Unknown" : "Terminating";
  const base = pod.status?.reason ?? pod.status?.phase ?? "-";
  return initStatus(pod) ?? containerReason(pod) ?? base;
}

function initStatus(pod: Pod): string | undefined {
  const inits = initsOf(pod);
  for (const [done, init] of inits.entries()) {
    const state = statusOf(pod, init.name ?? "")?.state;
    if (state?.terminated?.exitCode === 0) continue;
    // An init container without any status belongs to a pod that no node has taken up yet: Pending says more.
    if (state === undefined) return undefined;
    const reason = reasonOf(state);
    const waiting = reason === undefined || reason === "PodInitializing";
    return waiting ? `Init:${done}/${inits.length}` : `Init:${reason}`;
  }
  return undefined;
}

function reasonOf(state: ContainerStatus["state"]): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason;
  const ended = state?.terminated;
  if (ended === undefined) return undefined;
  if (ended.reason) return ended.reason;
  return ended.signal ? `Signal:${ended.signal}` : `ExitCode:${ended.exitCode ?? "?"}`;
}

/**
 * kubectl walks the containers from the last to the first and keeps what it saw last: so the first one with a reason wins. A finished
 * container beside a running one is no status of the pod.
 */
function containerReason(pod: Pod): string | undefined {
  const states = longRunning(pod).map((container) => statusOf(pod, container.name ?? "")?.state);
  const reason = states.map(reasonOf).find((found) => found !== undefined);
  const running = states.some((state) => state?.running !== undefined);
  if (reason === "Completed" && running) return isReady(pod) ? "Running" : "NotReady";
  return reason;
}

/** `1/2`: ready of all long-running containers. */
export function readyCount(pod: Pod): string {
  const containers = longRunning(pod);
  const ready = containers.filter((container) => statusOf(pod, container.name ?? "")?.ready === true);
  return `${ready.length}/${containers.length}`;
}

/** `14 (40s ago)`: restarts of all long-running containers, and when the last one ended. */
export function restarts(pod: Pod, now: number): string {
  const statuses = longRunning(pod).flatMap((container) => statusOf(pod, container.name ?? "") ?? []);
  const count = statuses.reduce((sum, status) => sum + (status.restartCount ?? 0), 0);
  const ends = statuses.flatMap((status) => timeOf(status.lastState?.terminated?.finishedAt) ?? []);
  if (count === 0 || ends.length === 0) return String(count);
  return `${count} (${duration(now - Math.max(...ends))} ago)`;
}
