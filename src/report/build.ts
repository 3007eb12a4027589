import type { Ran, Scope } from "../model/check.ts";
import type { Report, ReportHead, ReportTarget } from "../model/report.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { orderFindings } from "./order.ts";
import { pathOf } from "./path.ts";
import { sectionsOf } from "./sections/index.ts";
import { summaryOf } from "./summary.ts";
import { unreadOf, withUnanswered } from "./unread.ts";
import { verdictOf } from "./verdict.ts";

export interface ReportInput {
  readonly snapshot: Snapshot;
  readonly scope: Scope;
  readonly target: ReportTarget;
  /** What every check said, from the engine; the order does not matter. */
  readonly ran: readonly Ran[];
}

function judged({ snapshot, scope, target, ran: given }: ReportInput) {
  const sorted = given.toSorted((a, b) => (a.check.id < b.check.id ? -1 : 1));
  const unread = unreadOf(snapshot, scope, sorted);
  const ran = withUnanswered(sorted, unread);
  const placed = orderFindings(ran, scope);
  const findings = placed.map(({ finding }) => finding);
  const verdict = verdictOf(findings, ran);
  const head: ReportHead = {
    apiVersion: "netcheck/v1",
    kind: "Report",
    takenAt: snapshot.takenAt,
    source: snapshot.source,
    target,
    verdict,
    summary: summaryOf(verdict, target, findings, ran),
    findings,
    unread,
  };
  return { head, placed, ran };
}

/** As much of the answer as a row of a list shows. Its tables, of a thousand objects, would fill the memory for nothing. Pure; throws nothing. */
export function buildHead(input: ReportInput): ReportHead {
  return judged(input).head;
}

/** The answer about one target, made from what was read and what the checks said. Pure; throws nothing. */
export function buildReport(input: ReportInput): Report {
  const { head, placed, ran } = judged(input);
  const { snapshot, scope, target } = input;
  const { findings, unread, ...first } = head;
  return {
    ...first,
    path: pathOf({ scope, snapshot, target, placed, ran }),
    findings,
    checks: ran.map(({ outcome }) => outcome),
    unread,
    sections: sectionsOf({ snapshot, scope, findings, ran }),
  };
}
