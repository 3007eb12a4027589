import type { CheckAnswer, Scope } from "../../model/check.ts";
import type { Evidence, Finding } from "../../model/finding.ts";
import type { Workload } from "../../model/groups.ts";
import type { DaemonSet, Deployment, Labels, ReplicaSet, Service, StatefulSet } from "../../model/kube.ts";
import { isTerminal, isTerminating, ownerOf, topOwner } from "../../model/pods.ts";
import { matchesPairs, selects } from "../../model/selectors.ts";
import { type Gathered, itemsOr } from "../../model/snapshot.ts";

export const WORKLOAD_DOCS: readonly string[] = [
  "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/",
  "https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/",
];

/** The workload kinds as a check may have them. */
export interface WorkloadLists {
  readonly deployments: Gathered<Deployment>;
  readonly statefulSets: Gathered<StatefulSet>;
  readonly daemonSets: Gathered<DaemonSet>;
  readonly replicaSets: Gathered<ReplicaSet>;
}

/** The names of the lists, for `wants`. */
export const WORKLOAD_LISTS = ["deployments", "statefulSets", "daemonSets", "replicaSets"] as const;

/** `Deployment/web`: unique in a namespace. */
export function workloadName(workload: Workload): string {
  return `${workload.kind}/${workload.metadata.name}`;
}

/** The labels that a workload gives its pods. */
export function templateLabels(workload: Workload): Labels {
  const spec = workload.spec as
    | { readonly template?: { readonly metadata?: { readonly labels?: Labels } } }
    | undefined;
  return spec?.template?.metadata?.labels ?? {};
}

/** Whether the Service would select the pods that the workload makes. */
export function selectsTemplate(service: Service, workload: Workload): boolean {
  const pairs = Object.entries(service.spec?.selector ?? {});
  if (pairs.length === 0 || service.spec?.type === "ExternalName") return false;
  return service.metadata.namespace === workload.metadata.namespace && matchesPairs(pairs, templateLabels(workload));
}

/** The judged Services that would select its pods, by name, as evidence: whoever orders the findings needs to know whose cause it is. */
export function servicesOf(scope: Scope, workload: Workload): readonly Evidence[] {
  const names = scope.services
    .filter((service) => selectsTemplate(service, workload))
    .map(({ metadata }) => metadata.name);
  return names.toSorted().map((v) => ({ k: "Service", v }));
}

/**
 * The workloads that are judged: the one that was named, those that own a judged pod, and those whose pods a judged Service would select.
 * A ReplicaSet of a Deployment is never one: the Deployment is, and keeps its old ReplicaSets at 0 on purpose. By name.
 */
export function judgedWorkloads(scope: Scope, lists: WorkloadLists): readonly Workload[] {
  const all: readonly Workload[] = [
    ...itemsOr(lists.deployments),
    ...itemsOr(lists.statefulSets),
    ...itemsOr(lists.daemonSets),
    ...itemsOr(lists.replicaSets).filter((set) => ownerOf(set) === undefined),
  ];
  const owners = new Set(scope.pods.map((pod) => `${pod.metadata.namespace}/${topOwner(pod)}`));
  const named = scope.workload;
  const isNamed = (workload: Workload): boolean =>
    named !== undefined &&
    named.kind === workload.kind &&
    named.name === workload.metadata.name &&
    named.namespace === workload.metadata.namespace;
  return all
    .filter(
      (workload) =>
        isNamed(workload) ||
        owners.has(`${workload.metadata.namespace}/${workloadName(workload)}`) ||
        scope.services.some((service) => selectsTemplate(service, workload)),
    )
    .toSorted((a, b) => (workloadName(a) < workloadName(b) ? -1 : 1));
}

/** Whether a controller has written the workload's status. A manifest has none, and then nothing can be said of its pods. */
export function hasWorkloadStatus(workload: Workload): boolean {
  return Object.keys(workload.status ?? {}).length > 0;
}

/** Whether a judged Service has a selected pod that is neither finished nor on its way out. */
export function hasLivePod(service: Service, scope: Scope): boolean {
  return scope.pods.some((pod) => selects(service, pod) && !isTerminal(pod) && !isTerminating(pod));
}

/**
 * Asks `each` of every judged workload that has a status. Unknown when only manifests are there; skipped when there is no workload to ask
 * about (whether one is missed is the question of workload/scaled-to-zero).
 */
export function judgeWorkloads(
  scope: Scope,
  lists: WorkloadLists,
  each: (workload: Workload) => readonly Finding[],
): CheckAnswer {
  const judged = judgedWorkloads(scope, lists);
  const live = judged.filter(hasWorkloadStatus);
  const findings = live.flatMap(each);
  if (findings.length > 0) return findings;
  if (live.length < judged.length) {
    const bare = judged.filter((workload) => !hasWorkloadStatus(workload)).map(workloadName);
    return { unknown: `${bare.join(", ")}: no status` };
  }
  return live.length > 0 ? [] : { skipped: NO_WORKLOAD };
}

const NO_WORKLOAD = "no workload makes the judged pods";

/** What to answer when no judged workload was found although one may be missed: unknown when a kind could not be read. */
export function noneFound(lists: WorkloadLists): CheckAnswer {
  const unread = WORKLOAD_LISTS.flatMap((name) => {
    const list = lists[name];
    return list.state === "ok" || list.reason === "not-requested" ? [] : [`${name}: ${list.reason}: ${list.detail}`];
  });
  return unread.length > 0 ? { unknown: unread.join("; ") } : { skipped: NO_WORKLOAD };
}
