import { type ContainerFact, containerFacts, crashLoop } from "./containers.ts";
import type { Pod } from "./kube.ts";
import { hasStatus, isTerminating, timeOf } from "./pods.ts";
import { DEFAULT_SETTINGS, type Settings } from "./settings.ts";

/** A container whose log is worth reading, and which run of it. */
export interface FailingContainer {
  readonly container: string;
  /** True for `kubectl logs --previous`: the run that ended last. */
  readonly previous: boolean;
  /** A few words for people: why this log matters. */
  readonly why: string;
}

interface Ranked extends FailingContainer {
  readonly rank: number;
}

/**
 * The logs that can say why the pod does not serve, most decisive first: failed inits, crash loops, failed exits, inits still running,
 * containers that run but are not ready, and last those that failed recently and run again. Empty for a healthy pod, and
 * for one whose containers never ran (no log exists then). `now` in ms since the epoch.
 * While a container waits or runs again, its failed run is the previous one; while it is terminated, the failed run is the current one.
 */
export function failingContainers(
  pod: Pod,
  now: number,
  settings: Settings = DEFAULT_SETTINGS,
): readonly FailingContainer[] {
  if (!hasStatus(pod)) return [];
  return containerFacts(pod)
    .flatMap((fact) => ranked(pod, fact, now, settings))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ container, previous, why }) => ({ container, previous, why }));
}

function ranked(pod: Pod, fact: ContainerFact, now: number, settings: Settings): readonly Ranked[] {
  const { name: container, status, role } = fact;
  if (status === undefined) return [];
  const init = role === "init";
  const last = status.lastState?.terminated;
  const log = (rank: number, previous: boolean, why: string): Ranked => ({ container, previous, why, rank });

  const loop = crashLoop(pod, fact, now, settings);
  if (loop !== undefined) {
    const rank = init ? 0 : 1;
    if (loop.phase === "terminated") return [log(rank, false, "in a crash loop: the run that just ended")];
    if (loop.last === undefined) return [];
    const ended = log(rank, true, "in a crash loop: the run that ended last");
    return loop.phase === "running" ? [ended, log(rank + 4, false, "in a crash loop: started again")] : [ended];
  }
  const ended = status.state?.terminated;
  if (ended !== undefined) {
    // A Job or a finished init that ended well has nothing to tell; an app container that ended well while it should serve has.
    if ((ended.exitCode ?? 0) !== 0) return [log(init ? 0 : 2, false, "exited with an error")];
    return role === "app" && pod.spec?.restartPolicy !== "OnFailure" && pod.spec?.restartPolicy !== "Never"
      ? [log(3, false, "exited although it should keep running")]
      : [];
  }
  const running = status.state?.running;
  if (running === undefined)
    return (last?.exitCode ?? 0) !== 0 ? [log(2, true, "failed before and waits to start")] : [];
  const recent = last !== undefined && now - (timeOf(last.finishedAt) ?? 0) < settings.restartRecent;
  const previous = recent && (last.exitCode ?? 0) !== 0 ? [log(6, true, "failed recently")] : [];
  if (init) return [log(3, false, "init container still running"), ...previous];
  const unready = status.ready === false && !isTerminating(pod);
  return unready ? [log(4, false, "running but not ready"), ...previous] : previous;
}
