/** Everything that only judging needs, in one module: `run.ts` loads it while the cluster's first answers are under way. */
import { runChecks } from "../checks/engine.ts";
import type { Check } from "../model/check.ts";
import { isReady, isTerminal } from "../model/pods.ts";
import type { Report, ReportHead } from "../model/report.ts";
import { DEFAULT_SETTINGS } from "../model/settings.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { TargetRequest } from "../model/target.ts";
import { buildHead, buildReport, type ReportInput } from "../report/build.ts";
import type { Entry } from "../report/list.ts";
import { probedFrom } from "./probe-source.ts";
import { type Judged, judgedOf } from "./scopes.ts";
import { sourceOf } from "./source.ts";
import { viaController } from "./via-controller.ts";
import { withinAsked } from "./within-asked.ts";

/** Judges one thing. Pure. */
export function entryOf(judged: Judged, checks: readonly Check[]): Entry<Report> {
  return entryWith(judged, checks, buildReport);
}

function entryWith<R extends ReportHead>(
  judged: Judged,
  checks: readonly Check[],
  build: (input: ReportInput) => R,
): Entry<R> {
  const { snapshot, target, created } = judged;
  // The client of an Ingress speaks to the controller: its flow is judged there, not to the backends.
  const named = judged.scope.target === "ingress" ? undefined : judged.from;
  const from = named ?? judged.scope.from ?? probedFrom(snapshot);
  const scope = from === undefined ? judged.scope : { ...judged.scope, from };
  const own = runChecks(checks, snapshot, scope, DEFAULT_SETTINGS);
  const via = viaController(checks, { ...judged, scope }, DEFAULT_SETTINGS);
  // What both runs answered, the one that reaches further says.
  const again = new Set(via.map(({ check }) => check.id));
  const ran = [...withinAsked(own, scope).filter(({ check }) => !again.has(check.id)), ...via];
  const alive = scope.pods.filter((pod) => !isTerminal(pod));
  return {
    report: build({ snapshot, scope, target, ran }),
    created,
    ready: alive.filter(isReady).length,
    pods: alive.length,
  };
}

function judgedFrom(request: TargetRequest, snapshot: Snapshot): readonly Judged[] {
  const from = sourceOf(request, snapshot);
  const all = judgedOf(request, snapshot);
  return from === undefined ? all : all.map((judged) => ({ ...judged, from }));
}

/** The entries of all that a request names, each with how far the list is. */
export type Entries<R extends ReportHead> = Generator<{
  readonly entry: Entry<R>;
  readonly done: number;
  readonly total: number;
}>;

function* all<R extends ReportHead>(
  request: TargetRequest,
  snapshot: Snapshot,
  checks: readonly Check[],
  build: (input: ReportInput) => R,
): Entries<R> {
  const every = judgedFrom(request, snapshot);
  for (const [i, judged] of every.entries()) {
    yield { entry: entryWith(judged, checks, build), done: i + 1, total: every.length };
  }
}

/** Judges everything that the request names, one at a time, so that a long list can be stopped and shown as it grows. */
export function entriesOf(request: TargetRequest, snapshot: Snapshot, checks: readonly Check[]): Entries<Report> {
  return all(request, snapshot, checks, buildReport);
}

/** The same for a list that is shown as rows. */
export function rowsOf(request: TargetRequest, snapshot: Snapshot, checks: readonly Check[]): Entries<ReportHead> {
  return all(request, snapshot, checks, buildHead);
}

/** The reports alone. Pure. Throws UserError when the client of `--from` is not there. */
export function reportsOf(request: TargetRequest, snapshot: Snapshot, checks: readonly Check[]): readonly Report[] {
  return judgedFrom(request, snapshot).map((judged) => entryOf(judged, checks).report);
}
