import type { Cell, Report, Section } from "../model/report.ts";
import { findingLines } from "./findings.ts";
import { gridLines } from "./grid.ts";
import { headline } from "./headline.ts";
import { resultLines } from "./result.ts";
import { type Style, styleOf, type TableOptions, type Tone } from "./style.ts";
import { wrap } from "./width.ts";

export type { TableOptions } from "./style.ts";

/** Rows without a problem that are printed outside of `-o wide`; rows with one always are. */
const ROWS = 12;

const STATUS_TONES: Readonly<Record<Section["status"], Tone>> = {
  OK: "ok",
  WARN: "warn",
  FAIL: "bad",
  SKIP: "dim",
  "?": "info",
};

/**
 * The answer for a person: verdict and drawn path, root causes with evidence and commands, the tables of the steps, and the summary. Text,
 * ending in a line end; holds no control character but line ends and, when asked, our own colours.
 */
export function renderTable(report: Report, options: TableOptions): string {
  const style = styleOf(options);
  const tables = report.sections.flatMap((section) => ["", ...sectionLines(section, options, style)]);
  const all = [
    ...headline(report, options, style),
    ...originLines(report, options, style),
    ...findingLines(report.findings, options, style),
    ...tables,
    "",
    ...resultLines(report, options, style),
  ];
  return `${all.join("\n")}\n`;
}

/** Which cluster, or which dump and how old: on call one looks at the wrong one more often than one thinks. */
function originLines(report: Report, options: TableOptions, style: Style): readonly string[] {
  const { kind, namespace, name } = report.target;
  const from = report.source.kind === "dump" ? `dump ${report.source.from} of` : `${report.source.from} at`;
  const named = name === "" ? kind : `${kind} ${name}`;
  const place = namespace === "" ? "" : ` in namespace ${namespace}`;
  const text = style.say(`${named}${place} · ${from} ${report.takenAt}`);
  return wrap(text, options.columns).map((line) => style.paint(line, "dim"));
}

function sectionLines(section: Section, options: TableOptions, style: Style): readonly string[] {
  const { rows, hidden } = limit(section.rows, options);
  const status = section.status.padEnd(4);
  const [first, ...rest] = wrap(style.say(`${section.step}  ${section.title}`), options.columns - 6);
  const note =
    hidden === 0 ? [] : [`and ${hidden} more ${hidden === 1 ? "row" : "rows"} without a problem (-o wide shows all)`];
  return [
    `${style.paint(status, STATUS_TONES[section.status], "bold")}  ${style.paint(first ?? "", "bold")}`,
    ...rest.map((line) => `      ${style.paint(line, "bold")}`),
    ...gridLines({ columns: section.columns, rows }, options, style),
    ...[...section.notes, ...note].flatMap((text) =>
      wrap(style.say(text), options.columns - 2).map((line) => `  ${style.paint(line, "dim")}`),
    ),
  ];
}

/** Rows keep their order; only rows without a problem are left out, the last ones first. */
function limit(
  rows: Section["rows"],
  options: TableOptions,
): { readonly rows: Section["rows"]; readonly hidden: number } {
  if (options.wide) return { rows, hidden: 0 };
  const troubled = (row: readonly Cell[]): boolean => row.some(({ mark }) => mark === "bad" || mark === "warn");
  const quiet = rows.filter((row) => !troubled(row));
  const shown = new Set(quiet.slice(0, ROWS));
  return { rows: rows.filter((row) => troubled(row) || shown.has(row)), hidden: quiet.length - shown.size };
}
