/** The catalogue's scenarios on a real cluster: each state is made, judged live, dumped and judged again. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { BROKEN } from "./scenarios/broken.ts";
import { HEALTHY } from "./scenarios/healthy.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { complaint, essence, install, remove, report, settled, withDump } from "./scenarios/world.ts";
import { eventually } from "./support/cluster.ts";

const RUN = Math.floor(Date.now() / 1000).toString(36);
const namespaceOf = (scenario: Scenario): string => `netcheck-${scenario.id.toLowerCase()}-${RUN}`;

/** A crash loop and an eviction take their time: all states are made at once, then judged one after the other. */
const ALL = [...BROKEN, ...HEALTHY];

describe("scenarios", () => {
  before(async () => {
    for (const scenario of ALL) await install(scenario, namespaceOf(scenario));
  });

  after(async () => {
    await Promise.all(ALL.map((scenario) => remove(namespaceOf(scenario))));
  });

  for (const scenario of ALL) {
    describe(`${scenario.id}: ${scenario.title}`, () => {
      it(`says ${scenario.first.join(", ") || "nothing is wrong"}, exit ${scenario.exit}`, async () => {
        await settled(scenario, namespaceOf(scenario));
      });

      it("says the same of the dump", async () => {
        // Between the live answer and the dump a crashing container may change its state: both are taken until they speak of the same.
        const namespace = namespaceOf(scenario);
        await eventually(
          async () => {
            const live = await report(scenario, namespace);
            const dump = await withDump(scenario, namespace, (files) =>
              report(
                scenario,
                namespace,
                files.flatMap((file) => ["-f", file]),
              ),
            );
            assert.equal(complaint(scenario, live), undefined);
            assert.equal(essence(dump), essence(live));
            return true;
          },
          { timeout: 90_000, what: "the same answer from the cluster and from its dump" },
        );
      });
    });
  }
});
