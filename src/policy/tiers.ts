import type { Confidence } from "../model/finding.ts";
import type { Action, Deciding, PolicyTrace, RuleTrace } from "./types.ts";

/** What a tier may do with a flow: settle it, or hand it to the next tier. */
export interface Outcome {
  readonly effect: "allow" | "deny" | "next";
  readonly by: Deciding | undefined;
  readonly confidence: Confidence;
}

const EFFECTS: Readonly<Record<Action, readonly Outcome["effect"][]>> = {
  Accept: ["allow"],
  Deny: ["deny"],
  Pass: ["next"],
  unrecognised: ["allow", "deny", "next"],
};

/** A peer that is not known: "For Deny and Pass rules, fail closed means: treat the rule as a 'Deny all' rule", which an engine that knows it does not. */
function failsClosed(rule: RuleTrace): boolean {
  return rule.match === "maybe" && rule.action === "Pass";
}

function outcomesOf(rule: RuleTrace): readonly Outcome[] {
  const effects = [...EFFECTS[rule.action], ...(failsClosed(rule) ? (["deny"] as const) : [])];
  return effects.map((effect) => ({
    effect,
    by: { policy: rule.policy, rule: rule.index },
    confidence: rule.confidence,
  }));
}

interface PolicyOutcomes {
  readonly outcomes: readonly Outcome[];
  /** Whether the flow may match none of the policy's rules. */
  readonly mayFall: boolean;
}

/** API text: "a rule that appears at the top of the ingress rules would take the highest precedence": the first match counts. */
function ofPolicy(trace: PolicyTrace): PolicyOutcomes {
  const first = trace.rules.findIndex((rule) => rule.match === "yes");
  const asked = first < 0 ? trace.rules : trace.rules.slice(0, first + 1);
  return {
    outcomes: asked.filter((rule) => rule.match !== "no").flatMap(outcomesOf),
    mayFall: first < 0 || trace.subject === "maybe",
  };
}

/**
 * API text of `priority`: "If two (or more) policies in the same tier with the same priority could match a connection, then the implementation can
 * apply any of the matching policies": all their outcomes stay possible.
 */
function ofKind(traces: readonly PolicyTrace[]): readonly Outcome[] {
  const found: Outcome[] = [];
  for (const priority of [...new Set(traces.map((trace) => trace.priority))].sort((a, b) => a - b)) {
    const group = traces.filter((trace) => trace.priority === priority).map(ofPolicy);
    found.push(...group.flatMap(({ outcomes }) => outcomes));
    if (group.some(({ mayFall }) => !mayFall)) return found;
  }
  return [...found, { effect: "next", by: undefined, confidence: "certain" }];
}

/**
 * All outcomes that a tier may have for a flow, given its policies that select the pod. More than one that differ: it cannot be told. Which of
 * AdminNetworkPolicy and ClusterNetworkPolicy goes first is written nowhere, so where both decide, both stay possible.
 */
export function tierOutcomes(traces: readonly PolicyTrace[]): readonly Outcome[] {
  const kinds = [...new Set(traces.map((trace) => trace.policy.kind))];
  const each = kinds.map((kind) => ofKind(traces.filter((trace) => trace.policy.kind === kind)));
  const settled = each.filter((outcomes) => outcomes.some((outcome) => outcome.by !== undefined));
  return settled.length === 0 ? [{ effect: "next", by: undefined, confidence: "certain" }] : settled.flat();
}
