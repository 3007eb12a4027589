/**
 * The cluster-wide kinds of policy.networking.k8s.io, read into the same shape as NetworkPolicy: ClusterNetworkPolicy (v1alpha2, and v1beta1,
 * whose fields are the same), AdminNetworkPolicy and BaselineAdminNetworkPolicy (v1alpha1). Source: kubernetes-sigs/network-policy-api apis/.
 */
import { type LabelSelector, refOf } from "../model/kube.ts";
import type {
  AdminPolicyPort,
  ClusterPolicy,
  ClusterPolicyPeer,
  ClusterPolicyProtocol,
  ClusterPolicyRule,
} from "../model/policies.ts";
import { protocolOf } from "../model/ports.ts";
import { prefixOf } from "./compile.ts";
import type { Action, CompiledPolicy, Direction, PeerClause, PortClause, Rule, Tier } from "./types.ts";

const ACTIONS: Readonly<Record<string, Action>> = { Accept: "Accept", Allow: "Accept", Deny: "Deny", Pass: "Pass" };

/** Early v1alpha1 put more than a label selector under `namespaces`; such an object must not be read as "all namespaces". */
function isSelector(selector: LabelSelector): boolean {
  return Object.keys(selector).every((key) => key === "matchLabels" || key === "matchExpressions");
}

/** API text: "Exactly one of the fields must be set for a given peer". None that is known: the served CRD is newer than this code. */
function peerClause(peer: ClusterPolicyPeer): PeerClause {
  if (peer.namespaces !== undefined && isSelector(peer.namespaces)) {
    return { kind: "pods", namespaces: peer.namespaces, pods: undefined };
  }
  if (peer.pods !== undefined) {
    // "NamespaceSelector follows standard label selector semantics; if empty, it selects all Namespaces."
    return { kind: "pods", namespaces: peer.pods.namespaceSelector ?? {}, pods: peer.pods.podSelector };
  }
  if (peer.nodes !== undefined) return { kind: "nodes", selector: peer.nodes };
  if (peer.networks !== undefined) return { kind: "networks", prefixes: peer.networks.map(prefixOf) };
  if (peer.domainNames !== undefined) return { kind: "domainNames", names: peer.domainNames };
  return { kind: "unrecognised" };
}

const UNRECOGNISED_PORT: PortClause = { protocol: undefined, port: undefined, endPort: undefined, unrecognised: true };

function protocolClause(match: ClusterPolicyProtocol): PortClause {
  if (match.destinationNamedPort !== undefined) {
    return { protocol: undefined, port: match.destinationNamedPort, endPort: undefined };
  }
  const found = (["tcp", "udp", "sctp"] as const).find((protocol) => match[protocol] !== undefined);
  if (found === undefined) return UNRECOGNISED_PORT;
  const port = match[found]?.destinationPort;
  return { protocol: found.toUpperCase(), port: port?.range?.start ?? port?.number, endPort: port?.range?.end };
}

function adminPortClause(port: AdminPolicyPort): PortClause {
  const { portNumber, portRange, namedPort } = port;
  if (portNumber !== undefined) {
    return { protocol: protocolOf(portNumber), port: portNumber.port, endPort: undefined };
  }
  if (portRange !== undefined) {
    return { protocol: protocolOf(portRange), port: portRange.start, endPort: portRange.end };
  }
  if (namedPort !== undefined) return { protocol: undefined, port: namedPort, endPort: undefined };
  return UNRECOGNISED_PORT;
}

function rule(each: ClusterPolicyRule, peers: readonly ClusterPolicyPeer[] | undefined): Rule {
  return {
    action: ACTIONS[each.action ?? ""] ?? "unrecognised",
    ports: [...(each.protocols ?? []).map(protocolClause), ...(each.ports ?? []).map(adminPortClause)],
    peers: (peers ?? []).map(peerClause),
  };
}

/** AdminNetworkPolicy is always asked before NetworkPolicies, BaselineAdminNetworkPolicy after; ClusterNetworkPolicy says its tier. */
function tierOf(policy: ClusterPolicy): Tier {
  return policy.kind === "BaselineAdminNetworkPolicy" || policy.spec?.tier === "Baseline" ? "Baseline" : "Admin";
}

/**
 * A cluster-wide policy. API text: "CNPs with no ingress rules do not affect ingress traffic", and the same for egress; of `priority`:
 * "Policies with lower priority values have higher precedence".
 */
export function compileClusterPolicy(policy: ClusterPolicy): CompiledPolicy {
  const spec = policy.spec ?? {};
  const subject = spec.subject ?? {};
  const ingress = (spec.ingress ?? []).map((each) => rule(each, each.from));
  const egress = (spec.egress ?? []).map((each) => rule(each, each.to));
  const types: readonly Direction[] = [
    ...(ingress.length > 0 ? (["ingress"] as const) : []),
    ...(egress.length > 0 ? (["egress"] as const) : []),
  ];
  return {
    ref: refOf(policy),
    tier: tierOf(policy),
    priority: spec.priority ?? 0,
    subjectKnown: subject.pods !== undefined || (subject.namespaces !== undefined && isSelector(subject.namespaces)),
    subjectNamespaces: subject.pods?.namespaceSelector ?? subject.namespaces ?? {},
    subjectPods: subject.pods?.podSelector ?? {},
    types,
    ingress,
    egress,
  };
}
