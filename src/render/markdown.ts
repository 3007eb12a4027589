import type { Finding } from "../model/finding.ts";
import type { Report } from "../model/report.ts";
import { lines, oneLine } from "./sanitise.ts";

/** Text in a Markdown line: nothing of it is markup, a link, a mention or HTML. */
function plain(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]()#+!|<>~@&]/g, (char) =>
    char === "<" ? "&lt;" : char === ">" ? "&gt;" : char === "&" ? "&amp;" : `\\${char}`,
  );
}

/** Text in backticks; a run of more backticks than it holds itself encloses it. */
function code(text: string): string {
  const said = oneLine(text);
  const longest = Math.max(0, ...[...said.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  const pad = said.startsWith("`") || said.endsWith("`") || said === "" ? " " : "";
  return `${fence}${pad}${said}${pad}${fence}`;
}

/** A block of code; the fence is longer than any in the text. */
function block(texts: readonly string[], language = ""): readonly string[] {
  const all = texts.flatMap(lines);
  const longest = Math.max(2, ...all.flatMap((line) => [...line.matchAll(/`+/g)].map((match) => match[0].length)));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, ...all, fence];
}

function findingBlock(finding: Finding): readonly string[] {
  const { kind, namespace, name, path } = finding.object;
  const place = `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}${path === undefined ? "" : ` ${path}`}`;
  const doubt = finding.confidence === "certain" ? "" : `, ${finding.confidence}`;
  const follows = finding.consequenceOf === null ? "" : `, follows from ${code(finding.consequenceOf)}`;
  return [
    `### ${finding.severity}: ${plain(finding.summary)}`,
    "",
    `${code(finding.id)}${doubt} at ${code(place)}${follows}`,
    "",
    ...block(finding.evidence.flatMap(({ k, v }) => (v.includes("\n") ? [`${k}:`, v] : [`${k}: ${v}`]))),
    ...(finding.remedy.length === 0 ? [] : ["", "Do this:", "", ...block(finding.remedy, "sh")]),
    ...(finding.docs.length === 0 ? [] : ["", ...finding.docs.map((url) => `- <${url}>`)]),
    "",
  ];
}

const MARKS = { ok: "", warning: " (!)", broken: " ✗", unknown: " (?)", "not-checked": "" } as const;

function reportBlock(report: Report): readonly string[] {
  const { findings, unread, path } = report;
  const serious = findings.filter(({ severity }) => severity !== "info");
  const notes = findings.filter(({ severity }) => severity === "info");
  return [
    `## ${report.verdict.toUpperCase()}: ${plain(report.summary)}`,
    "",
    `${report.takenAt}, ${report.source.kind} ${code(report.source.from)}`,
    "",
    code(path.map(({ label, status }) => `${oneLine(label)}${MARKS[status]}`).join(" → ")),
    "",
    ...serious.flatMap(findingBlock),
    ...(notes.length === 0
      ? []
      : ["### Notes", "", ...notes.map((note) => `- ${plain(note.summary)} ${code(note.id)}`), ""]),
    ...(unread.length === 0
      ? []
      : [
          "### Not read",
          "",
          ...unread.flatMap(({ what, reason, checks, remedy }) => [
            `- ${plain(what)}: ${plain(reason)} (${checks.map(code).join(", ")})`,
            `  ${code(remedy)}`,
          ]),
          "",
        ]),
  ];
}

/** `-o markdown`: what one pastes into a ticket. Text ending in a line end. */
export function renderMarkdown(reports: readonly Report[]): string {
  if (reports.length === 0) return "Nothing was judged.\n";
  const overview =
    reports.length === 1
      ? []
      : [
          "| target | verdict | cause |",
          "| --- | --- | --- |",
          ...reports.map(
            ({ target, verdict, summary }) =>
              `| ${plain(`${target.kind} ${target.namespace}/${target.name}`)} | ${verdict} | ${verdict === "healthy" ? "" : plain(summary)} |`,
          ),
          "",
        ];
  const told = reports.length === 1 ? reports : reports.filter(({ verdict }) => verdict !== "healthy");
  return `${[...overview, ...told.flatMap(reportBlock)].join("\n").trimEnd()}\n`;
}
