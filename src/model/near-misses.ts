/** What resembles the pods that a Service should select: for the hint under a selector that matches nothing. */
import type { PartialObject, Service } from "./kube.ts";
import { isWithinEdits } from "./nearest.ts";
import { topOwner } from "./pods.ts";
import { compareLabels, type LabelComparison, matchesPairs } from "./selectors.ts";

/** One pair of a selector against a pod, with the place where the wanted value seems to hide. */
export interface NearPair extends LabelComparison {
  /** The label of the pod that holds the wanted value under another key (`app.kubernetes.io/name` for `app`), if one does. */
  readonly elsewhere: string | undefined;
}

/** A pod that a selector misses, and how closely. */
export interface NearMiss {
  readonly namespace: string;
  /** The pod's name; of several pods of one owner that compare alike, the first by name. */
  readonly name: string;
  /** `Deployment/web`, or "" for a bare pod. */
  readonly owner: string;
  /** How many further pods of the same owner compare in the same way. */
  readonly alike: number;
  readonly pairs: readonly NearPair[];
  readonly matching: number;
  /** Whether a differing pair looks like a slip: nearly the same value, other case, or the value under another key. */
  readonly close: boolean;
}

/** What resembles the pods that a Service should select. */
export interface NearMisses {
  /** The best five of the Service's namespace: most matching pairs first, then the most similar values, then by name. */
  readonly best: readonly NearMiss[];
  /** Pods of the namespace that are not shown and not counted in an `alike`. */
  readonly others: number;
  /** Pods of other namespaces with every pair: a Service never selects across namespaces. */
  readonly elsewhere: readonly NearMiss[];
}

/** 1 equal, 0 nothing alike. Values in between only order the table. */
function similarity(pair: NearPair): number {
  if (pair.match) return 1;
  if (pair.found === undefined) return pair.elsewhere === undefined ? 0 : 0.7;
  const [wanted, found] = [pair.wanted.toLowerCase(), pair.found.toLowerCase()];
  if (wanted === found) return 0.9;
  const allowed = Math.min(2, Math.floor(Math.max(wanted.length, found.length) / 3));
  if (isWithinEdits(wanted, found, allowed)) return 0.8;
  if (pair.elsewhere !== undefined) return 0.7;
  if (wanted !== "" && found !== "" && (found.startsWith(wanted) || wanted.startsWith(found))) return 0.6;
  return 0.1;
}

/** The label that holds the wanted value under another key, the first by name. */
function elsewhereIn(
  labels: { readonly [key: string]: string | undefined },
  pair: LabelComparison,
): string | undefined {
  if (pair.match || pair.wanted === "") return undefined;
  const keys = Object.keys(labels).filter((key) => key !== pair.key && labels[key] === pair.wanted);
  return keys.length < 2 ? keys[0] : keys.toSorted()[0];
}

function pairsOf(
  selector: { readonly [key: string]: string | undefined },
  labels: { readonly [key: string]: string | undefined },
): readonly NearPair[] {
  return compareLabels(selector, labels).map((pair): NearPair => ({ ...pair, elsewhere: elsewhereIn(labels, pair) }));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Pods of one owner, or one bare pod, among those that carry the same labels. */
interface Group {
  readonly owner: string;
  /** The first of their names. */
  name: string;
  count: number;
}

/** The pods of a namespace that carry the same labels: a selector is compared once with all of them. */
interface Alike {
  readonly namespace: string;
  readonly labels: { readonly [key: string]: string | undefined };
  /** By owner, a bare pod by its name. */
  readonly groups: Map<string, Group>;
}

/** By list, which never changes: a hundred selectors that match nothing look through the same pods. */
const known = new WeakMap<readonly PartialObject[], readonly Alike[]>();

/** Ten thousand pods carry few sets of labels; every selector is then compared with those. */
function alikeOf(pods: readonly PartialObject[]): readonly Alike[] {
  const before = known.get(pods);
  if (before !== undefined) return before;
  const made = new Map<string, Alike>();
  for (const pod of pods) {
    const { namespace, name, labels = {} } = pod.metadata;
    const key = `${namespace} ${JSON.stringify(labels)}`;
    const alike = made.get(key) ?? { namespace, labels, groups: new Map<string, Group>() };
    made.set(key, alike);
    const owner = topOwner(pod);
    const group = alike.groups.get(owner || `/${name}`);
    if (group === undefined) alike.groups.set(owner || `/${name}`, { owner, name, count: 1 });
    else {
      group.count += 1;
      if (name < group.name) group.name = name;
    }
  }
  const all = [...made.values()];
  known.set(pods, all);
  return all;
}

/** Pods with the same labels, compared with a selector. */
interface Compared {
  readonly alike: Alike;
  readonly pairs: readonly NearPair[];
  readonly matching: number;
  /** How similar the values are, all pairs together. */
  readonly score: number;
}

function compared(selector: { readonly [key: string]: string | undefined }, alike: Alike): Compared {
  const pairs = pairsOf(selector, alike.labels);
  return {
    alike,
    pairs,
    matching: pairs.filter((pair) => pair.match).length,
    score: pairs.reduce((sum, pair) => sum + similarity(pair), 0),
  };
}

/** Most matching pairs first, then the most similar values. */
function byCloseness(a: Compared, b: Compared): number {
  return b.matching - a.matching || b.score - a.score;
}

/** Groups of one owner that compare alike become one row, named by the first of them. Rows by closeness, then by name. */
function merged(candidates: readonly Compared[]): readonly NearMiss[] {
  const rows = new Map<string, { name: string; alike: number; owner: string; readonly from: Compared }>();
  for (const from of candidates) {
    const { namespace, groups } = from.alike;
    const cells = from.pairs.map(
      (pair) => `${pair.found === undefined ? "" : `=${pair.found}`} ${pair.elsewhere ?? ""}`,
    );
    for (const [member, { name, owner, count }] of groups) {
      const key = [namespace, member, ...cells].join("\n");
      const row = rows.get(key);
      if (row === undefined) rows.set(key, { name, alike: count - 1, owner, from });
      else {
        row.alike += count;
        if (name < row.name) row.name = name;
      }
    }
  }
  return [...rows.values()]
    .toSorted((a, b) => byCloseness(a.from, b.from) || compareText(a.name, b.name))
    .map(({ name, alike, owner, from: { alike: pods, pairs, matching } }) => ({
      namespace: pods.namespace,
      name,
      owner,
      alike,
      pairs,
      matching,
      close: pairs.every((pair) => similarity(pair) >= 0.6),
    }));
}

/** The best `count` rows of all candidates. Those that compare equally well are looked at together: only their names decide. */
function bestOf(candidates: readonly Compared[], count: number): readonly NearMiss[] {
  const sorted = candidates.toSorted(byCloseness);
  const rows: NearMiss[] = [];
  for (let start = 0; start < sorted.length && rows.length < count; ) {
    const first = sorted[start] as Compared;
    const after = sorted.findIndex((one, i) => i > start && byCloseness(first, one) !== 0);
    const end = after === -1 ? sorted.length : after;
    rows.push(...merged(sorted.slice(start, end)));
    start = end;
  }
  return rows.slice(0, count);
}

/**
 * The pods that a Service's selector nearly matches in its own namespace, and those of other namespaces that it would match.
 * `candidates` are pods, or the metadata of pods, of any namespaces, each once; the order in which they come does not matter.
 */
export function nearMisses(service: Service, candidates: readonly PartialObject[]): NearMisses {
  const selector = service.spec?.selector ?? {};
  const pairs = Object.entries(selector);
  const all = alikeOf(candidates);
  const { namespace } = service.metadata;
  const here = all.filter((alike) => alike.namespace === namespace);
  const best = bestOf(
    here.map((alike) => compared(selector, alike)),
    5,
  );
  const elsewhere = all.filter(
    (alike) => pairs.length > 0 && alike.namespace !== namespace && matchesPairs(pairs, alike.labels),
  );
  return {
    best,
    others:
      here.reduce((sum, { groups }) => sum + podsIn(groups), 0) - best.reduce((sum, row) => sum + 1 + row.alike, 0),
    elsewhere: merged(elsewhere.map((alike) => compared(selector, alike))).toSorted(
      (a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name),
    ),
  };
}

function podsIn(groups: ReadonlyMap<string, Group>): number {
  let count = 0;
  for (const group of groups.values()) count += group.count;
  return count;
}

/** `app=web, tier missing (wanted front)`: one near miss in a line of evidence. */
export function describeMiss(miss: NearMiss): string {
  const cells = miss.pairs.map((pair) => {
    if (pair.match) return `${pair.key}=${pair.wanted} ok`;
    const hint = pair.elsewhere === undefined ? "" : ` (but ${pair.elsewhere}=${pair.wanted})`;
    if (pair.found === undefined) return `${pair.key} missing, wanted ${pair.wanted}${hint}`;
    return `${pair.key}=${pair.found}, wanted ${pair.wanted}${hint}`;
  });
  const more = miss.alike > 0 ? ` (and ${miss.alike} more of ${miss.owner})` : "";
  return `${miss.matching}/${miss.pairs.length}: ${cells.join("; ")}${more}`;
}
