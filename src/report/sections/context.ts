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
}

/**
 * A step with its glyph: FAIL and WARN from its findings (also consequences: the table shows what is wrong, wherever it comes from),
 * `?` when a check of the step could not be answered, SKIP when none applied and there is nothing to show.
 */
export function section(step: string, title: string, table: Table, input: SectionInput): Section {
  const checks = input.ran.filter(({ check }) => stepOf(check.id) === step);
  const severities = new Set(
    checks.flatMap(({ findings }) =>
      findings.filter(({ id }) => input.findings.some((kept) => kept.id === id)).map(({ severity }) => severity),
    ),
  );
  const status = (): Section["status"] => {
    if (severities.has("error")) return "FAIL";
    if (checks.some(({ outcome }) => outcome.status === "unknown")) return "?";
    if (severities.has("warning")) return "WARN";
    const answered = checks.some(({ outcome }) => outcome.status !== "skipped");
    return answered || table.rows.length > 0 ? "OK" : "SKIP";
  };
  return {
    step,
    title,
    status: status(),
    columns: table.columns,
    rows: table.rows,
    notes: table.notes ?? [],
  };
}
