import type { Finding } from "../model/finding.ts";
import type { CheckOutcome, Report } from "../model/report.ts";
import { lines, oneLine } from "./sanitise.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Harmless first (XML 1.0 has no way to write a control character), then escaped. */
function xml(text: string): string {
  return oneLine(text).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

function attributes(pairs: Readonly<Record<string, string | number>>): string {
  return Object.entries(pairs)
    .map(([key, value]) => ` ${key}="${xml(String(value))}"`)
    .join("");
}

function body(findings: readonly Finding[]): string {
  return findings
    .flatMap(({ id, summary, evidence, remedy }) => [
      `${id}: ${summary}`,
      ...evidence.flatMap(({ k, v }) => lines(v).map((line) => `  ${k}: ${line}`)),
      ...remedy.flatMap(lines).map((line) => `  $ ${line}`),
    ])
    .map(xml)
    .join("\n");
}

/** What makes a check fail: errors that are causes. A consequence would count one fault twice; warnings are told, and let pass. */
function caseLines(report: Report, outcome: CheckOutcome, findings: readonly Finding[]): readonly string[] {
  const { kind, namespace, name } = report.target;
  const open = `    <testcase${attributes({ classname: `netcheck.${kind}.${namespace}/${name}`, name: outcome.id })}`;
  const close = "    </testcase>";
  const errors = findings.filter(({ severity, consequenceOf }) => severity === "error" && consequenceOf === null);
  const [first] = errors;
  if (first !== undefined)
    return [
      `${open}>`,
      `      <failure${attributes({ type: first.id, message: first.summary })}>${body(errors)}</failure>`,
      close,
    ];
  if (outcome.status === "skipped" || outcome.status === "unknown") {
    const message = outcome.status === "unknown" ? `unknown: ${outcome.reason}` : outcome.reason;
    return [`${open}>`, `      <skipped${attributes({ message })}/>`, close];
  }
  const told = findings.filter(({ severity }) => severity !== "info");
  return told.length === 0 ? [`${open}/>`] : [`${open}>`, `      <system-out>${body(told)}</system-out>`, close];
}

function suite(report: Report, owners: ReadonlyMap<string, string>): readonly string[] {
  const cases = report.checks.map((outcome) => {
    const mine = report.findings.filter(({ id }) => (owners.get(id) ?? id) === outcome.id);
    return { outcome, lines: caseLines(report, outcome, mine) };
  });
  const failures = cases.filter(({ lines: text }) => text[1]?.includes("<failure")).length;
  const skipped = cases.filter(({ lines: text }) => text[1]?.includes("<skipped")).length;
  const { kind, namespace, name } = report.target;
  const head = attributes({
    name: `${kind} ${namespace}/${name}`,
    tests: cases.length,
    failures,
    errors: 0,
    skipped,
    timestamp: report.takenAt.replace(/Z$/, ""),
  });
  return [`  <testsuite${head}>`, ...cases.flatMap(({ lines: text }) => text), "  </testsuite>"];
}

/**
 * `-o junit`: a test suite for each target, a test case for each check; failed is one with an error of its own, skipped one that did not apply
 * or could not be answered. `owners`: the check of each finding id, where the two differ.
 */
export function renderJunit(reports: readonly Report[], owners: ReadonlyMap<string, string>): string {
  return `${['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", ...reports.flatMap((report) => suite(report, owners)), "</testsuites>"].join("\n")}\n`;
}
