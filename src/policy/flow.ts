/** One flow explained: the data behind the table and the JSON of `netcheck policy`. */
import type { Confidence } from "../model/finding.ts";
import type { ObjectRef } from "../model/kube.ts";
import { describeEnd } from "./ends.ts";
import { evaluate } from "./evaluate.ts";
import { nearMiss } from "./near.ts";
import { type Suggestion, suggestRule } from "./suggest.ts";
import type {
  ClauseTrace,
  Direction,
  DirectionResult,
  FamilyResult,
  Flow,
  Match,
  PolicyEngine,
  RuleTrace,
  Tier,
  Verdict,
} from "./types.ts";
import type { PolicyWorld } from "./world.ts";

/** One part of a clause, for a ✓ or ✗ line. */
export interface ClauseRow {
  /** e.g. `ports[0]` or `from[1]`. */
  readonly path: string;
  readonly text: string;
  readonly match: Match;
  readonly why: readonly string[];
}

export interface RuleRow {
  readonly rule: number;
  /** `Accept` for every rule of NetworkPolicy. */
  readonly action: string;
  readonly match: Match;
  /** The rule that settled this direction. */
  readonly decides: boolean;
  readonly clauses: readonly ClauseRow[];
}

export interface PolicyRow {
  readonly kind: string;
  /** `namespace/name`, or the name alone for cluster-wide kinds. */
  readonly policy: string;
  readonly tier: Tier;
  readonly priority: number;
  /** Empty: it allows nothing in this direction. */
  readonly rules: readonly RuleRow[];
}

export interface DirectionReport {
  readonly direction: Direction;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly confidence: Confidence;
  readonly policy: string | null;
  readonly rule: number | null;
  readonly policies: readonly PolicyRow[];
  readonly nearMiss: { readonly policy: string; readonly rule: number; readonly missing: readonly string[] } | null;
}

export interface FamilyReport {
  /** `IPv4`, `IPv6`, or `any` when no end has an address yet. */
  readonly family: string;
  readonly verdict: Verdict;
  readonly egress: DirectionReport;
  readonly ingress: DirectionReport;
}

/** What `-o json` prints; plain JSON data. */
export interface FlowReport {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port: number;
  readonly verdict: Verdict;
  /** The deciding policy, when one decides. */
  readonly policy: string | null;
  /** Index of the deciding rule in `spec.ingress` or `spec.egress`; null when a policy decides by allowing nothing that matches. */
  readonly rule: number | null;
  readonly reason: string;
  readonly confidence: Confidence;
  readonly engine: PolicyEngine;
  /** What the policies alone say; differs from `verdict` when no engine enforces them or other kinds may decide. */
  readonly onPaper: Verdict;
  readonly families: readonly FamilyReport[];
  /** `kind namespace/name` of policies that are not evaluated. */
  readonly notEvaluated: readonly string[];
  readonly suggestions: readonly Suggestion[];
}

/** `namespace/name`, or the name of a cluster-wide object. */
export function policyName(ref: ObjectRef): string {
  return ref.namespace === "" ? ref.name : `${ref.namespace}/${ref.name}`;
}

function clauseRows(clause: ClauseTrace): readonly ClauseRow[] {
  return clause.parts.map(({ text, match, why }) => ({ path: clause.path, text, match, why }));
}

function ruleRow(rule: RuleTrace, result: DirectionResult): RuleRow {
  const by = result.decidedBy;
  return {
    rule: rule.index,
    action: rule.action,
    match: rule.match,
    decides: by?.policy === rule.policy && by.rule === rule.index,
    clauses: [...rule.ports, ...rule.peers].flatMap(clauseRows),
  };
}

function directionReport(result: DirectionResult): DirectionReport {
  const near = result.verdict === "allow" ? undefined : nearMiss(result);
  const by = result.decidedBy;
  return {
    direction: result.direction,
    verdict: result.verdict,
    reason: result.reason,
    confidence: result.confidence,
    policy: by === undefined ? null : policyName(by.policy),
    rule: by?.rule ?? null,
    policies: result.policies.map((trace) => ({
      kind: trace.policy.kind,
      policy: policyName(trace.policy),
      tier: trace.tier,
      priority: trace.priority,
      rules: trace.rules.map((rule) => ruleRow(rule, result)),
    })),
    nearMiss:
      near === undefined
        ? null
        : { policy: policyName(near.rule.policy), rule: near.rule.index, missing: near.missing },
  };
}

function familyReport(result: FamilyResult): FamilyReport {
  return {
    family: result.family === undefined ? "any" : `IPv${result.family}`,
    verdict: result.verdict,
    egress: directionReport(result.egress),
    ingress: directionReport(result.ingress),
  };
}

/** Judges a flow and lays out why: every policy that selects either end, every rule clause by clause, the nearest miss, what to add. */
export function explainFlow(world: PolicyWorld, flow: Flow): FlowReport {
  const result = evaluate(world, flow);
  const by = result.decidedBy;
  return {
    from: describeEnd(flow.from),
    to: describeEnd(flow.to),
    protocol: flow.protocol,
    port: flow.port,
    verdict: result.verdict,
    policy: by === undefined ? null : policyName(by.policy),
    rule: by?.rule ?? null,
    reason: result.reason,
    confidence: result.confidence,
    engine: world.engine,
    onPaper: result.onPaper,
    families: result.families.map(familyReport),
    notEvaluated: result.unevaluated.map((ref) => `${ref.kind} ${policyName(ref)}`),
    suggestions: suggestRule(world, flow, result),
  };
}
