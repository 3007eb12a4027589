import type {
  ClauseRow,
  DirectionReport,
  FlowAnswer,
  Match,
  PolicyRow,
  RuleRow,
  Verdict,
} from "../model/flow-report.ts";
import type { Cell, CellMark, Column } from "../model/report.ts";
import { gridLines } from "./grid.ts";
import { lines } from "./sanitise.ts";
import { type Style, styleOf, type TableOptions, type Tone } from "./style.ts";
import { wrap } from "./width.ts";

const TONES: Readonly<Record<Verdict, Tone>> = { allow: "ok", deny: "bad", unknown: "info" };
const STATUS: Readonly<Record<Verdict, string>> = { allow: "OK", deny: "FAIL", unknown: "?" };
const MARKS: Readonly<Record<Match, CellMark>> = { yes: "ok", no: "bad", maybe: "warn" };

const COLUMNS: readonly Column[] = [
  { title: "POLICY", shorten: "never" },
  { title: "RULE", shorten: "never" },
  { title: "CLAUSE", shorten: "never" },
  { title: "ASKS FOR", shorten: "middle" },
  { title: "HOLDS", shorten: "never" },
  { title: "WHY NOT", shorten: "middle" },
];

/** Other pairs of pods and ports outside of `-o wide`. */
const OTHERS = 6;

/**
 * One flow for a person: the verdict, each direction with the policies that select its pod and every clause of their rules, the nearest rule, and
 * the smallest rule to add, which can be pasted. Text ending in a line end.
 */
export function renderFlow(answer: FlowAnswer, options: TableOptions): string {
  const style = styleOf(options);
  const { from, to, port, protocol, verdict } = answer;
  const word = style.paint(verdict.toUpperCase(), TONES[verdict], "bold");
  const family = answer.families.find((each) => each.verdict === verdict);
  const directions = family === undefined ? [] : [family.egress, family.ingress];
  const head = style.say(`${from} → ${to} on ${port}/${protocol}`);
  const all = [
    `${word}  ${style.paint(head, "bold")}`,
    ...paragraph(`${answer.reason}.`, "", options, style),
    ...paragraph(facts(answer, family?.family), "", options, style, "dim"),
    ...directions.flatMap((direction) => ["", ...directionLines(direction, options, style)]),
    ...othersLines(answer, options, style),
    ...suggestionLines(answer, options, style),
    "",
    `${style.paint("RESULT", TONES[verdict], "bold")}  ${style.paint(verdict, "bold")}${confidence(answer)}`,
    ...answer.unread
      .filter((detail) => !answer.reason.includes(detail))
      .flatMap((detail) => paragraph(`not read: ${detail}`, "        ", options, style, "dim")),
  ];
  return `${all.join("\n")}\n`;
}

function paragraph(text: string, indent: string, options: TableOptions, style: Style, tone: Tone = "plain") {
  return wrap(style.say(text), options.columns - indent.length).map((line) => indent + style.paint(line, tone));
}

function facts({ engine, engineEvidence, source, notEvaluated, onPaper, verdict }: FlowAnswer, family = "") {
  const known = engine === "unknown" ? "engine not known" : engine === "none" ? "no engine" : `engine ${engine}`;
  return [
    `${known} (${engineEvidence})`,
    ...(family === "" || family === "any" ? [] : [family]),
    ...(onPaper === verdict ? [] : [`the policies alone say ${onPaper}`]),
    ...(notEvaluated.length === 0 ? [] : [`not evaluated: ${notEvaluated.slice(0, 5).join(", ")}`]),
    source,
  ].join(" · ");
}

function confidence({ confidence: sure, verdict }: FlowAnswer): string {
  return sure === "certain" || verdict === "unknown" ? "" : ` (${sure})`;
}

function directionLines(report: DirectionReport, options: TableOptions, style: Style): readonly string[] {
  const { direction, verdict, policies, nearMiss, reason } = report;
  const status = style.paint(STATUS[verdict].padEnd(4), TONES[verdict], "bold");
  const [first = "", ...rest] = wrap(style.say(`${direction.toUpperCase()}  ${reason}`), options.columns - 6);
  const near =
    nearMiss === null
      ? []
      : [`nearest: ${nearMiss.policy} ${direction}[${nearMiss.rule}] lacks ${nearMiss.missing.join("; ")}`];
  return [
    `${status}  ${style.paint(first, "bold")}`,
    ...rest.map((line) => `      ${style.paint(line, "bold")}`),
    ...gridLines(
      { columns: COLUMNS, rows: policies.flatMap((row) => policyRows(row, report, options)) },
      options,
      style,
    ),
    ...near.flatMap((text) => paragraph(text, "  ", options, style, "dim")),
  ];
}

function policyRows(row: PolicyRow, report: DirectionReport, options: TableOptions): readonly (readonly Cell[])[] {
  const name = row.kind === "NetworkPolicy" ? row.policy : `${row.kind} ${row.policy}`;
  if (row.rules.length > 0) return row.rules.flatMap((rule) => ruleRows(name, rule, report, options));
  return [cells(name, "-", "-", `no ${report.direction} rule: allows nothing`, { text: "-" }, "")];
}

function ruleRows(name: string, rule: RuleRow, { direction }: DirectionReport, options: TableOptions) {
  const action = rule.action === "Accept" ? "" : ` ${rule.action}`;
  const place = `${direction}[${rule.rule}]${action}`;
  if (rule.clauses.length === 0)
    return [cells(name, place, "-", "nothing: matches all", holds(rule.match, options), "")];
  return rule.clauses.map((clause: ClauseRow) =>
    cells(name, place, clause.path, clause.text, holds(clause.match, options), clause.why.join("; ")),
  );
}

function cells(policy: string, rule: string, clause: string, asks: string, holding: Cell, why: string) {
  return [{ text: policy }, { text: rule }, { text: clause }, { text: asks }, holding, { text: why }];
}

function holds(match: Match, { unicode }: TableOptions): Cell {
  const glyphs = unicode ? { yes: "✓", no: "✗", maybe: "?" } : { yes: "yes", no: "no", maybe: "?" };
  return { text: glyphs[match], mark: MARKS[match] };
}

function othersLines({ others }: FlowAnswer, options: TableOptions, style: Style): readonly string[] {
  if (others.length === 0) return [];
  const shown = options.wide ? others : others.slice(0, OTHERS);
  const left = others.length - shown.length;
  return [
    "",
    style.paint("The ends stand for more than one pod or port; so the others:", "bold"),
    ...shown.flatMap(({ verdict, from, to, port, protocol }) =>
      paragraph(`${verdict.padEnd(7)} ${from} → ${to} on ${port}/${protocol}`, "  ", options, style),
    ),
    ...(left > 0 ? [style.paint(`  and ${left} more (-o wide shows all)`, "dim")] : []),
  ];
}

/** Commands stand at the left margin and are never broken: an indented here-document does not end. */
function suggestionLines({ suggestions }: FlowAnswer, options: TableOptions, style: Style): readonly string[] {
  return suggestions.flatMap(({ direction, yaml, manifest, note }) => {
    const title = `The smallest rule to add for ${direction} (${note}):`;
    const head = ["", ...wrap(style.say(title), options.columns).map((line) => style.paint(line, "bold"))];
    if (yaml === undefined) return head;
    const body = lines(yaml).map((line) => style.paint(style.say(line), "info"));
    if (manifest === undefined) return [...head, ...body];
    return [...head, style.paint("kubectl apply -f - <<'EOF'", "info"), ...body, style.paint("EOF", "info")];
  });
}
