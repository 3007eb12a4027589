import type { Ran } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import type { ReportTarget, Verdict } from "../model/report.ts";
import { targetName } from "./target.ts";
import { rootsOf } from "./verdict.ts";

/** The verdict in one line of words, with the first root cause. */
export function summaryOf(
  verdict: Verdict,
  target: ReportTarget,
  findings: readonly Finding[],
  ran: readonly Ran[],
): string {
  const name = targetName(target);
  const worst = rootsOf(findings).filter((finding) => finding.severity !== "info");
  const others = worst.slice(1).filter((finding) => finding.id !== worst[0]?.id).length;
  const more = others === 0 ? "" : ` (and ${others} more ${others === 1 ? "finding" : "findings"})`;
  const cause = oneLine(worst[0]?.summary ?? "");
  switch (verdict) {
    case "broken":
      return `${name} is broken: ${cause}${more}`;
    case "degraded":
      return `${name} works, with a warning: ${cause}${more}`;
    case "unknown":
      return `cannot tell whether ${name} works: ${oneLine(firstUnknown(ran))}`;
    case "healthy":
      return `${name} is healthy: nothing in ${ran.filter(({ outcome }) => outcome.status !== "skipped").length} checks speaks against it`;
  }
}

function firstUnknown(ran: readonly Ran[]): string {
  const open = ran.filter(({ check, outcome }) => check.essential && outcome.status === "unknown");
  return open[0]?.outcome.reason ?? "something essential could not be read";
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
