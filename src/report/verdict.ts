import type { Ran } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import type { Verdict } from "../model/report.ts";

/** The findings that count: consequences add nothing to the verdict. */
export function rootsOf(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((finding) => finding.consequenceOf === null);
}

/**
 * broken: an error; unknown: no error, but a check that is essential to the verdict could not be answered; degraded: warnings;
 * healthy: nothing above info. `unknown` outranks `degraded`: nobody may read "works, with warnings" where the essential was not read.
 */
export function verdictOf(findings: readonly Finding[], ran: readonly Ran[]): Verdict {
  const severities = new Set(rootsOf(findings).map((finding) => finding.severity));
  if (severities.has("error")) return "broken";
  if (ran.some(({ check, outcome }) => check.essential && outcome.status === "unknown")) return "unknown";
  return severities.has("warning") ? "degraded" : "healthy";
}
