import { get, list } from "../../collect/plan/queries.ts";
import type { AnyObject, ClusterSource } from "../../collect/source.ts";
import { type GetQuery, type ListQuery, queryKey, type RESOURCES } from "../../model/resources.ts";
import type { CollectionName, Collections, Gathered } from "../../model/snapshot.ts";

type Named = CollectionName & keyof typeof RESOURCES;

/** Asks a source each question once, however often it comes up. */
export class Asker {
  readonly #source: ClusterSource;
  readonly #answers = new Map<string, Promise<Gathered<AnyObject>>>();

  constructor(source: ClusterSource) {
    this.#source = source;
  }

  ask(query: ListQuery | GetQuery): Promise<Gathered<AnyObject>> {
    const key = queryKey(query);
    const answer =
      this.#answers.get(key) ?? (query.type === "get" ? this.#source.get(query) : this.#source.list(query));
    this.#answers.set(key, answer);
    return answer;
  }

  /** The resource of a collection decides what its items are, as in the plans. */
  list<K extends Named>(
    name: K,
    namespace: string,
    more: { readonly labelSelector?: string; readonly fieldSelector?: string } = {},
  ): Promise<Gathered<Collections[K]>> {
    return this.ask(list(name, namespace, more)) as Promise<unknown> as Promise<Gathered<Collections[K]>>;
  }

  get<K extends Named>(name: K, namespace: string, object: string): Promise<Gathered<Collections[K]>> {
    return this.ask(get(name, namespace, object)) as Promise<unknown> as Promise<Gathered<Collections[K]>>;
  }
}

/** Two answers about the same kind as one: what was read counts, what was not is a gap. */
export function joined<T>(answers: readonly Gathered<T>[]): Gathered<T> {
  const [first] = answers;
  const refused = answers.flatMap((answer) => (answer.state === "ok" ? (answer.gaps ?? []) : [answer.detail]));
  const items = answers.flatMap((answer) => (answer.state === "ok" ? answer.items : []));
  if (first !== undefined && answers.every(({ state }) => state === "unavailable")) return first;
  return refused.length === 0 ? { state: "ok", items } : { state: "ok", items, gaps: refused };
}
