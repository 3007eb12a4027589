import type { Evidence, Finding, Severity } from "../model/finding.ts";
import { type Folded, fold, namesOf } from "./fold.ts";
import { lines } from "./sanitise.ts";
import type { Style, TableOptions, Tone } from "./style.ts";
import { width, wrap } from "./width.ts";

export const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = { error: "bad", warning: "warn", info: "info" };

/** Lines of one piece of evidence (a log excerpt) outside of `-o wide`: the last ones, where the error is. */
const EVIDENCE_LINES = 12;
/** Blocks of one id, printed in full; more of them are one line each. */
const FULL_BLOCKS = 3;
/** Notes (info) outside of `-o wide`. */
const NOTES = 6;
/** A longer name of a fact stands on a line of its own; so much of the terminal's width is for names. */
const KEY_SHARE = 1 / 3;

/** All findings: errors and warnings as blocks with evidence and commands, then the notes as single lines. */
export function findingLines(findings: readonly Finding[], options: TableOptions, style: Style): readonly string[] {
  const blocks = fold(findings);
  const heavy = blocks.filter((block) => block.findings[0].severity !== "info");
  const notes = blocks.filter((block) => block.findings[0].severity === "info");
  const seen = new Map<string, number>();
  const body = heavy.flatMap((block) => {
    const { id } = block.findings[0];
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    const full = options.wide || count <= FULL_BLOCKS;
    return ["", ...(full ? blockLines(block, options, style) : headLines(block, options, style))];
  });
  const shown = options.wide ? notes : notes.slice(0, NOTES);
  const left = notes.length - shown.length;
  const more = left > 0 ? [style.paint(`  and ${left} more notes (-o wide shows all)`, "dim")] : [];
  const noted = shown.flatMap((block) => noteLines(block, options, style));
  return [...body, ...(noted.length > 0 ? ["", ...noted, ...more] : [])];
}

function glyphOf(severity: Severity, style: Style): string {
  return style.glyphs[severity];
}

/** Wraps plain text; the first line after `lead`, the others indented as deep. */
function hanging(lead: string, leadColumns: number, text: string, options: TableOptions, paint: (t: string) => string) {
  const pieces = wrap(text, options.columns - leadColumns);
  return pieces.map((piece, i) => `${i === 0 ? lead : " ".repeat(leadColumns)}${paint(piece)}`);
}

function headLines({ findings }: Folded, options: TableOptions, style: Style): readonly string[] {
  const [first] = findings;
  const tone = SEVERITY_TONES[first.severity];
  const lead = `${style.paint(glyphOf(first.severity, style), tone, "bold")} `;
  const summary = hanging(lead, 2, style.say(first.summary), options, (text) => style.paint(text, "bold"));
  const { kind, namespace, name, path } = first.object;
  const place = namespace === "" ? name : `${namespace}/${name}`;
  const where =
    findings.length > 1
      ? `${new Set(findings.map((one) => one.object.name)).size} ${kind}s of ${namespace}: ${namesOf(findings, options.wide ? 1000 : 8)}`
      : `${kind} ${place}${path === undefined ? "" : ` ${path}`}`;
  const doubt = first.confidence === "certain" ? "" : ` (${first.confidence})`;
  const word = first.severity === "error" ? "" : `${first.severity} `;
  const id = `${word}${first.id}${doubt}`;
  const origin = hanging("  ", 2, `${style.say(id)}  ${style.say(where)}`, options, (text) => style.paint(text, "dim"));
  return [...summary, ...origin];
}

function blockLines(block: Folded, options: TableOptions, style: Style): readonly string[] {
  const [first] = block.findings;
  const docs = options.wide ? first.docs.map((url) => `  ${style.paint("docs", "dim")}  ${style.say(url)}`) : [];
  return [
    ...headLines(block, options, style),
    ...evidenceLines(first.evidence, options, style),
    ...remedyLines(first.remedy, style),
    ...docs,
    ...block.follow.flatMap((folded) => consequenceLines(folded, options, style)),
  ];
}

function evidenceLines(evidence: readonly Evidence[], options: TableOptions, style: Style): readonly string[] {
  const most = Math.floor(options.columns * KEY_SHARE);
  const columns = Math.max(0, ...evidence.map(({ k }) => width(style.say(k))).filter((key) => key <= most));
  const deep = 4 + columns + 2;
  return evidence.flatMap(({ k, v }) => {
    const key = style.say(k);
    const all = lines(v).map(style.say);
    const kept = options.wide ? all : all.slice(-EVIDENCE_LINES);
    const missing = all.length - kept.length;
    const shown = missing > 0 ? [`${style.glyphs.ellipsis} ${missing} lines before (-o wide)`, ...kept] : kept;
    const narrow = options.columns < 60 || width(key) > columns;
    const indent = narrow ? 6 : deep;
    const values = shown.flatMap((line) => hanging(" ".repeat(indent), indent, line, options, (text) => text));
    const lead = `    ${style.paint(key, "dim")}`;
    if (narrow) return [lead, ...values];
    const [head, ...rest] = values;
    return [`${lead}${" ".repeat(columns - width(key) + 2)}${(head ?? "").slice(indent)}`.trimEnd(), ...rest];
  });
}

/** Commands are never broken or cut: a line that cannot be pasted is no help. Comments among them are prose. */
function remedyLines(remedy: readonly string[], style: Style): readonly string[] {
  if (remedy.length === 0) return [];
  return [
    `  ${style.paint("do this:", "bold")}`,
    ...remedy.flatMap(lines).map((line) => {
      const said = style.say(line);
      return `    ${said.startsWith("#") ? style.paint(said, "dim") : style.paint(said, "info")}`;
    }),
  ];
}

function consequenceLines({ findings }: Folded, options: TableOptions, style: Style): readonly string[] {
  const [first] = findings;
  const glyph = style.glyphs.under;
  const lead = `  ${style.paint(glyph, "dim")} `;
  const others = findings.length > 1 ? ` (${findings.length}: ${namesOf(findings, 8)})` : "";
  return hanging(lead, 3 + width(glyph), `${style.say(`${first.summary}${others}`)}  ${first.id}`, options, (text) =>
    style.paint(text, "dim"),
  );
}

function noteLines({ findings }: Folded, options: TableOptions, style: Style): readonly string[] {
  const [first] = findings;
  const lead = `${style.paint(glyphOf("info", style), "info")} `;
  const others = findings.length > 1 ? ` (${findings.length}: ${namesOf(findings, 4)})` : "";
  return hanging(lead, 2, `${style.say(`${first.summary}${others}`)}  ${first.id}`, options, (text) => text);
}
