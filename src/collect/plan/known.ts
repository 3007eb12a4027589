import { type CollectionName, type Collections, type Gathered, itemsOr } from "../../model/snapshot.ts";

/** What has been answered so far; a collection that was not asked yet is absent. */
export type Known = { readonly [K in CollectionName]?: Gathered<Collections[K]> };

/** The items known so far of a collection (empty when not asked or not readable). */
export function knownItems<K extends CollectionName>(known: Known, name: K): readonly Collections[K][] {
  // Indexing a mapped type by a generic key loses the pairing of name and item type.
  const gathered = known[name] as Gathered<Collections[K]> | undefined;
  return gathered === undefined ? [] : itemsOr(gathered);
}

/** Whether the collection was asked and could be read. */
export function isRead(known: Known, name: CollectionName): boolean {
  return known[name]?.state === "ok";
}
