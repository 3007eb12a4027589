import type { Check, TargetKind } from "../model/check.ts";
import type { Severity } from "../model/finding.ts";
import type { CellMark } from "../model/report.ts";
import { gridLines } from "./grid.ts";
import { toJson } from "./json.ts";
import { styleOf, type TableOptions } from "./style.ts";

/** One finding that a check can give, as `netcheck checks` lists it. */
export interface CatalogueEntry {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly question: string;
  readonly check: string;
  readonly appliesTo: readonly TargetKind[];
  readonly essential: boolean;
  readonly reads: readonly string[];
  readonly docs: readonly string[];
}

/** All findings of `checks`, by id; with `target` only those that a command can give. */
export function catalogueOf(checks: readonly Check[], target?: TargetKind): readonly CatalogueEntry[] {
  const asked = checks.filter((check) => target === undefined || check.appliesTo.includes(target));
  return asked
    .flatMap((check) =>
      Object.entries(check.findings).map(
        ([id, meta]): CatalogueEntry => ({
          id,
          severity: meta.severity,
          title: meta.title,
          question: check.question,
          check: check.id,
          appliesTo: check.appliesTo,
          essential: check.essential,
          reads: [...check.needs, ...check.wants],
          docs: meta.docs,
        }),
      ),
    )
    .toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

const MARKS: Readonly<Record<Severity, CellMark>> = { error: "bad", warning: "warn", info: "dim" };

/** `netcheck checks` for a person. Text ending in a line end. */
export function renderCatalogue(entries: readonly CatalogueEntry[], options: TableOptions): string {
  const style = styleOf(options);
  const columns = [
    { title: "FINDING", shorten: "never" },
    { title: "SEVERITY", shorten: "never" },
    { title: "TITLE", shorten: "end" },
    { title: "COMMANDS", shorten: "never" },
    { title: "QUESTION", shorten: "end", wide: true },
    { title: "READS", shorten: "never", wide: true },
  ] as const;
  const rows = entries.map((entry) => [
    { text: entry.id },
    { text: entry.severity, mark: MARKS[entry.severity] },
    { text: entry.title },
    { text: entry.appliesTo.join(",") },
    { text: entry.question },
    { text: entry.reads.join(",") },
  ]);
  return `${gridLines({ columns, rows }, options, style).join("\n")}\n`;
}

/** `netcheck checks -o json`. */
export function renderCatalogueJson(entries: readonly CatalogueEntry[]): string {
  return toJson({ apiVersion: "netcheck/v1", kind: "CheckList", items: entries });
}
