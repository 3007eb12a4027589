import { matchesSelector } from "../model/selectors.ts";
import { allOf, anyOf, weakest } from "./match.ts";
import { matchNamespace, matchPeer } from "./peers.ts";
import { matchPort } from "./ports.ts";
import type {
  ClauseTrace,
  CompiledPolicy,
  Direction,
  End,
  Flow,
  Match,
  PodEnd,
  PolicyTrace,
  Rule,
  RuleTrace,
} from "./types.ts";
import type { PolicyWorld } from "./world.ts";

/** One direction of one flow: the pod whose policies are asked (`subject`) and the other end. */
export interface Question {
  readonly world: PolicyWorld;
  readonly flow: Flow;
  readonly family: 4 | 6 | undefined;
  readonly direction: Direction;
  readonly subject: PodEnd;
  readonly other: End;
}

/** API text of `ports`, `from` and `to`: "Items in this list are combined using a logical OR operation. If this field is empty or missing, this rule matches all". */
function listMatch(clauses: readonly ClauseTrace[]): Match {
  return clauses.length === 0 ? "yes" : anyOf(clauses.map((clause) => clause.match));
}

/** The best confidence among the items that carry the match: any one of them suffices. */
function listConfidence(clauses: readonly ClauseTrace[], match: Match): ClauseTrace["confidence"] {
  const carrying = clauses.filter((clause) => clause.match === match).map((clause) => clause.confidence);
  return carrying.includes("certain") ? "certain" : weakest(carrying);
}

/** API text of a rule: "The traffic must match both ports and from" (`to` for egress). */
function traceRule(policy: CompiledPolicy, rule: Rule, index: number, question: Question): RuleTrace {
  const list = question.direction === "ingress" ? "from" : "to";
  const asked = { ...question, policyNamespace: policy.ref.namespace };
  const ports = rule.ports.map((clause, i) => matchPort(clause, question.flow, `ports[${i}]`));
  const peers = rule.peers.map((clause, i) => matchPeer(clause, asked, `${list}[${i}]`));
  const portsMatch = listMatch(ports);
  const peersMatch = listMatch(peers);
  return {
    policy: policy.ref,
    tier: policy.tier,
    index,
    action: rule.action,
    match: allOf([portsMatch, peersMatch]),
    ports,
    peers,
    portsMatch,
    peersMatch,
    confidence: listConfidence(peers, peersMatch),
  };
}

/**
 * Whether a policy selects the pod. v1 looks into its own namespace only; a cluster-wide policy by namespace labels, and "host-networked pods
 * are not included in subject selection" there.
 */
export function selectsSubject(policy: CompiledPolicy, world: PolicyWorld, pod: PodEnd): Match {
  if (policy.tier === "NetworkPolicy") {
    return policy.ref.namespace === pod.namespace && matchesSelector(policy.subjectPods, pod.labels) ? "yes" : "no";
  }
  if (pod.hostNetwork) return "no";
  if (!policy.subjectKnown) return "maybe";
  if (!matchesSelector(policy.subjectPods, pod.labels)) return "no";
  return matchNamespace(world, policy.subjectNamespaces, pod.namespace).match;
}

/** The policies among `policies` that may select the subject and are about this direction, each with all its rules judged. */
export function tracePolicies(policies: readonly CompiledPolicy[], question: Question): readonly PolicyTrace[] {
  return policies
    .filter((policy) => policy.types.includes(question.direction))
    .map((policy) => ({ policy, subject: selectsSubject(policy, question.world, question.subject) }))
    .filter(({ subject }) => subject !== "no")
    .map(({ policy, subject }) => ({
      policy: policy.ref,
      tier: policy.tier,
      priority: policy.priority,
      subject,
      subjectPods: policy.subjectPods,
      rules: policy[question.direction].map((rule, index) => traceRule(policy, rule, index, question)),
    }));
}
