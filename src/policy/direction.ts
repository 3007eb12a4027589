/** One direction of a flow through the tiers: Admin, NetworkPolicy, Baseline, then the default, which lets everything through. */
import { describeEnd } from "./ends.ts";
import { isolationVerdict } from "./isolation.ts";
import { weakest } from "./match.ts";
import { type Question, tracePolicies } from "./rules.ts";
import { type Outcome, tierOutcomes } from "./tiers.ts";
import type { Direction, DirectionResult, End, Flow, PolicyTrace } from "./types.ts";
import type { PolicyWorld } from "./world.ts";

type Candidate = Pick<DirectionResult, "verdict" | "reason" | "confidence" | "decidedBy">;

function settledBy(outcome: Outcome, direction: Direction): Candidate {
  const { by, effect } = outcome;
  const text = `${by?.policy.kind} ${by?.policy.name} ${direction}[${by?.rule}]`;
  return {
    verdict: effect === "allow" ? "allow" : "deny",
    reason: `${text} ${effect === "allow" ? "accepts" : "denies"} it`,
    // Which engines enforce the cluster-wide kinds, and in which version, cannot be read from the API.
    confidence: weakest(["likely", outcome.confidence]),
    decidedBy: by,
  };
}

/** Policies that nobody selects the pod with. API text: "Traffic is allowed to a pod if there are no NetworkPolicies selecting the pod (and cluster policy otherwise allows the traffic)". */
function notIsolated({ direction, subject }: Question): Candidate {
  const reason = `no policy isolates ${describeEnd(subject)} for ${direction}`;
  return { verdict: "allow", reason, confidence: "certain", decidedBy: undefined };
}

/** API text of `tier`: "v1.NetworkPolicy always makes a final decision for selected pods. Further evaluation only happens for Pods not selected". */
function afterAdmin(
  isolating: readonly PolicyTrace[],
  baseline: readonly PolicyTrace[],
  question: Question,
): readonly Candidate[] {
  const { policiesReadIn, policiesUnread } = question.world;
  const { namespace } = question.subject;
  if (policiesReadIn !== undefined && !policiesReadIn.has(namespace)) {
    const why = policiesUnread.get(namespace);
    const reason = `the NetworkPolicies of namespace ${namespace} could not be read${why === undefined ? "" : `: ${why}`}`;
    return [{ verdict: "unknown", reason, confidence: "possible", decidedBy: undefined }];
  }
  if (isolating.length > 0) return [isolationVerdict(isolating, question)];
  return tierOutcomes(baseline).map((outcome) =>
    outcome.effect === "next" ? notIsolated(question) : settledBy(outcome, question.direction),
  );
}

/** Two possible answers that agree are one; that disagree, it cannot be told. */
function merge(a: Candidate, b: Candidate): Candidate {
  if (a.verdict === b.verdict) return { ...a, confidence: weakest([a.confidence, b.confidence]) };
  return {
    verdict: "unknown",
    reason: `it cannot be told which policy decides: ${a.reason}; or ${b.reason}`,
    confidence: "possible",
    decidedBy: a.decidedBy,
  };
}

function judge(question: Question): DirectionResult {
  const { world, direction, subject } = question;
  const clusterWide = tracePolicies(world.clusterPolicies ?? [], question);
  const admin = clusterWide.filter(({ tier }) => tier === "Admin");
  const baseline = clusterWide.filter(({ tier }) => tier === "Baseline");
  const isolating = tracePolicies(world.policiesIn.get(subject.namespace) ?? [], question);
  const candidate = tierOutcomes(admin)
    .flatMap((outcome) =>
      outcome.effect === "next" ? afterAdmin(isolating, baseline, question) : [settledBy(outcome, direction)],
    )
    .reduce(merge);
  return {
    direction,
    ...candidate,
    // Cluster-wide policies that could not be read may decide otherwise; few clusters have any.
    confidence: weakest([candidate.confidence, world.clusterPolicies === undefined ? "likely" : "certain"]),
    isolatedBy: isolating.map(({ policy }) => policy),
    policies: [...admin, ...isolating, ...baseline],
  };
}

/**
 * Judges ingress into `flow.to` or egress out of `flow.from`. Policies select pods only, so an end that is a node or lies outside has none.
 */
export function judgeDirection(
  world: PolicyWorld,
  flow: Flow,
  family: 4 | 6 | undefined,
  direction: Direction,
): DirectionResult {
  const [subject, other]: readonly [End, End] = direction === "ingress" ? [flow.to, flow.from] : [flow.from, flow.to];
  if (subject.kind === "pod") return judge({ world, flow, family, direction, subject, other });
  return {
    direction,
    verdict: "allow",
    reason: `policies select pods, ${describeEnd(subject)} is none`,
    confidence: "certain",
    decidedBy: undefined,
    isolatedBy: [],
    policies: [],
  };
}
