import type { Check } from "../model/check.ts";
import type { FindingMeta } from "../model/finding.ts";
import { type Style, styleOf, type TableOptions } from "./style.ts";
import { wrap } from "./width.ts";

interface Entry {
  readonly id: string;
  readonly meta: FindingMeta;
  readonly check: Check;
}

function entriesOf(checks: readonly Check[]): readonly Entry[] {
  return checks.flatMap((check) => Object.entries(check.findings).map(([id, meta]) => ({ id, meta, check })));
}

/** The findings that `id` names: one id, the last part of one (`not-ready`), or all findings of a check. */
function matching(checks: readonly Check[], id: string): readonly Entry[] {
  const wanted = id.trim().toLowerCase();
  const entries = entriesOf(checks);
  const exact = entries.filter((entry) => entry.id === wanted);
  if (exact.length > 0) return exact;
  const ofCheck = entries.filter((entry) => entry.check.id === wanted);
  return ofCheck.length > 0 ? ofCheck : entries.filter((entry) => entry.id.split("/")[1] === wanted);
}

/**
 * What a finding means, when it is no fault, how to read more: for `netcheck explain ID`. `id` may lack its layer, or name a check.
 * Undefined when no finding is called so: `nearIds` then has what was perhaps meant.
 */
export function renderExplain(
  checks: readonly Check[],
  id: string,
  options: Omit<TableOptions, "wide">,
): string | undefined {
  const style = styleOf(options);
  const entries = matching(checks, id);
  if (entries.length === 0) return undefined;
  return `${entries.map((entry) => entryLines(entry, options.columns, style).join("\n")).join("\n\n")}\n`;
}

function entryLines({ id, meta, check }: Entry, columns: number, style: Style): readonly string[] {
  const room = Math.min(columns, 100) - 2;
  const prose = (text: string): readonly string[] => text.split("\n").flatMap((line) => wrap(style.say(line), room));
  const fact = (name: string, value: string): readonly string[] =>
    wrap(style.say(value), room - 13).map(
      (line, i) => `  ${style.paint((i === 0 ? name : "").padEnd(12), "dim")} ${line}`,
    );
  const tone = meta.severity === "error" ? "bad" : meta.severity === "warning" ? "warn" : "info";
  return [
    `${style.paint(id, "bold")}  ${style.paint(meta.severity, tone)}`,
    ...wrap(style.say(meta.title), room).map((line) => `  ${style.paint(line, "bold")}`),
    "",
    ...prose(meta.explain).map((line) => `  ${line}`),
    "",
    ...fact("question", check.question),
    ...fact("asked by", `${check.appliesTo.join(", ")}${check.essential ? " (without the answer: unknown)" : ""}`),
    ...fact("reads", [...check.needs, ...check.wants].join(", ") || "nothing more"),
    ...(meta.yieldsTo === undefined || meta.yieldsTo.length === 0 ? [] : fact("yields to", meta.yieldsTo.join(", "))),
    ...meta.docs.map((url, i) => `  ${style.paint((i === 0 ? "docs" : "").padEnd(12), "dim")} ${style.say(url)}`),
  ];
}

/** Number of pieces of two letters that two words share, of all their pieces (Dice): 1 for the same word. */
function likeness(a: string, b: string): number {
  const pairs = (word: string): string[] =>
    Array.from({ length: Math.max(0, word.length - 1) }, (_, i) => word.slice(i, i + 2));
  const [left, right] = [pairs(a), pairs(b)];
  if (left.length + right.length === 0) return 0;
  const rest = [...right];
  const shared = left.filter((pair) => {
    const at = rest.indexOf(pair);
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
  return (2 * shared.length) / (left.length + right.length);
}

/** Up to five finding ids that look like `id`, best first. */
export function nearIds(checks: readonly Check[], id: string): readonly string[] {
  const wanted = id.trim().toLowerCase();
  const slug = wanted.split("/").at(-1) ?? wanted;
  const scored = [...new Set(entriesOf(checks).map((entry) => entry.id))].map((known) => {
    const other = known.split("/")[1] ?? known;
    const part = slug.length > 2 && other.includes(slug) ? 0.5 : 0;
    return { known, score: Math.max(likeness(wanted, known), likeness(slug, other)) + part };
  });
  return scored
    .filter(({ score }) => score >= 0.4)
    .toSorted((a, b) => b.score - a.score || (a.known < b.known ? -1 : 1))
    .slice(0, 5)
    .map(({ known }) => known);
}
