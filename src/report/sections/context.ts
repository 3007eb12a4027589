import type { Ran, Scope } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import type { Cell, Column, Section } from "../../model/report.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { stepOf } from "./steps.ts";

/** What a table is made from. `findings` are in report order. */
export interface SectionInput {
  readonly snapshot: Snapshot;
  readonly scope: Scope;
  readonly findings: readonly Finding[];
  readonly ran: readonly Ran[];
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  readonly notes?: readonly string[];
  /** Printed when no check of the step says something worse. */
  readonly shows?: Section["status"];
  /** Nothing of what the step looks for is there, whoever is to blame. */
  readonly empty?: boolean;
}

/** From bad to good; a step takes the worst that holds. */
const STATUSES: readonly Section["status"][] = ["FAIL", "?", "WARN", "OK", "SKIP"];

/** What a step that suffers from the findings of others shows: never worse than the worst finding, or it would contradict the verdict. */
function worstOf(findings: readonly Finding[]): Section["status"] {
  const some = (severity: string): boolean => findings.some((finding) => finding.severity === severity);
  return some("error") ? "FAIL" : some("warning") ? "WARN" : "OK";
}

/**
 * A step with its glyph: FAIL and WARN from its findings (also consequences: the table shows what is wrong, wherever it comes from), else
 * from cells marked bad, `?` when a check of the step could not be answered, SKIP when none applied and there is nothing to show.
 */
export function section(step: string, title: string, table: Table, input: SectionInput): Section {
  const checks = input.ran.filter(({ check }) => stepOf(check.id) === step);
  const ids = new Set(input.findings.map(({ id }) => id));
  const kept = checks.flatMap(({ findings }) => findings.filter(({ id }) => ids.has(id)));
  const answered = checks.some(({ outcome }) => outcome.status !== "skipped") || table.rows.length > 0;
  const bad = kept.length === 0 && table.rows.some((row) => row.some(({ mark }) => mark === "bad"));
  const holds: readonly Section["status"][] = [
    ...(kept.some(({ severity }) => severity === "error") ? (["FAIL"] as const) : []),
    ...(table.empty === true || bad ? [worstOf(input.findings)] : []),
    ...(checks.some(({ outcome }) => outcome.status === "unknown") ? (["?"] as const) : []),
    ...(kept.some(({ severity }) => severity === "warning") ? (["WARN"] as const) : []),
    table.shows ?? (answered ? "OK" : "SKIP"),
  ];
  return {
    step,
    title,
    status: STATUSES.find((status) => holds.includes(status)) ?? "SKIP",
    columns: table.columns,
    rows: table.rows,
    notes: table.notes ?? [],
  };
}
