/**
 * V8 reads a code cache where it lies when that is a multiple of 8, and else copies it first: a megabyte, and three hundred pages of memory, in every run. Node writes
 * assets one behind the other wherever they fall, so each cache lies in a slot with some room, and is moved in there when the program is done.
 */

/** Ahead of the cache: by how much it was moved, in one byte, and room. */
const LEAD = 8;
const WORD = 8;

/** The asset for `cache`. An empty one stays empty: there is none. */
export function slotFor(cache: Buffer): Buffer {
  return cache.length === 0 ? cache : Buffer.concat([Buffer.alloc(LEAD), cache, Buffer.alloc(WORD - 1)]);
}

/** What of a slot is the cache. V8 knows its length, and does not mind what comes behind. */
export function cacheIn(slot: Buffer): Buffer {
  return slot.subarray(LEAD + (slot[0] ?? 0));
}

/** Moves the cache of each of `slots` in `program` to a multiple of 8. Where a program lies in memory and where in its file are the same but for whole pages. Throws when one is not there. */
export function alignSlots(program: Buffer, slots: readonly Buffer[]): void {
  for (const slot of slots.filter(({ length }) => length > 0)) {
    const at = program.indexOf(slot);
    if (at < 0) throw new Error("the code cache is not in the program");
    const by = (WORD - ((at + LEAD) % WORD)) % WORD;
    program.copyWithin(at + LEAD + by, at + LEAD, at + slot.length - (WORD - 1));
    program[at] = by;
  }
}
