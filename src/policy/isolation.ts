/** The NetworkPolicy tier: networking.k8s.io/v1, where policies only ever add permissions. */
import type { Confidence } from "../model/finding.ts";
import { describeEnd, isNode, nodeOf } from "./ends.ts";
import type { Question } from "./rules.ts";
import type { Deciding, PolicyTrace, RuleTrace, Verdict } from "./types.ts";
import { mayBeInside } from "./world.ts";

/** What the tier says of a pod that at least one policy isolates. */
export interface IsolationVerdict {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly confidence: Confidence;
  readonly decidedBy: Deciding | undefined;
}

/** Whether the other end is the subject's own node, which talks to its pods; `maybe` when a node's name is not known. */
function ownNode({ subject, other, world }: Question): "yes" | "no" | "maybe" {
  if (!isNode(other)) return mayBeInside(world, other) ? "maybe" : "no";
  if (subject.node === "" || nodeOf(other) === "") return "maybe";
  return subject.node === nodeOf(other) ? "yes" : "no";
}

/** `shop/default-deny` or `shop/default-deny and 2 more`. */
function names(policies: readonly PolicyTrace[]): string {
  const first = policies[0]?.policy;
  const more = policies.length > 1 ? ` and ${policies.length - 1} more` : "";
  return `${first?.namespace}/${first?.name}${more}`;
}

function allowedBy(rule: RuleTrace, question: Question): IsolationVerdict {
  const { namespace, name } = rule.policy;
  return {
    verdict: "allow",
    reason: `NetworkPolicy ${namespace}/${name} allows it (${question.direction}[${rule.index}])`,
    confidence: rule.confidence,
    decidedBy: { policy: rule.policy, rule: rule.index },
  };
}

function open(reason: string, rule: RuleTrace | undefined): IsolationVerdict {
  const decidedBy = rule === undefined ? undefined : { policy: rule.policy, rule: rule.index };
  return { verdict: "unknown", reason, confidence: "possible", decidedBy };
}

/**
 * A rule that allows settles it. API text: traffic is allowed "if the traffic matches at least one ingress rule across all of the NetworkPolicy
 * objects whose podSelector matches the pod"; which of them comes first has no meaning, the surest one is named.
 */
function allowing(rules: readonly RuleTrace[]): RuleTrace | undefined {
  const hits = rules.filter((rule) => rule.match === "yes");
  return hits.find((rule) => rule.confidence === "certain") ?? hits[0];
}

/**
 * The tier's verdict for an isolated pod (`isolating` is not empty): some rule allows the flow, or none does. Reasons not to say deny:
 * - the own node. API text of `ingress`: "OR if the traffic source is the pod's local node" (so kubelet probes always pass). For egress the API
 *   grants nothing, the concepts page does, and engines differ (Azure NPM lets it through, Cilium does not): unknown unless a rule allows it;
 * - a pod in the host network: the concepts page leaves it undefined and most engines do not apply policies to it;
 * - a clause that could not be decided.
 */
export function isolationVerdict(isolating: readonly PolicyTrace[], question: Question): IsolationVerdict {
  const { direction, subject, other, world } = question;
  const own = ownNode(question);
  if (direction === "ingress" && own === "yes") {
    const reason = `${describeEnd(other)} is the pod's own node, which is always let in`;
    return { verdict: "allow", reason, confidence: "certain", decidedBy: undefined };
  }
  const rules = isolating.flatMap((policy) => policy.rules);
  const hit = allowing(rules);
  if (hit !== undefined) return allowedBy(hit, question);
  if (subject.hostNetwork) {
    return open(`${describeEnd(subject)} is in the host network: most engines do not apply policies to it`, undefined);
  }
  if (own !== "no") {
    return open(
      `${describeEnd(other)} may be the pod's own node, to which engines apply policies differently`,
      undefined,
    );
  }
  const undecided = rules.find((rule) => rule.match === "maybe");
  if (undecided !== undefined) {
    const { namespace, name } = undecided.policy;
    return open(
      `it cannot be told whether NetworkPolicy ${namespace}/${name} ${direction}[${undecided.index}] allows it`,
      undecided,
    );
  }
  const unnamed = world.engine === "unknown" || world.engine === "none";
  return {
    verdict: "deny",
    reason: `${describeEnd(subject)} is isolated for ${direction} by NetworkPolicy ${names(isolating)}, and no rule allows ${describeEnd(other)} on ${question.flow.port}/${question.flow.protocol}`,
    confidence: unnamed ? "possible" : "likely",
    decidedBy: isolating.map(({ policy }) => ({ policy, rule: undefined }))[0],
  };
}
