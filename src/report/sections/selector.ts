import type { PartialObject, Pod, Service } from "../../model/kube.ts";
import { type NearMiss, nearMisses } from "../../model/near-misses.ts";
import { isReady, topOwner } from "../../model/pods.ts";
import type { Cell, CellMark } from "../../model/report.ts";
import { compareLabels, type LabelComparison, matchesPairs } from "../../model/selectors.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { byName } from "../order.ts";
import { cell, whole } from "./cells.ts";
import type { SectionInput, Table } from "./context.ts";
import { podStatus } from "./podstatus.ts";

/** Pods of other namespaces that are shown. */
const ELSEWHERE = 5;

/** Every known pod once: as a whole object where it was read, else by its labels. A list that is alone stays the very same (see nearMisses). */
function candidates({ snapshot, scope }: SectionInput): readonly (PartialObject | Pod)[] {
  const { podLabels, pods } = snapshot.collections;
  const lists: readonly (readonly (PartialObject | Pod)[])[] = [itemsOr(podLabels), itemsOr(pods), scope.pods];
  const [only, ...more] = lists.filter((list) => list.length > 0);
  if (only === undefined || more.length === 0) return only ?? [];
  return [...new Map(lists.flat().map((object) => [keyOf(object.metadata), object])).values()];
}

const keyOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;

function labelCell(pair: LabelComparison, mark: CellMark): Cell {
  const quoted = (value: string): string => (value === "" ? '""' : value);
  if (pair.match) return cell(quoted(pair.wanted));
  return pair.found === undefined
    ? cell("-- (missing)", mark)
    : cell(`${quoted(pair.found)} !=${quoted(pair.wanted)}`, mark);
}

/** What is known of a pod beyond its labels; `-` where only the labels were read. */
function stateCells(object: PartialObject | Pod | undefined): readonly Cell[] {
  if (object === undefined || !("spec" in object || "status" in object)) return [cell("-"), cell("-")];
  return [cell(podStatus(object)), cell(isReady(object) ? "yes" : "no")];
}

function matchRow(object: PartialObject | Pod, pairs: readonly LabelComparison[]): readonly Cell[] {
  const labels = pairs.map((pair) => labelCell(pair, "bad"));
  return [cell(object.metadata.name), cell("YES", "ok"), ...labels, ...stateCells(object), cell(topOwner(object))];
}

function missRow(
  miss: NearMiss,
  object: PartialObject | Pod | undefined,
  mark: CellMark,
  here: boolean,
): readonly Cell[] {
  const more = miss.alike > 0 ? ` (+${miss.alike} alike)` : "";
  const match = here ? cell(`${miss.matching}/${miss.pairs.length}`, mark) : cell("other namespace", "dim");
  const name = here ? cell(`${miss.name}${more}`) : cell(`${keyOf(miss)}${more}`, "dim");
  return [name, match, ...miss.pairs.map((pair) => labelCell(pair, mark)), ...stateCells(object), cell(miss.owner)];
}

/**
 * S2: the selector's pairs against each candidate pod. Matching pods first, then the nearest misses. When something matches, only pods
 * with a part of the selector are worth a line: a pod of another app is no near miss.
 */
export function selector(service: Service, input: SectionInput): Table & { readonly heading: string } {
  const wanted = service.spec?.selector ?? {};
  const pairs = Object.entries(wanted);
  const known = candidates(input);
  const selected = (object: PartialObject | Pod): boolean =>
    object.metadata.namespace === service.metadata.namespace && matchesPairs(pairs, object.metadata.labels ?? {});
  const matching = known.filter(selected).toSorted((a, b) => byName(a.metadata.name, b.metadata.name));
  const rest = matching.length === 0 ? known : known.filter((object) => !selected(object));
  const misses = nearMisses(service, rest);
  const none = matching.length === 0;
  const best = misses.best.filter((miss) => none || miss.matching > 0);
  const elsewhere = none ? misses.elsewhere.slice(0, ELSEWHERE) : [];
  const objectOf = (miss: NearMiss): PartialObject | Pod | undefined =>
    known.find(({ metadata }) => metadata.name === miss.name && metadata.namespace === miss.namespace);
  const mark: CellMark = none ? "bad" : "dim";
  const rows = [
    ...matching.map((object) => matchRow(object, compareLabels(wanted, object.metadata.labels ?? {}))),
    ...best.map((miss) => missRow(miss, objectOf(miss), mark, true)),
    ...elsewhere.map((miss) => missRow(miss, objectOf(miss), mark, false)),
  ];
  const notes = [
    ...(none && misses.others > 0
      ? [`and ${misses.others} more ${misses.others === 1 ? "pod" : "pods"} farther off`]
      : []),
    ...(none && rows.length === 0 ? [`no pod is known in namespace ${service.metadata.namespace}`] : []),
  ];
  const text = pairs.map(([key, value]) => `${key}=${value}`).join(",");
  return {
    heading: `SELECTOR  ${text} · ${matching.length} ${matching.length === 1 ? "pod matches" : "pods match"}`,
    columns: ["POD", "MATCH", ...pairs.map(([key]) => key), "STATUS", "READY", "OWNER"].map(whole),
    rows,
    notes,
  };
}
