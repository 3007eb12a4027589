/** V8 uses a code cache where it lies when that is a multiple of 8. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { alignSlots, cacheIn, slotFor } from "../../scripts/package/aligned.ts";

const cache = Buffer.from("the first cache");
const other = Buffer.from("another, of another length");

describe("the slots of code caches", () => {
  for (let before = 0; before < 8; before += 1)
    it(`lie at a multiple of 8 after ${before} bytes, whole, and nothing else is changed`, () => {
      const [first, second] = [slotFor(cache), slotFor(other)];
      const [head, between, end] = [Buffer.alloc(before, "h"), Buffer.from("between"), Buffer.from("end")];
      const program = Buffer.concat([head, first, between, second, end]);
      alignSlots(program, [first, second]);
      assert.deepEqual(program.subarray(0, before), head);
      assert.deepEqual(program.subarray(before + first.length, before + first.length + between.length), between);
      assert.deepEqual(program.subarray(-end.length), end);
      for (const [at, slot, content] of [
        [before, first, cache],
        [before + first.length + between.length, second, other],
      ] as const) {
        const found = cacheIn(program.subarray(at, at + slot.length));
        assert.equal(found.subarray(0, content.length).toString(), content.toString());
        assert.equal((found.byteOffset - program.byteOffset) % 8, 0);
      }
    });

  it("are empty where there is no cache, and one that is not in the program is a mistake", () => {
    assert.equal(slotFor(Buffer.alloc(0)).length, 0);
    alignSlots(Buffer.from("program"), [slotFor(Buffer.alloc(0))]);
    assert.throws(() => alignSlots(Buffer.from("program"), [slotFor(cache)]), /not in the program/);
  });
});
