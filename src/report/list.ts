import type { Cell, CellMark, Column, ReportHead, Verdict } from "../model/report.ts";
import { byName } from "./order.ts";
import { cell, duration, sentence, whole } from "./sections/cells.ts";
import { rootsOf } from "./verdict.ts";

export type SortBy = "verdict" | "name" | "age";

/** One object of a list: its report, and what a row shows besides. */
export interface Entry<R extends ReportHead = ReportHead> {
  readonly report: R;
  /** RFC 3339; undefined when the object does not say. */
  readonly created: string | undefined;
  readonly ready: number;
  readonly pods: number;
}

/** From what needs a person now to what does not. */
const WORST_FIRST: readonly Verdict[] = ["broken", "unknown", "degraded", "healthy"];

function age({ created }: Entry): number {
  const ms = created === undefined ? Number.NaN : Date.parse(created);
  return Number.isNaN(ms) ? Number.NEGATIVE_INFINITY : ms;
}

/** The rows in their order, healthy ones left out when asked. Ties by namespace and name: the order of the API never shows. */
export function arrange<R extends ReportHead>(
  entries: readonly Entry<R>[],
  sortBy: SortBy,
  onlyProblems: boolean,
): readonly Entry<R>[] {
  const place = ({ report }: Entry): number => WORST_FIRST.indexOf(report.verdict);
  const first = (a: Entry, b: Entry): number => {
    if (sortBy === "verdict") return place(a) - place(b);
    if (sortBy === "name" || age(a) === age(b)) return 0;
    return age(b) - age(a);
  };
  return entries
    .filter(({ report }) => !onlyProblems || report.verdict !== "healthy")
    .toSorted(
      (a, b) =>
        first(a, b) ||
        byName(a.report.target.namespace, b.report.target.namespace) ||
        byName(a.report.target.name, b.report.target.name),
    );
}

const MARKS: Readonly<Record<Verdict, CellMark | undefined>> = {
  broken: "bad",
  degraded: "warn",
  unknown: "warn",
  healthy: undefined,
};

const HEADS = { pod: "WORKLOAD", svc: "SERVICE", ingress: "INGRESS" } as const;

/** Why the verdict is what it is, in a line: the first root cause, or what could not be read. */
export function causeOf(report: ReportHead): string {
  if (report.verdict === "healthy") return "";
  const root = rootsOf(report.findings).find((finding) => finding.severity !== "info");
  const text = root?.summary ?? report.unread[0]?.reason ?? report.summary;
  return text.replace(/\s+/g, " ").trim();
}

/** The table of a list: one row for each object. `namespaces`: with the column that tells them apart. */
export function listTable(
  entries: readonly Entry[],
  namespaces: boolean,
): { readonly columns: readonly Column[]; readonly rows: readonly (readonly Cell[])[] } {
  const kind = entries[0]?.report.target.kind ?? "svc";
  const columns = [
    ...(namespaces ? [whole("NAMESPACE")] : []),
    whole(HEADS[kind]),
    whole("VERDICT"),
    whole("READY"),
    whole("AGE"),
    sentence("FIRST CAUSE"),
  ];
  const rows = entries.map(({ report, created, ready, pods }) => {
    const now = Date.parse(report.takenAt);
    return [
      ...(namespaces ? [cell(report.target.namespace)] : []),
      cell(report.target.name),
      cell(report.verdict, MARKS[report.verdict]),
      cell(pods === 0 ? "-" : `${ready}/${pods}`, ready < pods ? "warn" : undefined),
      cell(duration(created === undefined ? undefined : now - Date.parse(created))),
      cell(causeOf(report)),
    ];
  });
  return { columns, rows };
}

const NOUNS = {
  pod: ["workload", "workloads"],
  svc: ["Service", "Services"],
  ingress: ["Ingress", "Ingresses"],
} as const;

/** `12 Services: 2 broken, 1 degraded, 9 healthy`, of all that were judged. */
export function tally(entries: readonly Entry[]): string {
  const kind = entries[0]?.report.target.kind ?? "svc";
  const [one, many] = NOUNS[kind];
  const counts = WORST_FIRST.flatMap((verdict) => {
    const count = entries.filter(({ report }) => report.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  return `${entries.length} ${entries.length === 1 ? one : many}: ${counts.join(", ")}`;
}
