import type { Hop, TargetKind } from "./check.ts";
import type { Finding } from "./finding.ts";
import type { Source } from "./snapshot.ts";

/** healthy: nothing above info; degraded: warnings; broken: an error; unknown: no error, but something essential unread. */
export type Verdict = "healthy" | "degraded" | "broken" | "unknown";

export type HopStatus = "ok" | "warning" | "broken" | "unknown" | "not-checked";

/** One station of the drawn path, e.g. `{hop: "service", label: "Service web:80", status: "broken"}`. */
export interface PathHop {
  readonly hop: Hop;
  readonly label: string;
  readonly status: HopStatus;
}

export type CheckStatus = "fired" | "passed" | "skipped" | "unknown";

export interface CheckOutcome {
  readonly id: string;
  readonly status: CheckStatus;
  /** Why it was skipped or is unknown; "" otherwise. */
  readonly reason: string;
}

/** Something that could not be read, what hangs on it, and how to settle it. */
export interface Unread {
  readonly what: string;
  readonly reason: string;
  /** Check ids that are unknown because of it. */
  readonly checks: readonly string[];
  /** A command or permission that would settle it. */
  readonly remedy: string;
}

export type CellMark = "ok" | "bad" | "warn" | "dim";

export interface Cell {
  readonly text: string;
  readonly mark?: CellMark;
}

export interface Column {
  readonly title: string;
  /** `never`: names, IPs, ports, label keys are printed whole. `middle`: images and messages lose their middle first; `end`: sentences. */
  readonly shorten: "never" | "middle" | "end";
  /** Only in `-o wide`. */
  readonly wide?: boolean;
}

/** One step of the answer: a header with a glyph, a table, the findings of that step. */
export interface Section {
  /** The catalogue's step, e.g. `S2`. */
  readonly step: string;
  readonly title: string;
  readonly status: "OK" | "WARN" | "FAIL" | "SKIP" | "?";
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Lines under the table, e.g. "12 more pods without a matching pair". */
  readonly notes: readonly string[];
}

export interface ReportTarget {
  readonly kind: TargetKind;
  readonly namespace: string;
  /** The object's name, `deployment/web`, or `-l app=web`. */
  readonly name: string;
}

/** What a row of a list shows of a report: the verdict and its causes, without the drawn path, the steps and their tables. */
export type ReportHead = Omit<Report, "path" | "checks" | "sections">;

/** The answer to one question about one target. This is what `-o json` prints; its schema is versioned by `apiVersion`. */
export interface Report {
  readonly apiVersion: "netcheck/v1";
  readonly kind: "Report";
  readonly takenAt: string;
  readonly source: Source;
  readonly target: ReportTarget;
  readonly verdict: Verdict;
  /** One line: the verdict in words, with the root cause. */
  readonly summary: string;
  readonly path: readonly PathHop[];
  /** Root causes first, each directly followed by its consequences. */
  readonly findings: readonly Finding[];
  readonly checks: readonly CheckOutcome[];
  readonly unread: readonly Unread[];
  readonly sections: readonly Section[];
}
