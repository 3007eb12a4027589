/**
 * Our own dump. `netcheck-dump.json`, alone, in a folder or in an archive, replays a run: every question that was asked, with its answer, also the
 * refusals, and the time on the server's clock.
 *
 *   { "apiVersion": "netcheck/v1", "kind": "Dump",
 *     "takenAt": "2026-11-22T12:00:00Z",                    RFC 3339, the clock of every check
 *     "source": { "kind": "live", "from": "https://…" },    where the answers came from
 *     "target": { "kind": "svc", "namespace": "shop", "name": "web" },   what was asked, for people and as the default
 *     "objects": [ … ],                                     every object once, as the door let it in
 *     "answers": [
 *       { "query": {…}, "state": "ok", "items": [0, 4], "gaps": […] },        indexes into `objects`
 *       { "query": {…}, "state": "unavailable", "reason": "forbidden", "detail": "…" },
 *       { "query": {…}, "state": "log", "lines": […], "unreadable": "…" } ] }
 *
 * `query` is the query itself; two queries with the same `queryKey` are one. A question that was not recorded is answered from the recorded lists when one
 * of them covers it (a list without selectors), else it is "not in the dump". Unknown fields are ignored; another apiVersion is refused.
 */
import { UserError } from "../../errors.ts";
import type { LogExcerpt } from "../../model/logs.ts";
import type { ReportTarget } from "../../model/report.ts";
import { type GetQuery, type ListQuery, type LogQuery, type Query, queryKey } from "../../model/resources.ts";
import type { Gathered, Source, UnavailableReason } from "../../model/snapshot.ts";
import { decodeObject, isIssue, isRecord } from "../decode.ts";
import { admitted } from "../door.ts";
import type { AnyObject } from "../source.ts";

export const CASE_FILE = "netcheck-dump.json";

/** One question with its answer. */
export type Recorded =
  | { readonly query: ListQuery | GetQuery; readonly answer: Gathered<AnyObject> }
  | { readonly query: LogQuery; readonly answer: LogExcerpt };

/** A whole recorded run. */
export interface Case {
  readonly takenAt: string;
  readonly source: Source;
  readonly target?: ReportTarget;
  readonly recorded: readonly Recorded[];
}

/** The text of a case file. Pure; the same run gives the same text. What the door keeps out is not in it: Secrets are facts. */
export function writeCaseFile(given: Case): string {
  const objects: AnyObject[] = [];
  const indexes = new Map<string, number>();
  const indexOf = (object: AnyObject): number => {
    const safe = admitted(object);
    const text = JSON.stringify(safe);
    const known = indexes.get(text);
    if (known !== undefined) return known;
    indexes.set(text, objects.length);
    return objects.push(safe) - 1;
  };
  const answers = given.recorded.map((one) => {
    if ("lines" in one.answer) {
      const { lines, unreadable } = one.answer;
      return { query: one.query, state: "log", lines, ...(unreadable === undefined ? {} : { unreadable }) };
    }
    if (one.answer.state === "unavailable") return { query: one.query, ...one.answer };
    const { items, gaps } = one.answer;
    return { query: one.query, state: "ok", items: items.map(indexOf), ...(gaps === undefined ? {} : { gaps }) };
  });
  const { takenAt, source, target } = given;
  const head = {
    apiVersion: "netcheck/v1",
    kind: "Dump",
    takenAt,
    source,
    ...(target === undefined ? {} : { target }),
  };
  return `${JSON.stringify({ ...head, objects, answers }, null, 1)}\n`;
}

const REASONS = new Set(["forbidden", "not-served", "not-in-dump", "not-requested", "failed"]);

function isReason(value: unknown): value is UnavailableReason {
  return typeof value === "string" && REASONS.has(value);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isQuery(value: unknown): value is Query {
  if (!isRecord(value)) return false;
  if (value["type"] === "log") return ["namespace", "pod", "container"].every((field) => isString(value[field]));
  const { resource } = value;
  const known =
    isRecord(resource) && ["group", "version", "plural", "kind"].every((field) => isString(resource[field]));
  return known && isString(value["namespace"]) && (value["type"] === "list" || isString(value["name"]));
}

/** Whether a value is a case file, of whatever version. */
export function isCaseFile(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    isRecord(value) &&
    value["kind"] === "Dump" &&
    isString(value["apiVersion"]) &&
    value["apiVersion"].startsWith("netcheck/")
  );
}

/**
 * Reads a case file. `where` names it. Throws UserError when it is of another version, or not of this form at all; an answer that is broken is an issue,
 * and its question counts as not asked.
 */
export function readCaseFile(
  value: Readonly<Record<string, unknown>>,
  where: string,
  complain: (problem: string) => void,
): Case {
  if (value["apiVersion"] !== "netcheck/v1")
    throw new UserError(`${where} is a dump of ${String(value["apiVersion"])}, this program reads netcheck/v1`, [
      "use the version of kubectl-netcheck that wrote it, or a newer one",
    ]);
  const { takenAt, source, target, objects, answers } = value;
  if (!isString(takenAt) || Number.isNaN(Date.parse(takenAt)) || !Array.isArray(objects) || !Array.isArray(answers))
    throw new UserError(`${where} is not a whole netcheck dump: takenAt, objects or answers are missing`);
  const decoded = objects.map((object: unknown, index) => decodeObject(object, "", `${where}: objects[${index}]`));
  const recorded = answers.flatMap((answer: unknown, index): readonly Recorded[] => {
    const one = recordedOf(answer, decoded);
    if (typeof one !== "string") return [one];
    complain(`answers[${index}]: ${one}`);
    return [];
  });
  const from = isRecord(source) && isString(source["from"]) ? source["from"] : where;
  return {
    takenAt,
    source: {
      kind: isRecord(source) && source["kind"] === "live" ? "live" : "dump",
      from,
      ...(isRecord(source) && source["clockIsLowerBound"] === true ? { clockIsLowerBound: true } : {}),
    },
    ...(isTarget(target) ? { target } : {}),
    recorded,
  };
}

function isTarget(value: unknown): value is ReportTarget {
  return isRecord(value) && ["kind", "namespace", "name"].every((field) => isString(value[field]));
}

function recordedOf(value: unknown, objects: readonly ReturnType<typeof decodeObject>[]): Recorded | string {
  if (!isRecord(value) || !isQuery(value["query"])) return "no readable query";
  const { query, state, items, gaps, reason, detail, lines, unreadable } = value;
  if (query.type === "log") {
    if (!Array.isArray(lines) || !lines.every(isString)) return "lines are missing";
    const { namespace, pod, container, previous } = query;
    const log = { namespace, pod, container, previous, lines };
    return { query, answer: isString(unreadable) ? { ...log, unreadable } : log };
  }
  if (state === "unavailable")
    return isReason(reason) && isString(detail) ? { query, answer: { state, reason, detail } } : "no readable reason";
  if (state !== "ok" || !Array.isArray(items)) return "no readable state";
  const found: AnyObject[] = [];
  for (const index of items) {
    const object = typeof index === "number" ? objects[index] : undefined;
    if (object === undefined) return `object ${String(index)} is missing`;
    if (isIssue(object)) return object.problem;
    found.push(object);
  }
  const holes = Array.isArray(gaps) ? gaps.filter(isString) : [];
  return { query, answer: { state, items: found, ...(holes.length === 0 ? {} : { gaps: holes }) } };
}

/** The recorded answers by `queryKey`. */
export function answersOf(given: Case): {
  readonly objects: ReadonlyMap<string, Gathered<AnyObject>>;
  readonly logs: ReadonlyMap<string, LogExcerpt>;
} {
  const objects = new Map<string, Gathered<AnyObject>>();
  const logs = new Map<string, LogExcerpt>();
  for (const one of given.recorded) {
    if ("lines" in one.answer) logs.set(queryKey(one.query), one.answer);
    else objects.set(queryKey(one.query), one.answer);
  }
  return { objects, logs };
}
