/** One flow explained: the data behind the table and the JSON of `netcheck policy`. */
import type { ClauseRow, DirectionReport, FamilyReport, FlowReport, RuleRow } from "../model/flow-report.ts";
import type { ObjectRef } from "../model/kube.ts";
import { describeEnd } from "./ends.ts";
import { evaluate } from "./evaluate.ts";
import { nearMiss } from "./near.ts";
import { suggestRule } from "./suggest.ts";
import type { ClauseTrace, DirectionResult, FamilyResult, Flow, RuleTrace } from "./types.ts";
import type { PolicyWorld } from "./world.ts";

export type { FlowReport } from "../model/flow-report.ts";

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
