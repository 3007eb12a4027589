import type { NetworkPolicy } from "../../model/kube.ts";
import { isReady, isTerminating } from "../../model/pods.ts";
import { OTHER_POLICY_RESOURCES } from "../../model/policies.ts";
import { type ListQuery, type Query, RESOURCES, type Resource } from "../../model/resources.ts";
import type { TargetRequest } from "../../model/target.ts";
import { type Known, knownItems } from "./known.ts";
import { list, listAs } from "./queries.ts";

/** Namespaces in which the engines of AKS live: asked one by one where the whole cluster may not be listed. */
const ENGINE_NAMESPACES = ["kube-system", "calico-system"] as const;

/**
 * What tells whether policies stand in the way, for the cost of one request where there is none. Nothing at all while no endpoint is ready:
 * what does not serve is not what a policy cut off.
 */
export function policyQueries(request: TargetRequest, known: Known): readonly Query[] {
  const { kind, namespace } = request;
  const source = sourceQueries(request, known);
  if (!serves(known)) return source;
  const own = list("networkPolicies", namespace);
  const policies = (["networkPolicies", "sourcePolicies", "controllerPolicies"] as const).flatMap((name) =>
    knownItems(known, name),
  );
  const others = otherPolicyQueries(namespace, known);
  if (policies.length === 0) return [...source, own, ...others];
  const limitsEgress = policies.some(({ spec }) => (spec?.egress ?? []).length > 0);
  return [
    ...source,
    own,
    ...(policies.some(selectsNamespaces) ? [list("namespaces", "")] : []),
    ...engineQueries(known),
    ...(kind === "pod" && limitsEgress
      ? [listAs("dnsPods", RESOURCES.pods, "kube-system", { labelSelector: "k8s-app=kube-dns" })]
      : []),
    ...others,
  ];
}

function selectsNamespaces({ spec }: NetworkPolicy): boolean {
  const lists = [...(spec?.ingress ?? []).map(({ from }) => from), ...(spec?.egress ?? []).map(({ to }) => to)];
  return lists.flatMap((peers) => peers ?? []).some((peer) => peer.namespaceSelector !== undefined);
}

/** The client of `--from`: its pod, by name or by its address, and the policies of its namespace where that is another one. */
function sourceQueries({ kind, from, namespace }: TargetRequest, known: Known): readonly Query[] {
  if (from === undefined) return [];
  const { pods } = RESOURCES;
  const pod: Query =
    from.kind === "pod"
      ? { type: "get", collection: "sourcePods", resource: pods, namespace: from.namespace, name: from.name }
      : listAs("sourcePods", pods, "", { fieldSelector: `status.podIP=${from.ip}` });
  const places = new Set(knownItems(known, "sourcePods").map(({ metadata }) => metadata.namespace));
  const policies = (collection: "sourcePolicies" | "controllerPolicies", place: string): Query =>
    listAs(collection, RESOURCES.networkPolicies, place);
  // Behind an Ingress the client's other end is the controller, whose namespace is not the target's.
  if (kind === "ingress") {
    const controllers = new Set(knownItems(known, "controllerPods").map(({ metadata }) => metadata.namespace));
    return [
      pod,
      ...[...places].map((place) => policies("sourcePolicies", place)),
      ...[...controllers].map((place) => policies("controllerPolicies", place)),
    ];
  }
  // With all namespaces asked for, the policies of all of them are.
  const elsewhere = namespace === "" ? [] : [...places].filter((place) => place !== namespace);
  return [pod, ...elsewhere.map((place) => policies("sourcePolicies", place))];
}

/** By its slices, which come a round before the pods do; without them by the pods. */
function serves(known: Known): boolean {
  const endpoints = knownItems(known, "endpointSlices").flatMap((slice) => slice.endpoints ?? []);
  return (
    endpoints.some(({ conditions }) => conditions?.ready !== false) ||
    knownItems(known, "pods").some((pod) => isReady(pod) && !isTerminating(pod))
  );
}

/**
 * The DaemonSets of the cluster by name and label, which is all that an engine is known by. Where that is refused, those of the usual places;
 * the refusal stays as a gap, so that "no engine" is never said.
 */
export function engineQueries(known: Pick<Known, "systemDaemonSets">): readonly ListQuery[] {
  const names = (namespace: string): ListQuery => ({
    type: "list",
    collection: "systemDaemonSets",
    resource: RESOURCES.daemonSets,
    namespace,
    metadataOnly: true,
  });
  const { systemDaemonSets } = known;
  const refused = systemDaemonSets?.state === "unavailable" || (systemDaemonSets?.gaps ?? []).length > 0;
  return [names(""), ...(refused ? ENGINE_NAMESPACES.map(names) : [])];
}

/** How the agents of engines with policy kinds of their own sign in at the node: the reason of its condition NetworkUnavailable. */
const SIGNATURES: Readonly<Record<string, string>> = { CiliumIsUp: "cilium.io", CalicoIsUp: "crd.projectcalico.org" };

/**
 * Policies of kinds that are not evaluated: only of the engine that the nodes (read anyway) say is there, since asking for all kinds that
 * there are costs five requests. Nodes that say nothing leave the question open; no check then says that there are none.
 */
function otherPolicyQueries(namespace: string, known: Known): readonly Query[] {
  const reasons = knownItems(known, "nodes").flatMap(({ status }) =>
    (status?.conditions ?? []).flatMap(({ type, reason }) => (type === "NetworkUnavailable" ? (reason ?? "") : [])),
  );
  const groups = new Set(reasons.flatMap((reason) => SIGNATURES[reason] ?? []));
  return OTHER_POLICY_RESOURCES.filter(({ group }) => groups.has(group)).map((resource) =>
    otherQuery(resource, namespace),
  );
}

/** Names and labels only: what they say is not evaluated. */
export function otherQuery(resource: Resource, namespace: string): ListQuery {
  const place = resource.namespaced ? namespace : "";
  return { type: "list", collection: "otherPolicies", resource, namespace: place, metadataOnly: true };
}
