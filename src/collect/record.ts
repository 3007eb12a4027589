import { type GetQuery, type ListQuery, type LogQuery, queryKey } from "../model/resources.ts";
import type { Gathered } from "../model/snapshot.ts";
import { admitted, admittedLog } from "./door.ts";
import type { Recorded } from "./dump/case-file.ts";
import type { AnyObject, ClusterSource } from "./source.ts";

/** A source that remembers what it was asked and what it answered. */
export interface RecordingSource extends ClusterSource {
  /** Every question once with its answer, in the order in which they were asked. Credentials are not in it. */
  recorded(): readonly Recorded[];
}

/** Wraps a source so that a run on it can be replayed: what was asked, what came, and what was refused. */
export function recording(source: ClusterSource): RecordingSource {
  const slots = new Map<string, Recorded | undefined>();
  const remember = async <A>(
    query: ListQuery | GetQuery | LogQuery,
    answer: Promise<A>,
    record: (answer: A) => { readonly given: A; readonly recorded: Recorded },
  ): Promise<A> => {
    const key = queryKey(query);
    // The place is taken when the question is asked: answers come in any order, the file must not.
    if (!slots.has(key)) slots.set(key, undefined);
    const { given, recorded } = record(await answer);
    slots.set(key, recorded);
    return given;
  };
  const objects = (query: ListQuery | GetQuery, answer: Promise<Gathered<AnyObject>>) =>
    remember(query, answer, (answered) => {
      const given = answered.state === "ok" ? { ...answered, items: answered.items.map(admitted) } : answered;
      return { given, recorded: { query, answer: given } };
    });
  return {
    source: source.source,
    takenAt: () => source.takenAt(),
    get: (query) => objects(query, source.get(query)),
    list: (query) => objects(query, source.list(query)),
    log: (query) =>
      remember(query, source.log(query), (answered) => {
        const given = admittedLog(answered);
        return { given, recorded: { query, answer: given } };
      }),
    recorded: () => [...slots.values()].flatMap((one) => one ?? []),
  };
}
