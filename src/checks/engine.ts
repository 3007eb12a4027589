import type { Check, CheckAnswer, Ran, Scope, View } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import type { CheckOutcome } from "../model/report.ts";
import type { Settings } from "../model/settings.ts";
import type { CollectionName, Snapshot, Unavailable } from "../model/snapshot.ts";
import { judgedAsGroup } from "./group.ts";

/**
 * Runs every check that applies to the scope's target over the snapshot. A check never sees a missing collection as an empty one: it is
 * `unknown` when a needed collection could not be read, `skipped` when the target did not need it.
 * Pure; findings come in the order of the checks. A throwing check is a bug and propagates.
 */
export function runChecks(
  checks: readonly Check[],
  snapshot: Snapshot,
  scope: Scope,
  settings: Settings,
): readonly Ran[] {
  const now = Date.parse(snapshot.takenAt);
  const ran = checks
    .filter((check) => check.appliesTo.includes(scope.target))
    .map((check) => runOne(check, snapshot, scope, settings, now));
  return judgedAsGroup(ran, scope);
}

function runOne(check: Check, snapshot: Snapshot, scope: Scope, settings: Settings, now: number): Ran {
  const inapplicable = check.notFor(scope);
  if (inapplicable !== undefined) return conclude(check, { skipped: inapplicable }, []);
  const unread = unreadOf(check, snapshot);
  if (unread !== undefined) {
    const status = unread.gathered.reason === "not-requested" ? "skipped" : "unknown";
    return { check, outcome: { id: check.id, status, reason: reasonOf(unread.name, unread.gathered) }, findings: [] };
  }
  const gaps = check.needs.flatMap((name) => gapsOf(name, snapshot));
  const answer = check.run(viewOf(check, snapshot, scope, settings, now));
  return conclude(check, answer, gaps);
}

interface Unread {
  readonly name: CollectionName;
  readonly gathered: Unavailable;
}

/** What the check needs and could not be read; before that which nobody asked for. */
function unreadOf({ needs }: Check, { collections }: Snapshot): Unread | undefined {
  let unasked: Unread | undefined;
  for (const name of needs) {
    const gathered = collections[name];
    if (gathered.state === "ok") continue;
    if (gathered.reason !== "not-requested") return { name, gathered };
    unasked ??= { name, gathered };
  }
  return unasked;
}

function reasonOf(name: CollectionName, gathered: Unavailable): string {
  return gathered.reason === "not-requested" ? gathered.detail : `${name}: ${gathered.reason}: ${gathered.detail}`;
}

function gapsOf(name: CollectionName, snapshot: Snapshot): readonly string[] {
  const gathered = snapshot.collections[name];
  return gathered.state === "ok" ? (gathered.gaps ?? []) : [];
}

/** With gaps an absence may be an unread object, so nothing passes and nothing is more than possible. */
function conclude(check: Check, answer: CheckAnswer, gaps: readonly string[]): Ran {
  const outcome = (status: CheckOutcome["status"], reason: string): CheckOutcome => ({ id: check.id, status, reason });
  if ("skipped" in answer) return { check, outcome: outcome("skipped", answer.skipped), findings: [] };
  const open = "unknown" in answer ? answer.unknown : undefined;
  const given = "unknown" in answer ? (answer.findings ?? []) : answer;
  const findings = gaps.length > 0 ? given.map(onlyPossible) : given;
  if (open !== undefined) return { check, outcome: outcome("unknown", open), findings };
  if (gaps.length > 0)
    return { check, outcome: outcome("unknown", `not everything could be read: ${gaps.join("; ")}`), findings };
  return { check, outcome: outcome(findings.length > 0 ? "fired" : "passed", ""), findings };
}

function onlyPossible(finding: Finding): Finding {
  const severity = finding.severity === "error" ? "warning" : finding.severity;
  return { ...finding, confidence: "possible", severity };
}

function viewOf(
  check: Check,
  snapshot: Snapshot,
  scope: Scope,
  settings: Settings,
  now: number,
): View<CollectionName, CollectionName> {
  const wanted: Partial<Record<CollectionName, unknown>> = {};
  for (const name of check.wants) wanted[name] = snapshot.collections[name];
  const clockIsLowerBound = snapshot.source.clockIsLowerBound ?? false;
  // What all views have comes first: V8 then makes one shape of object for them, and not one for each check.
  const view: Record<string, unknown> = { wanted, scope, settings, now, clockIsLowerBound };
  for (const name of check.needs) {
    const gathered = snapshot.collections[name];
    view[name] = gathered.state === "ok" ? gathered.items : [];
  }
  // A record forgets which name holds which type; needs and wants are exactly what the check declared.
  return view as unknown as View<CollectionName, CollectionName>;
}
