/**
 * Broken cases that nobody on this project wrote, applied to the real cluster, when they lie beside the checkout (`../shared/corpus`): the right root
 * finding must come first. Without them this file says so aloud. What of a case is changed for the bed: test/eval/staged.ts.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CORPUS } from "../eval/case.ts";
import { EXPECTED } from "../eval/expectations.ts";
import { type Applied, applied } from "../eval/on-cluster.ts";

const CASES = Object.entries(EXPECTED).filter(
  ([name, { from }]) => from === "cluster" && existsSync(join(CORPUS, "broken", name)),
);

describe("broken cases of the corpus, on a cluster", () => {
  const here = new Map<string, Applied>();

  if (CASES.length === 0) {
    it("are not here", (context) => {
      context.diagnostic(`NO CORPUS at ${CORPUS}: NOT ONE of its broken cases was applied`);
    });
    return;
  }

  before(async () => {
    for (const [name, { questions }] of CASES) here.set(name, await applied(join(CORPUS, "broken", name), questions));
  });

  after(async () => {
    await Promise.all([...here.values()].map(({ remove }) => remove()));
  });

  for (const [name] of CASES)
    it(name, async (context) => {
      const one = here.get(name);
      assert.ok(one, "it could not be applied");
      for (const change of one.changes) context.diagnostic(change);
      assert.deepEqual(await one.answer(), { score: "right", why: "" });
    });
});
