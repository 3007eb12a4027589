import { contains } from "../model/cidr.ts";
import type { Confidence } from "../model/finding.ts";
import type { LabelSelector } from "../model/kube.ts";
import { addressIn, addressText, describeEnd, isNode, nodeOf } from "./ends.ts";
import { describeSelector, selectorDiff, selectorKeys } from "./labels.ts";
import { allOf, anyOf, matchOf, weakest } from "./match.ts";
import type { ClauseTrace, End, Match, PartTrace, PeerClause, Prefix } from "./types.ts";
import { NAMESPACE_NAME_LABEL, type PolicyWorld } from "./world.ts";

/** Where a peer clause is asked: about which end, in which family, for a policy of which namespace. */
export interface PeerQuestion {
  readonly world: PolicyWorld;
  readonly other: End;
  readonly family: 4 | 6 | undefined;
  /** "" for cluster-wide policies. */
  readonly policyNamespace: string;
}

interface Answer {
  readonly parts: readonly PartTrace[];
  readonly confidence?: Confidence;
}

function part(text: string, match: Match, why: readonly string[]): PartTrace {
  return { text, match, why: match === "yes" ? [] : why };
}

/**
 * A namespace by its labels. The name label is known even when the namespace itself could not be read (the API server sets it); a
 * selector that asks for another label of an unread namespace is `maybe`, unless the name alone already rules it out.
 */
export function matchNamespace(world: PolicyWorld, selector: LabelSelector, namespace: string): PartTrace {
  const text = `namespace ${describeSelector(selector)}`;
  const labels = world.namespaceLabels.get(namespace);
  const known = labels ?? { [NAMESPACE_NAME_LABEL]: namespace };
  const unread = selectorKeys(selector).some((key) => labels === undefined && key !== NAMESPACE_NAME_LABEL);
  const onName: LabelSelector = {
    matchLabels: Object.fromEntries(
      Object.entries(selector.matchLabels ?? {}).filter(([key]) => key === NAMESPACE_NAME_LABEL),
    ),
    matchExpressions: (selector.matchExpressions ?? []).filter(({ key }) => key === NAMESPACE_NAME_LABEL),
  };
  const diff = selectorDiff(unread ? onName : selector, known);
  if (diff.length > 0)
    return part(
      text,
      "no",
      diff.map((each) => `namespace ${namespace}: ${each}`),
    );
  return part(text, unread ? "maybe" : "yes", [`the labels of namespace ${namespace} could not be read`]);
}

/**
 * Pods by labels. Selectors never match nodes or addresses outside; host-network pods are left undefined by the documentation and matched by
 * hardly any engine, since they speak with their node's address: no match, at confidence `likely`.
 */
function matchPods(clause: Extract<PeerClause, { kind: "pods" }>, question: PeerQuestion): Answer {
  const { other, world, policyNamespace } = question;
  const pods = clause.pods === undefined ? "pods everything" : `pods ${describeSelector(clause.pods)}`;
  if (other.kind !== "pod") {
    return { parts: [part(pods, "no", [`${describeEnd(other)} is not a pod: label selectors match pods only`])] };
  }
  if (other.hostNetwork) {
    const why = `${describeEnd(other)} is in the host network: it counts as its node, not as a pod`;
    return { parts: [part(pods, "no", [why])], confidence: "likely" };
  }
  const namespace =
    clause.namespaces !== undefined
      ? matchNamespace(world, clause.namespaces, other.namespace)
      : part(`namespace ${policyNamespace}`, matchOf(other.namespace === policyNamespace), [
          `a podSelector alone means pods of the policy's namespace ${policyNamespace}, the pod is in ${other.namespace}`,
        ]);
  const diff = selectorDiff(clause.pods ?? {}, other.labels);
  return { parts: [namespace, part(pods, matchOf(diff.length === 0), diff)] };
}

/** Whether a prefix contains the end's address; `maybe` for an address or a prefix that cannot be read. */
function inPrefix(prefix: Prefix, question: PeerQuestion): Match {
  const address = addressIn(question.other, question.family);
  if (address === undefined || prefix.cidr === undefined) return "maybe";
  return matchOf(contains(prefix.cidr, address));
}

function addressOf(question: PeerQuestion): string {
  const address = addressIn(question.other, question.family);
  return address === undefined ? "an address that is not known" : addressText(address);
}

/**
 * An address block. API text of `ipBlock`: "describes a particular CIDR […] that is allowed to the pods matched by a NetworkPolicySpec's
 * podSelector. The except entry describes CIDRs that should not be included within this rule." The concepts page adds that these should be
 * cluster-external IPs, and leaves pods open: Cilium never matches pod or node addresses this way, not even with 0.0.0.0/0 (AKS documentation
 * of Azure CNI powered by Cilium); the iptables, ipset and user-space engines compare addresses, whoever owns them.
 */
function matchBlock(clause: Extract<PeerClause, { kind: "ipBlock" }>, question: PeerQuestion): Answer {
  const { other, world } = question;
  const text = `ipBlock ${clause.block.text}`;
  const address = addressOf(question);
  const within = inPrefix(clause.block, question);
  const parts: PartTrace[] = [part(text, within, [`${address} is not known to lie in ${clause.block.text}`])];
  if (within === "no") return { parts };
  for (const except of clause.except) {
    const inside = inPrefix(except, question);
    const match = inside === "maybe" ? "maybe" : matchOf(inside === "no");
    parts.push(part(`except ${except.text}`, match, [`${address} lies in the exception ${except.text}`]));
  }
  if (other.kind === "external" || allOf(parts.map(({ match }) => match)) === "no") return { parts };
  if (world.engine === "cilium") {
    const why = `Cilium never matches the address of a ${other.kind} through ipBlock`;
    return { parts: [...parts, part("an address outside the cluster", "no", [why])], confidence: "likely" };
  }
  const sure = world.engine !== "unknown" && world.engine !== "none";
  const why = `whether ipBlock matches the address of a ${other.kind} depends on the engine, which is not known`;
  return { parts: [...parts, part("an address", sure ? "yes" : "maybe", [why])], confidence: "possible" };
}

/**
 * Nodes by label (ClusterNetworkPolicy egress). API text: "It selects the nodeIPs as the peer type by matching on the IPs present in the
 * node.Status.Addresses field of the node", so a host-network pod is its node.
 */
function matchNodes(selector: LabelSelector, question: PeerQuestion): Answer {
  const { other, world } = question;
  const text = `nodes ${describeSelector(selector)}`;
  if (!isNode(other)) return { parts: [part(text, "no", [`${describeEnd(other)} is not a node`])] };
  const node = other.kind === "node" ? other : world.nodes.get(nodeOf(other));
  if (node === undefined)
    return { parts: [part(text, "maybe", [`the node of ${describeEnd(other)} could not be read`])] };
  const diff = selectorDiff(selector, node.labels);
  return { parts: [part(text, matchOf(diff.length === 0), diff)] };
}

/**
 * Networks (ClusterNetworkPolicy egress). API text: "intended for representing entities that live outside the cluster […] but note that
 * cluster-internal traffic will be checked against the rule as well."
 */
function matchNetworks(prefixes: readonly Prefix[], question: PeerQuestion): Answer {
  const text = `networks ${prefixes.map((prefix) => prefix.text).join(", ")}`;
  const match = anyOf(prefixes.map((prefix) => inPrefix(prefix, question)));
  return { parts: [part(text, match, [`${addressOf(question)} is not known to lie in one of them`])] };
}

function answer(clause: PeerClause, question: PeerQuestion): Answer {
  switch (clause.kind) {
    case "pods":
      return matchPods(clause, question);
    case "ipBlock":
      return matchBlock(clause, question);
    case "nodes":
      return matchNodes(clause.selector, question);
    case "networks":
      return matchNetworks(clause.prefixes, question);
    case "domainNames": {
      // Names stand for addresses that only the engine's DNS proxy knows.
      const match = question.other.kind === "external" ? "maybe" : "no";
      const why = `which addresses these names have cannot be told for ${describeEnd(question.other)}`;
      return { parts: [part(`domain names ${clause.names.join(", ")}`, match, [why])] };
    }
    case "unrecognised":
      return { parts: [part("a peer with no known field", "maybe", ["this kind of peer is not known here"])] };
  }
}

/** One item of a `from` or `to` list. Its parts are ANDed. `path` is its place in the rule. */
export function matchPeer(clause: PeerClause, question: PeerQuestion, path: string): ClauseTrace {
  const { parts, confidence } = answer(clause, question);
  return {
    path,
    match: allOf(parts.map(({ match }) => match)),
    parts,
    confidence: weakest(confidence === undefined ? [] : [confidence]),
  };
}
