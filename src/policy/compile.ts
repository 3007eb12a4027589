/** networking.k8s.io/v1 NetworkPolicy, read once into the evaluator's own shape. */
import { parseCidr } from "../model/cidr.ts";
import { type NetworkPolicy, refOf } from "../model/kube.ts";
import { protocolOf } from "../model/ports.ts";
import type { CompiledPolicy, Direction, PeerClause, PortClause, Prefix, Rule } from "./types.ts";

type Spec = NonNullable<NetworkPolicy["spec"]>;
type IngressRule = NonNullable<Spec["ingress"]>[number];
type WirePort = NonNullable<IngressRule["ports"]>[number];
type WirePeer = NonNullable<IngressRule["from"]>[number];

/** A prefix and the text it came from. */
export function prefixOf(text: string): Prefix {
  return { text, cidr: parseCidr(text) };
}

/**
 * The directions a policy is about. Stored objects carry `policyTypes`; a manifest may leave it out.
 * API text: "If this field is not specified, it will default based on the existence of ingress or egress rules; policies that contain an
 * egress section are assumed to affect egress, and all policies (whether or not they contain an ingress section) are assumed to affect
 * ingress." An empty `egress: []` is no section: the server's defaulting asks for at least one rule.
 */
export function policyTypes(spec: Spec): readonly Direction[] {
  const given = spec.policyTypes ?? [];
  if (given.length === 0) return (spec.egress ?? []).length > 0 ? ["ingress", "egress"] : ["ingress"];
  return (["ingress", "egress"] as const).filter((direction) => given.some((type) => type.toLowerCase() === direction));
}

/** API text of `protocol`: "If not specified, this field defaults to TCP." Of `port`: "If this field is not provided, this matches all port names and numbers." */
function portClause(port: WirePort): PortClause {
  return { protocol: protocolOf(port), port: port.port, endPort: port.endPort };
}

/**
 * API text of `ipBlock`: "If this field is set then neither of the other fields can be." Of `namespaceSelector`: with a podSelector "the pods
 * matching podSelector in the namespaces selected by namespaceSelector. Otherwise it selects all pods in the namespaces selected". Of
 * `podSelector` alone: "the pods matching podSelector in the policy's own namespace". An item with no field does not pass validation.
 */
function peerClause(peer: WirePeer): PeerClause {
  if (peer.ipBlock !== undefined) {
    return {
      kind: "ipBlock",
      block: prefixOf(peer.ipBlock.cidr ?? ""),
      except: (peer.ipBlock.except ?? []).map(prefixOf),
    };
  }
  if (peer.namespaceSelector === undefined && peer.podSelector === undefined) return { kind: "unrecognised" };
  return { kind: "pods", namespaces: peer.namespaceSelector, pods: peer.podSelector };
}

function rule(ports: readonly WirePort[] | undefined, peers: readonly WirePeer[] | undefined): Rule {
  return { action: "Accept", ports: (ports ?? []).map(portClause), peers: (peers ?? []).map(peerClause) };
}

/**
 * A NetworkPolicy. API text of `podSelector`: "This field is optional. If it is not specified, it defaults to an empty selector", and "An
 * empty selector matches all pods in the policy's namespace".
 */
export function compilePolicy(policy: NetworkPolicy): CompiledPolicy {
  const spec = policy.spec ?? {};
  return {
    ref: refOf(policy),
    tier: "NetworkPolicy",
    priority: 0,
    subjectKnown: true,
    subjectNamespaces: {},
    subjectPods: spec.podSelector ?? {},
    types: policyTypes(spec),
    ingress: (spec.ingress ?? []).map((each) => rule(each.ports, each.from)),
    egress: (spec.egress ?? []).map((each) => rule(each.ports, each.to)),
  };
}
