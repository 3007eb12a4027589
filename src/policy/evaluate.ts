import { matchesSelector } from "../model/selectors.ts";
import { judgeDirection } from "./direction.ts";
import { describeEnd, samePod } from "./ends.ts";
import { weakest, worstVerdict } from "./match.ts";
import type { DirectionResult, End, FamilyResult, Flow, FlowResult } from "./types.ts";
import type { OtherPolicy, PolicyWorld } from "./world.ts";

type Family = 4 | 6 | undefined;

/**
 * Families in which the flow can exist: those that both ends have. An end without an address yet (a manifest, a pod that is starting)
 * takes the other's; `undefined` stands for "selectors only".
 */
function familiesOf(from: End, to: End): readonly Family[] {
  const a = from.addresses.map((address) => address.family);
  const b = to.addresses.map((address) => address.family);
  const both = a.length === 0 ? b : b.length === 0 ? a : a.filter((family) => b.includes(family));
  if (a.length === 0 && b.length === 0) return [undefined];
  return ([4, 6] as const).filter((family) => both.includes(family));
}

/** A flow is allowed if the source's egress and the destination's ingress both allow it. */
function inFamily(world: PolicyWorld, flow: Flow, family: Family): FamilyResult {
  const egress = judgeDirection(world, flow, family, "egress");
  const ingress = judgeDirection(world, flow, family, "ingress");
  return { family, verdict: worstVerdict([egress.verdict, ingress.verdict]), egress, ingress };
}

/** The direction that gives the family its verdict; egress first, as the packet goes. */
function tellingDirection(result: FamilyResult): DirectionResult {
  if (result.verdict !== "allow") return result.egress.verdict === result.verdict ? result.egress : result.ingress;
  const named = [result.ingress, result.egress].find((direction) => direction.decidedBy !== undefined);
  return named ?? result.ingress;
}

/** Whether a policy of a kind that is not evaluated here may concern an end: same namespace or cluster-wide, and no selector that rules the pod out. */
function concerns(policy: OtherPolicy, end: End): boolean {
  if (end.kind !== "pod") return false;
  const here = policy.ref.namespace === "" || policy.ref.namespace === end.namespace;
  return here && (policy.pods === undefined || matchesSelector(policy.pods, end.labels));
}

function settled(verdict: FlowResult["verdict"], reason: string): Omit<FlowResult, "unevaluated"> {
  return {
    verdict,
    reason,
    confidence: "certain",
    decidedBy: undefined,
    onPaper: verdict,
    family: undefined,
    families: [],
  };
}

/** What the evaluated policies say, before kinds that are not evaluated and the engine are weighed. */
function onPaper(world: PolicyWorld, flow: Flow): Omit<FlowResult, "unevaluated"> {
  const { from, to } = flow;
  // "A Pod cannot block access to itself": concepts page of NetworkPolicy.
  if (samePod(from, to)) return settled("allow", "a pod can always reach itself");
  const families = familiesOf(from, to).map((family) => inFamily(world, flow, family));
  const verdict = worstVerdict(families.map((family) => family.verdict));
  const worst = families.find((family) => family.verdict === verdict);
  if (worst === undefined) {
    return settled("unknown", `${describeEnd(from)} and ${describeEnd(to)} have no IP family in common`);
  }
  const telling = tellingDirection(worst);
  const differ = families.some((family) => family.verdict !== verdict);
  return {
    verdict,
    reason: differ ? `${telling.reason} (over IPv${worst.family})` : telling.reason,
    confidence:
      verdict === "allow"
        ? weakest(families.flatMap(({ egress, ingress }) => [egress.confidence, ingress.confidence]))
        : telling.confidence,
    decidedBy: telling.decidedBy,
    onPaper: verdict,
    family: worst.family,
    families,
  };
}

/**
 * Judges one flow. A flow is allowed if egress of the source and ingress of the destination allow it, in every IP family; where
 * families differ the worse one is the flow's verdict.
 *
 * Policies of kinds that are not evaluated here can forbid more and, with Cilium and Calico, also let in more: whatever they concern is
 * `unknown`. Where surely no engine enforces policies, the flow is allowed and `onPaper` keeps what they say.
 */
export function evaluate(world: PolicyWorld, flow: Flow): FlowResult {
  const paper = onPaper(world, flow);
  if (samePod(flow.from, flow.to)) return { ...paper, unevaluated: [] };
  const unevaluated = world.otherPolicies
    .filter((policy) => concerns(policy, flow.from) || concerns(policy, flow.to))
    .map(({ ref }) => ref);
  const first = unevaluated[0];
  if (first !== undefined) {
    const more = unevaluated.length > 1 ? ` and ${unevaluated.length - 1} more` : "";
    const reason = `${first.kind} ${first.name}${more} may decide otherwise and is not evaluated; the others alone: ${paper.verdict}, ${paper.reason}`;
    return { ...paper, verdict: "unknown", reason, confidence: "possible", unevaluated };
  }
  const unread = world.otherPoliciesUnread;
  if (unread !== undefined && (flow.from.kind === "pod" || flow.to.kind === "pod")) {
    const reason = `the ${world.engine} engine has policies of its own that could not be read: ${unread}; NetworkPolicies alone: ${paper.verdict}, ${paper.reason}`;
    return { ...paper, verdict: "unknown", reason, confidence: "possible", unevaluated };
  }
  if (world.engine === "none" && paper.verdict !== "allow") {
    const reason = `no engine enforces policies in this cluster; on paper: ${paper.verdict}, ${paper.reason}`;
    return { ...paper, verdict: "allow", reason, confidence: "likely", unevaluated };
  }
  return { ...paper, unevaluated };
}
