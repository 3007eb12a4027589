import type { Report } from "../model/report.ts";

/** From which verdict on the exit code is 1: `--fail-on`. */
export type FailOn = "error" | "warning" | "never";

/** Stable, for shell scripts. 2 (the command could not do its work) and 130 (Ctrl-C) are given elsewhere. */
export const EXIT = { ok: 0, broken: 1, unknown: 3 } as const;

/**
 * 1 when a report is broken (with `warning` also degraded; with `never` never), else 3 when one is unknown, else 0.
 * A certain fault of one target outranks not knowing about another.
 */
export function exitCode(reports: readonly Pick<Report, "verdict">[], failOn: FailOn): number {
  const failing = failOn === "never" ? [] : failOn === "warning" ? ["broken", "degraded"] : ["broken"];
  if (reports.some(({ verdict }) => failing.includes(verdict))) return EXIT.broken;
  return reports.some(({ verdict }) => verdict === "unknown") ? EXIT.unknown : EXIT.ok;
}
