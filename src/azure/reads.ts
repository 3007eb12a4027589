/** From az's answers to states of collections. */
import type { Gathered, UnavailableReason } from "../model/snapshot.ts";
import { listOf } from "../nsg/json.ts";
import type { AzAnswer, AzFailure } from "./runner.ts";

export type Query = (...args: readonly string[]) => Promise<AzAnswer>;
export type Read<T> = { readonly item: T } | { readonly gap: string; readonly failure?: AzFailure };

export function read<T>(answer: AzAnswer, what: string, decode: (json: unknown) => T | undefined): Read<T> {
  if (answer.state === "failed") return { gap: `${what}: ${answer.detail}`, failure: answer };
  const item = decode(answer.json);
  return item === undefined ? { gap: `${what}: not understood` } : { item };
}

/** What was read, with the rest as gaps; unavailable when nothing could be read at all. */
export function gathered<T>(reads: readonly Read<T>[]): Gathered<T> {
  const items = reads.flatMap((one) => ("item" in one ? [one.item] : []));
  const gaps = reads.flatMap((one) => ("gap" in one ? [one] : []));
  const first = gaps[0];
  if (items.length === 0 && first !== undefined) {
    const [reason, detail] = first.failure === undefined ? (["failed", first.gap] as const) : reasonOf(first.failure);
    return { state: "unavailable", reason, detail };
  }
  return { state: "ok", items, ...(gaps.length === 0 ? {} : { gaps: gaps.map(({ gap }) => gap) }) };
}

export function listed<T>(answer: AzAnswer, decode: (json: unknown) => T): Gathered<T> {
  if (answer.state === "ok") return { state: "ok", items: listOf(answer.json).map(decode) };
  const [reason, detail] = reasonOf(answer);
  return { state: "unavailable", reason, detail };
}

/** The snapshot's words for a failure; the next step stands in the detail. */
export function reasonOf({ kind, detail, next }: AzFailure): readonly [UnavailableReason, string] {
  const reason = kind === "forbidden" ? "forbidden" : kind === "not-in-dump" ? "not-in-dump" : "failed";
  return [reason, next[0] === undefined ? detail : `${detail}; next: ${next[0]}`];
}

/** Objects that are shown by their ids, each asked for once however often it is named. */
export function shower<T extends { readonly id: string }>(
  query: Query,
  words: readonly string[],
  decode: (json: unknown) => T | undefined,
): {
  ask(id: string | null): Promise<Read<T>>;
  /** All that were asked for, in the order of their ids: answers come in any. */
  gathered(): Promise<Gathered<T>>;
} {
  const asked = new Map<string, Promise<Read<T>>>();
  return {
    ask: (id) => {
      if (id === null || id === "") return Promise.resolve({ gap: "no id" });
      const known = asked.get(id) ?? query(...words, "show", "--ids", id).then((answer) => read(answer, id, decode));
      asked.set(id, known);
      return known;
    },
    gathered: async () => {
      const sorted = [...asked].toSorted(([a], [b]) => (a < b ? -1 : 1));
      return gathered(await Promise.all(sorted.map(([, one]) => one)));
    },
  };
}

export function unique(ids: readonly (string | null)[]): readonly string[] {
  return [...new Set(ids.filter((id) => id !== null && id !== ""))].map(String);
}
