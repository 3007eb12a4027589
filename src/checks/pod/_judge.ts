import type { CheckAnswer, Scope } from "../../model/check.ts";
import type { Evidence, Finding, Severity } from "../../model/finding.ts";
import { hasLiveSibling, isSurging } from "../../model/groups.ts";
import type { Deployment, Pod, Service } from "../../model/kube.ts";
import { hasStatus, isTerminal, isTerminating } from "../../model/pods.ts";
import { servicesSelecting } from "../../model/selecting.ts";
import { type Gathered, itemsOr, type Unavailable } from "../../model/snapshot.ts";

export const POD_DOCS: readonly string[] = [
  "https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/",
  "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/",
];

/** What one pod gave: its findings, or why nothing can be said of it. */
export type PodAnswer = readonly Finding[] | { readonly unknown: string } | { readonly skipped: string };

/**
 * Asks `each` of every judged pod. A pod without status (a manifest) is not asked and makes the answer unknown, also beside the findings of
 * another: a manifest must never look like a pod that passed.
 */
export function judgePods(scope: Scope, each: (pod: Pod) => PodAnswer): CheckAnswer {
  return judgeSpecs(scope, (pod) =>
    hasStatus(pod) ? each(pod) : { unknown: `pod ${pod.metadata.name} has no status` },
  );
}

/** Like `judgePods`, for questions that the spec alone answers. */
export function judgeSpecs(scope: Scope, each: (pod: Pod) => PodAnswer): CheckAnswer {
  if (scope.pods.length === 0) return { skipped: "there is no pod to judge" };
  const answers = scope.pods.map(each);
  const findings = answers.flatMap((answer) => ("unknown" in answer || "skipped" in answer ? [] : answer));
  const unknown = [...new Set(answers.flatMap((answer) => ("unknown" in answer ? [answer.unknown] : [])))];
  const skipped = [...new Set(answers.flatMap((answer) => ("skipped" in answer ? [answer.skipped] : [])))];
  if (unknown.length > 0) return { unknown: unknown.join("; "), findings };
  if (findings.length > 0) return findings;
  return skipped.length > 0 ? { skipped: skipped.join("; ") } : findings;
}

/** The answer of a pod whose question hangs on a collection that is not there: no gap when this target did not need it. */
export function withoutCollection(why: string, name: string, gathered: Unavailable): PodAnswer {
  if (gathered.reason === "not-requested") return { skipped: gathered.detail };
  return { unknown: `${why} (${name}: ${gathered.reason}: ${gathered.detail})` };
}

/**
 * The severity of a leftover (ended, or being deleted): no fault in a group in which other pods of the same owner are alive, because
 * those decide whether the app serves, and are judged themselves (catalogue §1.5). For a pod asked for by name: `alone`.
 */
export function leftoverSeverity(pod: Pod, scope: Scope, alone: Severity): Severity {
  return scope.group && hasLiveSibling(pod, scope.pods) ? "info" : alone;
}

/** The severity of "not up yet": no fault for the surging pod of a rollout whose other pods serve. */
export function surgeSeverity(
  pod: Pod,
  scope: Scope,
  deployments: Gathered<Deployment>,
  alone: Severity,
  now: number,
): Severity {
  const known = deployments.state === "ok" ? deployments.items : [];
  return scope.group && isSurging(pod, scope.pods, known, now) ? "info" : alone;
}

/**
 * The severity of "not ready": info when every Service that selects the pod publishes addresses that are not ready, because it then gets its traffic all
 * the same (catalogue H3); else as `surgeSeverity`.
 */
export function unreadySeverity(
  pod: Pod,
  scope: Scope,
  services: Gathered<Service>,
  deployments: Gathered<Deployment>,
  now: number,
): Severity {
  const selecting = servicesSelecting(itemsOr(services), pod);
  const published = selecting.every((service) => service.spec?.publishNotReadyAddresses === true);
  return selecting.length > 0 && published ? "info" : surgeSeverity(pod, scope, deployments, "error", now);
}

/** `45s`, `12m`, `3h`, `2d`: a duration in ms for people, rounded down. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 2 * 86400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86400)}d`;
}

/**
 * What to add to a finding that youth would excuse, when the dump's clock is a lower bound: the pod looks young only because nothing
 * newer is in the dump. It is then said, as possible (a warning at most), never passed over as healthy.
 */
export const YOUTH_UNPROVEN: Evidence = {
  k: "clock",
  v: "the dump does not say when it was taken: the pod may merely have been starting",
};

/**
 * How old, in ms, the kubelet's last word may be about a container in back-off: tries are up to 5 m apart, and of a pod that has caused 25
 * events the kubelet reports only one more every 5 m. Source: client-go events_cache.go, EventSourceObjectSpamFilter.
 */
export const EVENTS_IN_BACKOFF = 30 * 60_000;

/** Ended, or being deleted: what its containers do no longer matters, `pod/ended` and `pod/terminating` speak of it. */
export function isLeaving(pod: Pod): boolean {
  return isTerminal(pod) || isTerminating(pod);
}
