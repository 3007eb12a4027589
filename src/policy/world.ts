/** Everything a flow is judged against, indexed once so that one flow costs no pass over the cluster. */
import { type Address, isPrivate, parseAddress } from "../model/cidr.ts";
import type { KubeNode, LabelSelector, Labels, Namespace, NetworkPolicy, ObjectRef, Pod } from "../model/kube.ts";
import { isTerminal } from "../model/pods.ts";
import type { ClusterPolicy } from "../model/policies.ts";
import { compileClusterPolicy } from "./cluster.ts";
import { compilePolicy } from "./compile.ts";
import { addressKey, externalEnd, labelsOf, nodeEnd, podEnd } from "./ends.ts";
import type { CompiledPolicy, End, NodeEnd, PolicyEngine } from "./types.ts";

/** A policy of a kind that is not evaluated here (Cilium, Calico, Istio). */
export interface OtherPolicy {
  /** `namespace` "" when it is cluster-wide. */
  readonly ref: ObjectRef;
  /** Pods it selects when that is a plain label selector; undefined: it may concern any pod it can reach. */
  readonly pods?: LabelSelector;
}

/** What was read. A list that is left out could not be read; an empty one is empty. */
export interface PolicyInput {
  readonly pods: readonly Pod[];
  /** Not all namespaces' pods are in `pods`: an unknown address may then be a pod's. */
  readonly podsPartial?: boolean;
  readonly networkPolicies: readonly NetworkPolicy[];
  /** Namespaces whose NetworkPolicies were read; left out: all. A pod elsewhere gets `unknown`. */
  readonly policiesReadIn?: readonly string[];
  /** Why those of a namespace were not read, for people: the permission that is missing. */
  readonly policiesUnread?: ReadonlyMap<string, string>;
  readonly nodes?: readonly KubeNode[];
  readonly namespaces?: readonly Namespace[];
  /** ClusterNetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy. An API that is not served is an empty list. */
  readonly clusterPolicies?: readonly ClusterPolicy[];
  readonly otherPolicies?: readonly OtherPolicy[];
  /** Why the engine's own policy kinds could not be read although it has some: nothing is then sure. */
  readonly otherPoliciesUnread?: string;
  readonly engine?: PolicyEngine;
}

export interface PolicyWorld {
  readonly engine: PolicyEngine;
  /** Of the namespaces that were read, with `kubernetes.io/metadata.name`, which the API server sets on each. */
  readonly namespaceLabels: ReadonlyMap<string, Labels>;
  readonly policiesIn: ReadonlyMap<string, readonly CompiledPolicy[]>;
  /** Undefined: all namespaces. */
  readonly policiesReadIn: ReadonlySet<string> | undefined;
  readonly policiesUnread: ReadonlyMap<string, string>;
  /** Admin and Baseline tier; undefined when they could not be read. */
  readonly clusterPolicies: readonly CompiledPolicy[] | undefined;
  readonly otherPolicies: readonly OtherPolicy[];
  readonly otherPoliciesUnread: string | undefined;
  readonly nodes: ReadonlyMap<string, NodeEnd>;
  readonly pods: ReadonlyMap<string, Pod>;
  readonly endAt: ReadonlyMap<string, End>;
  /** All pods and nodes were read: an address that is none of theirs lies outside. */
  readonly addressesComplete: boolean;
}

/** The label that the API server sets on every namespace, with its name. Source: well-known labels, since 1.21. */
export const NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name";

function byName(a: CompiledPolicy, b: CompiledPolicy): number {
  const key = (policy: CompiledPolicy): string => `${policy.ref.namespace}/${policy.ref.name}`;
  return a.priority - b.priority || (key(a) < key(b) ? -1 : 1);
}

function grouped(policies: readonly CompiledPolicy[]): ReadonlyMap<string, readonly CompiledPolicy[]> {
  const groups = new Map<string, CompiledPolicy[]>();
  for (const policy of policies) {
    const group = groups.get(policy.ref.namespace) ?? [];
    group.push(policy);
    groups.set(policy.ref.namespace, group);
  }
  for (const group of groups.values()) group.sort(byName);
  return groups;
}

/** Addresses of ends: a node's before a pod's; finished pods gave theirs back; host-network pods have none of their own. */
function addressIndex(pods: readonly Pod[], nodes: readonly NodeEnd[]): ReadonlyMap<string, End> {
  const own = pods.filter((pod) => !isTerminal(pod) && pod.spec?.hostNetwork !== true).map(podEnd);
  const ends: readonly End[] = [...own, ...nodes];
  return new Map(ends.flatMap((end) => end.addresses.map((address) => [addressKey(address), end] as const)));
}

/** Prepares what was read. Costs one pass; the result is reused for every flow. */
export function prepare(input: PolicyInput): PolicyWorld {
  const nodes = (input.nodes ?? []).map(nodeEnd);
  return {
    engine: input.engine ?? "unknown",
    namespaceLabels: new Map(
      (input.namespaces ?? []).map(({ metadata }) => [
        metadata.name,
        { ...labelsOf(metadata.labels), [NAMESPACE_NAME_LABEL]: metadata.name },
      ]),
    ),
    policiesIn: grouped(input.networkPolicies.map(compilePolicy)),
    policiesReadIn: input.policiesReadIn === undefined ? undefined : new Set(input.policiesReadIn),
    policiesUnread: input.policiesUnread ?? new Map(),
    clusterPolicies: input.clusterPolicies?.map(compileClusterPolicy).sort(byName),
    otherPolicies: input.otherPolicies ?? [],
    otherPoliciesUnread: input.otherPoliciesUnread,
    nodes: new Map(nodes.map((node) => [node.name, node])),
    pods: new Map(input.pods.map((pod) => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod])),
    endAt: addressIndex(input.pods, nodes),
    addressesComplete: input.nodes !== undefined && input.podsPartial !== true,
  };
}

/** A bare address as an end: a node's address is that node, else a live pod's is that pod, else it lies outside. */
export function endOfAddress(world: PolicyWorld, address: Address): End {
  return world.endAt.get(addressKey(address)) ?? externalEnd(address);
}

/** An address that is taken for an external one but may be a pod's or a node's that was not read. */
export function mayBeInside(world: PolicyWorld, end: End): boolean {
  return !world.addressesComplete && end.kind === "external" && isPrivate(end.addresses[0]);
}

/** What a bare address in text stands for; undefined when the text is no IP address. */
export function endOfIp(world: PolicyWorld, text: string): End | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : endOfAddress(world, address);
}

/** The pod as an end, or undefined when it was not read. */
export function endOfPod(world: PolicyWorld, namespace: string, name: string): End | undefined {
  const pod = world.pods.get(`${namespace}/${name}`);
  return pod === undefined ? undefined : podEnd(pod);
}
