import type { PartialObject, Pod, Service } from "../../model/kube.ts";
import { isReady, topOwner } from "../../model/pods.ts";
import type { Cell, CellMark } from "../../model/report.ts";
import { compareLabels, type LabelComparison } from "../../model/selectors.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { byName } from "../order.ts";
import { cell, whole } from "./cells.ts";
import type { SectionInput, Table } from "./context.ts";
import { podStatus } from "./podstatus.ts";

/** Nearest misses shown below the matching pods. */
const NEAREST = 5;

interface Candidate {
  readonly name: string;
  readonly namespace: string;
  /** Undefined when only names and labels are known (another namespace, a metadata-only list). */
  readonly pod: Pod | undefined;
  readonly pairs: readonly LabelComparison[];
  readonly matching: number;
  /** Pairs that differ only in case, or by a typing error or two. */
  readonly close: number;
}

/** Number of single-character edits between two words, for telling a typo from another app. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function isClose(pair: LabelComparison): boolean {
  if (pair.match || pair.found === undefined) return false;
  const [wanted, found] = [pair.wanted.toLowerCase(), pair.found.toLowerCase()];
  return wanted === found || (wanted.length > 3 && distance(wanted, found) <= 2);
}

function candidate(
  selector: Readonly<Record<string, string | undefined>>,
  object: PartialObject,
  pod?: Pod,
): Candidate {
  const pairs = compareLabels(selector, object.metadata.labels ?? {});
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace,
    pod,
    pairs,
    matching: pairs.filter(({ match }) => match).length,
    close: pairs.filter(isClose).length,
  };
}

/** Every known pod once: as a whole object where it was read, else by its labels. */
function candidates(service: Service, { snapshot, scope }: SectionInput): readonly Candidate[] {
  const wanted = service.spec?.selector ?? {};
  const known = new Map<string, Candidate>();
  for (const pod of [...scope.pods, ...itemsOr(snapshot.collections.pods)])
    known.set(`${pod.metadata.namespace}/${pod.metadata.name}`, candidate(wanted, pod, pod));
  for (const object of itemsOr(snapshot.collections.podLabels)) {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    if (!known.has(key)) known.set(key, candidate(wanted, object));
  }
  return [...known.values()].toSorted(
    (a, b) =>
      b.matching - a.matching || b.close - a.close || byName(a.namespace, b.namespace) || byName(a.name, b.name),
  );
}

function labelCell(pair: LabelComparison, mark: CellMark): Cell {
  if (pair.match) return cell(pair.found);
  if (pair.found === undefined) return cell("-- (missing)", mark);
  return cell(`${pair.found === "" ? '""' : pair.found} !=${pair.wanted === "" ? '""' : pair.wanted}`, mark);
}

function rowOf(one: Candidate, service: Service, mark: CellMark): readonly Cell[] {
  const full = one.matching === one.pairs.length;
  const here = one.namespace === service.metadata.namespace;
  const { pod } = one;
  return [
    here ? cell(one.name) : cell(`${one.namespace}/${one.name} (other namespace)`, "dim"),
    full && here
      ? cell("YES", "ok")
      : cell(full ? "YES, elsewhere" : `${one.matching}/${one.pairs.length}`, here ? mark : "dim"),
    ...one.pairs.map((pair) => labelCell(pair, mark)),
    cell(pod === undefined ? "-" : podStatus(pod)),
    cell(
      pod === undefined ? "-" : isReady(pod) ? "yes" : "no",
      pod !== undefined && !isReady(pod) ? "warn" : undefined,
    ),
    cell(pod === undefined ? "-" : topOwner(pod)),
  ];
}

/**
 * S2: the selector's pairs against each candidate pod. Matching pods first, then the nearest misses. When something matches, only pods
 * with a part of the selector are worth a line: a pod of another app is no near miss.
 */
export function selector(service: Service, input: SectionInput): Table & { readonly heading: string } {
  const wanted = Object.entries(service.spec?.selector ?? {});
  const all = candidates(service, input);
  const here = all.filter(({ namespace }) => namespace === service.metadata.namespace);
  const matching = here.filter((one) => one.matching === wanted.length);
  const missing = here.filter((one) => one.matching < wanted.length);
  const near = missing.filter((one) => matching.length === 0 || one.matching > 0);
  const elsewhere =
    matching.length > 0 ? [] : all.filter((one) => !here.includes(one) && one.matching === wanted.length);
  const mark: CellMark = matching.length === 0 ? "bad" : "dim";
  const shown = [...matching, ...near.slice(0, NEAREST), ...elsewhere.slice(0, NEAREST)];
  const left = near.length - Math.min(near.length, NEAREST);
  const notes = [
    ...(left > 0 ? [`and ${left} more ${left === 1 ? "pod that matches" : "pods that match"} less or as little`] : []),
    ...(matching.length === 0 && here.length === 0
      ? [`no pod is known in namespace ${service.metadata.namespace}`]
      : []),
  ];
  const pairs = wanted.map(([key, value]) => `${key}=${value}`).join(",");
  return {
    heading: `SELECTOR  ${pairs} · ${matching.length} ${matching.length === 1 ? "pod matches" : "pods match"}`,
    columns: ["POD", "MATCH", ...wanted.map(([key]) => key), "STATUS", "READY", "OWNER"].map(whole),
    rows: shown.map((one) => rowOf(one, service, mark)),
    notes,
  };
}
