import type { ClauseTrace, DirectionResult, Match, RuleTrace } from "./types.ts";

/** The rule that came closest to letting a flow through, and what it lacks. */
export interface NearMiss {
  readonly rule: RuleTrace;
  /** Differences in words; never empty. */
  readonly missing: readonly string[];
}

function share(clause: ClauseTrace): number {
  return clause.parts.filter((part) => part.match === "yes").length / clause.parts.length;
}

/** How much of the item that holds for the most part holds; 1 for a list that matches. */
function nearness(clauses: readonly ClauseTrace[], match: Match): number {
  return match === "yes" ? 1 : Math.max(...clauses.map(share));
}

/** A whole half weighs more than two that nearly hold. */
function score(rule: RuleTrace): number {
  const halves = [nearness(rule.ports, rule.portsMatch), nearness(rule.peers, rule.peersMatch)];
  return halves.reduce((sum, half) => sum + (half === 1 ? 1 : 0.4 * half), 0);
}

/** What the nearest item of a list that does not match lacks. */
function lacks(clauses: readonly ClauseTrace[], match: Match): readonly string[] {
  if (match === "yes") return [];
  const [first = []] = [...clauses]
    .sort((a, b) => share(b) - share(a))
    .map((clause) => clause.parts.flatMap(({ why }) => why));
  return first;
}

/**
 * The nearest rule that would have allowed the flow, if there is any rule: first by how many of its two halves hold (port, peer), then by how
 * much of its best peer does.
 */
export function nearMiss(result: DirectionResult): NearMiss | undefined {
  const rules = result.policies
    .flatMap((policy) => policy.rules)
    .filter((rule) => rule.action === "Accept" && rule.match !== "yes");
  const rule = [...rules].sort((a, b) => score(b) - score(a))[0];
  return rule === undefined
    ? undefined
    : { rule, missing: [...lacks(rule.ports, rule.portsMatch), ...lacks(rule.peers, rule.peersMatch)] };
}
