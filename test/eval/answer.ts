/** Whether what netcheck printed answers a question of the evaluation right. Pure. */
import type { Finding } from "../../src/model/finding.ts";
import type { Report } from "../../src/model/report.ts";
import type { Question } from "./expectations.ts";

/** What netcheck printed with `-o json`, and its exit code. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `unknown`: it says itself that it does not know, and nothing false. */
export interface Answer {
  readonly score: "right" | "unknown" | "wrong";
  /** Why it is not right; "" when it is. */
  readonly why: string;
}

const RIGHT: Answer = { score: "right", why: "" };
const wrong = (why: string): Answer => ({ score: "wrong", why });
const unknown = (why: string): Answer => ({ score: "unknown", why });

const isLike = (id: string, pattern: string): boolean =>
  pattern.endsWith("*") ? id.startsWith(pattern.slice(0, -1)) : id === pattern;

/** Judges one answer. Strict: the *first* root finding counts, and anything false beside it makes the answer wrong. */
export function answerTo(question: Question, { code, stdout, stderr }: Printed): Answer {
  if (question.says !== undefined) {
    if (code !== 2) return wrong(`exit code ${code}, not 2`);
    return stderr.includes(question.says) ? RIGHT : wrong(`does not say ${question.says}: ${stderr.trim()}`);
  }
  if (code === 2) return unknown(stderr.trim());
  if (question.flow !== undefined) {
    const { verdict, policy } = JSON.parse(stdout) as { readonly verdict: string; readonly policy: string | null };
    const said = `${verdict} ${policy}`;
    if (said === question.flow) return RIGHT;
    return verdict === "unknown" ? unknown("the flow is unknown") : wrong(said);
  }
  return judged(question, reportsIn(stdout));
}

/** One report, or those of a list. */
function reportsIn(stdout: string): readonly Report[] {
  const printed = JSON.parse(stdout) as Report | { readonly items: readonly Report[] };
  return "items" in printed ? printed.items : [printed];
}

function judged({ first = [], also = [], never = [] }: Question, reports: readonly Report[]): Answer {
  const all = reports.flatMap(({ findings }) => findings);
  const roots = all.filter(({ consequenceOf, severity }) => consequenceOf === null && severity !== "info");
  const told = (findings: readonly Finding[]): string => findings.map(({ id }) => id).join(", ") || "nothing";
  const forbidden = all.find(({ id, severity }) => severity !== "info" && never.some((like) => isLike(id, like)));
  if (forbidden !== undefined) return wrong(`says ${forbidden.id}, which is not so`);
  const errors = roots.filter(({ severity }) => severity === "error");
  if (first.length === 0) return errors.length === 0 ? RIGHT : wrong(`says ${told(errors)}, but it is well`);
  const open = reports.some(({ verdict }) => verdict === "unknown");
  const top = roots[0];
  if (top === undefined) return open ? unknown("needs live state") : wrong("finds nothing");
  if (!first.includes(top.id))
    return errors.length === 0 && open ? unknown(told(roots)) : wrong(`first is ${told(roots)}`);
  const missing = also.find((id) => !roots.some((finding) => finding.id === id));
  if (missing !== undefined) return open ? unknown(`${missing} is not said`) : wrong(`${missing} is not said`);
  return RIGHT;
}
