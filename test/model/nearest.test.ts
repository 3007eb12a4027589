import assert from "node:assert/strict";
import { it } from "node:test";
import { distance, isWithinEdits, nearest } from "../../src/model/nearest.ts";

it("offers what a typo meant, best first, and never the word itself", () => {
  assert.deepEqual(nearest("webb", ["web", "web-api", "worker", "webb"]), ["web"]);
});

it("offers the pods of a Deployment whose name was given as a pod's", () => {
  assert.deepEqual(nearest("web", ["web-6f5c-7k2xp", "api-1"]), ["web-6f5c-7k2xp"]);
});

it("offers nothing when nothing is near", () => {
  assert.deepEqual(nearest("frontend", ["db", "cache"]), []);
});

it("tells slips from other words as the table of edit distances does", () => {
  let state = 11;
  const pick = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const word = (): string => Array.from({ length: pick(7) }, () => "ab-"[pick(3)]).join("");
  let slips = 0;
  for (let i = 0; i < 20_000; i += 1) {
    const [a, b] = [word(), word()];
    // Where two neighbours are swapped, `distance` counts one edit and this one two.
    const table = distance(a, b);
    for (const limit of [0, 1, 2]) {
      const isNear = isWithinEdits(a, b, limit);
      if (isNear) slips += 1;
      assert.ok(!isNear || table <= limit, `${a} and ${b} are not within ${limit}`);
      assert.ok(isNear || 2 * table > limit, `${a} and ${b} are within ${limit}`);
    }
  }
  assert.ok(slips > 1000);
});

it("counts a letter more, less or other as one edit, and two swapped ones as two", () => {
  for (const [a, b, edits] of [
    ["web", "webb", 1],
    ["web", "we", 1],
    ["web", "wab", 1],
    ["web", "wbe", 2],
    ["web-api", "webapii", 2],
    ["", "ab", 2],
    ["web", "web", 0],
  ] as const) {
    assert.equal(isWithinEdits(a, b, edits), true, `${a} ${b}`);
    assert.equal(edits > 0 && isWithinEdits(a, b, edits - 1), false, `${a} ${b}`);
  }
});
