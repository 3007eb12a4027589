import { type Query, queryKey } from "../model/resources.ts";
import { type CollectionName, collectionsOf, type Gathered, type Snapshot } from "../model/snapshot.ts";
import type { TargetRequest } from "../model/target.ts";
import { admitted, admittedLog } from "./door.ts";
import type { Known } from "./plan/known.ts";
import { warranted } from "./plan.ts";
import type { AnyObject, ClusterSource } from "./source.ts";

/** A plan that grew for more rounds than this asks in circles: a bug. */
const MAX_ROUNDS = 10;

/**
 * Asks `source` everything that the target warrants, each round's queries in parallel, and returns the snapshot.
 * Throws what the source throws when nothing can be had at all (UserError).
 */
export async function gather(source: ClusterSource, request: TargetRequest): Promise<Snapshot> {
  const asked = new Set<string>();
  let known: Known = {};
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const now = round === 0 ? 0 : Date.parse(source.takenAt());
    const fresh = warranted(request, known, now).map((query) => [keyOf(query), query] as const);
    const queries = [...new Map(fresh.filter(([key]) => !asked.has(key))).values()];
    if (queries.length === 0) {
      return { takenAt: source.takenAt(), source: source.source, collections: collectionsOf(known) };
    }
    for (const query of queries) asked.add(keyOf(query));
    const answers = await Promise.all(queries.map(async (query) => ({ query, gathered: await ask(source, query) })));
    for (const { query, gathered } of answers) known = withAnswer(known, query.collection, gathered);
  }
  throw new Error(`the plan for ${request.kind} did not come to an end`);
}

/** One question for one collection: a controller may live in the namespace of the target, and both collections need the answer. */
function keyOf(query: Query): string {
  return `${query.collection} ${queryKey(query)}`;
}

async function ask(source: ClusterSource, query: Query): Promise<Gathered<unknown>> {
  switch (query.type) {
    case "get":
      return known(await source.get(query));
    case "list":
      return known(await source.list(query));
    case "log":
      return { state: "ok", items: [admittedLog(await source.log(query))] };
  }
}

/** As the door lets it in: without credentials. */
function known(answer: Gathered<AnyObject>): Gathered<unknown> {
  return answer.state === "ok" ? { ...answer, items: answer.items.map(admitted) } : answer;
}

function withAnswer(known: Known, name: CollectionName, answer: Gathered<unknown>): Known {
  const before: Gathered<unknown> | undefined = known[name];
  const merged = before === undefined ? answer : merge(before, answer);
  // The collection of a query is the one whose item type its resource has; that pairing is made in plan/queries.ts.
  return { ...known, [name]: merged } as Known;
}

/** Two answers to one collection: what was read counts, and what was not is a gap in it. */
function merge(a: Gathered<unknown>, b: Gathered<unknown>): Gathered<unknown> {
  if (a.state === "ok" && b.state === "ok") {
    return { state: "ok", items: [...a.items, ...b.items], gaps: [...(a.gaps ?? []), ...(b.gaps ?? [])] };
  }
  if (a.state === "ok" && b.state === "unavailable") return { ...a, gaps: [...(a.gaps ?? []), b.detail] };
  if (a.state === "unavailable" && b.state === "ok") return { ...b, gaps: [...(b.gaps ?? []), a.detail] };
  return a;
}
