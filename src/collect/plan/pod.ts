import type { Deployment, LabelSelector, Pod } from "../../model/kube.ts";
import { isReady, isTerminating, ownerOf, topOwner } from "../../model/pods.ts";
import { type Query, RESOURCES } from "../../model/resources.ts";
import type { TargetRequest, WorkloadName } from "../../model/target.ts";
import { type Known, knownItems } from "./known.ts";
import { agents, dnsQueries, get, list, logs } from "./queries.ts";

/** Every query that `netcheck pod` warrants, given what is known. Grows from call to call until nothing new comes. */
export function podQueries(request: TargetRequest, known: Known, now: number): readonly Query[] {
  if (request.selection.by === "all") return allPods(request.namespace, known);
  const pods = knownItems(known, "pods");
  const { namespace } = request;
  const first = firstQueries(request, known);
  if (pods.length === 0) return first;
  const troubled = pods.filter((pod) => !isReady(pod) || isTerminating(pod) || hasRestarted(pod));
  const single = request.selection.by === "name";
  return [
    ...first,
    ...(single ? nodesOf(pods) : [list("nodes", "")]),
    ...(single ? [list("services", namespace)] : []),
    ...(pods.some((pod) => ownerOf(pod)?.kind === "ReplicaSet") ? [list("deployments", namespace)] : []),
    ...(troubled.length > 0 ? [list("events", namespace), ...dnsQueries(known)] : []),
    ...agents(pods, knownItems(known, "nodes")),
    ...logs(troubled, now),
  ];
}

/** Every workload and bare pod of a namespace, or of all: one LIST for each kind. Logs are left to the command for one of them. */
function allPods(namespace: string, known: Known): readonly Query[] {
  const pods = knownItems(known, "pods");
  const made = new Set(pods.map((pod) => `${pod.metadata.namespace}/${topOwner(pod)}`));
  const workloads = [...knownItems(known, "deployments"), ...knownItems(known, "statefulSets")];
  const lacking = workloads.some(
    (one) => (one.spec?.replicas ?? 1) > 0 && !made.has(`${one.metadata.namespace}/${one.kind}/${one.metadata.name}`),
  );
  const troubled = lacking || pods.some((pod) => !isReady(pod) || isTerminating(pod) || hasRestarted(pod));
  return [
    list("pods", namespace),
    list("deployments", namespace),
    list("statefulSets", namespace),
    list("daemonSets", namespace),
    ...(pods.length > 0 ? [list("nodes", "")] : []),
    ...(troubled ? [list("events", namespace), list("replicaSets", namespace)] : []),
  ];
}

function firstQueries(request: TargetRequest, known: Known): readonly Query[] {
  const { namespace, selection } = request;
  switch (selection.by) {
    case "name":
      return [get("pods", namespace, selection.name)];
    case "labels":
      return [list("pods", namespace, { labelSelector: selection.selector })];
    case "all":
      return [list("pods", namespace)];
    case "workload":
      return workloadQueries(namespace, selection.workload, selection.name, known);
  }
}

function workloadQueries(namespace: string, workload: WorkloadName, name: string, known: Known): readonly Query[] {
  const found = knownItems(known, workload).find(
    (item) => item.metadata.name === name && item.metadata.namespace === namespace,
  );
  const own = get(workload, namespace, name);
  if (found === undefined) return [own];
  // A workload is often broken because it may not create pods: that stands in its own and its ReplicaSets' conditions and events.
  const more = [
    list("nodes", ""),
    list("events", namespace),
    ...(workload === "deployments" ? [list("replicaSets", namespace)] : []),
  ];
  const selector = labelSelectorText((found as Deployment).spec?.selector ?? {});
  return selector === undefined ? [own, ...more] : [own, list("pods", namespace, { labelSelector: selector }), ...more];
}

/** metav1.LabelSelector in the API's query syntax; undefined when it is empty (it would list every pod of the namespace). */
export function labelSelectorText(selector: LabelSelector): string | undefined {
  const pairs = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) => {
    const set = `(${(values ?? []).join(",")})`;
    if (operator === "In") return `${key} in ${set}`;
    if (operator === "NotIn") return `${key} notin ${set}`;
    return operator === "DoesNotExist" ? `!${key}` : `${key}`;
  });
  const all = [...pairs, ...expressions];
  return all.length === 0 ? undefined : all.join(",");
}

function nodesOf(pods: readonly Pod[]): readonly Query[] {
  const names = new Set(pods.flatMap((pod) => pod.spec?.nodeName ?? []));
  return [...names].filter((name) => name !== "").map((name) => get("nodes", "", name));
}

/** Restarts stand in the status of ready pods too: their events and logs say why. */
function hasRestarted(pod: Pod): boolean {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  return statuses.some((status) => (status.restartCount ?? 0) > 0);
}

/** The kinds a workload target can name, for messages. */
export const WORKLOAD_RESOURCES = {
  deployments: RESOURCES.deployments,
  replicaSets: RESOURCES.replicaSets,
  statefulSets: RESOURCES.statefulSets,
  daemonSets: RESOURCES.daemonSets,
};
