import type { Hop, Ran, Scope } from "../model/check.ts";
import type { Finding, FindingMeta } from "../model/finding.ts";
import { refKey } from "../model/kube.ts";
import { causeOf, matchesId } from "./consequences.ts";
import { groupBy } from "./group.ts";

/** A finding with what its check declares about it: the station it is about, and what it makes way for. */
export interface Placed {
  readonly finding: Finding;
  readonly hop: Hop;
  readonly meta: FindingMeta | undefined;
}

/** Stations from the inside out: the container first, the client last. */
const INSIDE_OUT: readonly Hop[] = [
  "container",
  "pod",
  "node",
  "policy",
  "endpoints",
  "service",
  "ingress",
  "controller",
  "load-balancer",
  "front-proxy",
  "dns",
  "client",
];

const SEVERITIES = ["error", "warning", "info"] as const;
const CONFIDENCES = ["certain", "likely", "possible"] as const;

/** Compares names with their numbers by value, so that web-2 comes before web-10. Independent of the locale. */
export function byName(a: string, b: string): number {
  if (a === b) return 0;
  const left = a.split(/(\d+)/);
  const right = b.split(/(\d+)/);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i] ?? "";
    const y = right[i] ?? "";
    const numeric = i % 2 === 1 ? x.replace(/^0+/, "").length - y.replace(/^0+/, "").length : 0;
    if (numeric !== 0) return numeric;
    if (x !== y) return x < y ? -1 : 1;
  }
  return left.length - right.length;
}

/** Where a finding stands on the way from the inside out. */
function rankOf({ hop, meta }: Placed): number {
  return meta?.beforeRules === true ? INSIDE_OUT.indexOf("ingress") - 0.5 : INSIDE_OUT.indexOf(hop);
}

/** A total order, so that the report does not depend on the order in which checks ran or objects were listed. */
function compare(a: Placed, b: Placed): number {
  const [x, y] = [a.finding, b.finding];
  return (
    SEVERITIES.indexOf(x.severity) - SEVERITIES.indexOf(y.severity) ||
    rankOf(a) - rankOf(b) ||
    byName(x.id, y.id) ||
    CONFIDENCES.indexOf(x.confidence) - CONFIDENCES.indexOf(y.confidence) ||
    byName(refKey(x.object), refKey(y.object)) ||
    byName(x.object.path ?? "", y.object.path ?? "") ||
    byName(x.summary, y.summary) ||
    byName(JSON.stringify(x), JSON.stringify(y))
  );
}

function layerOf(id: string): string {
  return id.slice(0, id.indexOf("/") + 1);
}

/** Whether `a` makes way for `b`, which says the same of the same object more precisely. Both are about one object. */
function yieldsTo(a: Placed, b: Placed): boolean {
  if (a === b || a.finding.id === b.finding.id) return false;
  return (a.meta?.yieldsTo ?? []).some((pattern) =>
    pattern.endsWith("/*")
      ? b.finding.severity !== "info" && layerOf(b.finding.id) === pattern.slice(0, -1)
      : matchesId(pattern, b.finding.id),
  );
}

/** Two findings may each make way for the other (both for `pod/*`): then the one that comes first stays. */
function withoutYielding(placed: readonly Placed[]): readonly Placed[] {
  const byObject = groupBy(placed, ({ finding }) => refKey(finding.object));
  return placed.filter((one) => {
    const mates = byObject.get(refKey(one.finding.object)) ?? [];
    const at = mates.indexOf(one);
    return !mates.some((other, j) => yieldsTo(one, other) && (!yieldsTo(other, one) || j < at));
  });
}

function withoutRepeats(placed: readonly Placed[]): readonly Placed[] {
  const seen = new Set<string>();
  return placed.filter(({ finding }) => {
    const key = [finding.id, refKey(finding.object), finding.object.path ?? "", finding.summary].join("\n");
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}

/** Index of the root of `index`: its cause's cause, and so on. In a ring of causes the member that comes first is the root. */
function rootOf(index: number, causes: readonly (number | undefined)[]): number {
  const trail: number[] = [];
  let at = index;
  while (!trail.includes(at)) {
    trail.push(at);
    const cause = causes[at];
    if (cause === undefined) return at;
    at = cause;
  }
  return Math.min(...trail.slice(trail.indexOf(at)));
}

/**
 * All findings of a run in the order in which they are read: roots by severity, then from the inside out; after the roots of one id their
 * consequences, each with `consequenceOf` set to the id of its root. Findings that make way for a more precise one are gone.
 * The result is the same for every order of `ran` and of the findings in it.
 */
export function orderFindings(ran: readonly Ran[], scope: Scope): readonly Placed[] {
  const all = ran.flatMap(({ check, findings }) =>
    findings.map((finding): Placed => ({ finding, hop: check.hop, meta: check.findings[finding.id] })),
  );
  const placed = withoutYielding(withoutRepeats(all.toSorted(compare)));
  const around = { scope, findings: placed.map(({ finding }) => finding) };
  const causes = placed.map(({ finding }) => causeOf(finding, around));
  const roots = placed.map((_, i) => rootOf(i, causes));
  const isRoot = (i: number): boolean => roots[i] === i;
  const order: Placed[] = [];
  const done = new Set<string>();
  for (const [i, root] of placed.entries()) {
    if (!isRoot(i)) continue;
    const { id, severity } = root.finding;
    if (done.has(`${severity} ${id}`)) continue;
    done.add(`${severity} ${id}`);
    const alike = placed.flatMap((other, j) =>
      isRoot(j) && other.finding.id === id && other.finding.severity === severity ? [j] : [],
    );
    const follow = placed.filter((_, j) => !isRoot(j) && alike.includes(roots[j] ?? -1));
    order.push(...alike.flatMap((j) => placed[j] ?? []));
    order.push(...follow.map((one) => ({ ...one, finding: { ...one.finding, consequenceOf: id } })));
  }
  return order;
}
