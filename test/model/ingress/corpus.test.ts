/**
 * The conformance suite of Ingress controllers, when it lies beside the checkout (`../shared/corpus`): every request must come to the backend that it
 * names. Without it this file says so aloud; the project's own cases stand in routes.test.ts.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CORPUS } from "../../eval/case.ts";
import { conformance } from "../../eval/conformance.ts";

describe("the conformance suite of Ingress controllers", () => {
  const requests = conformance(CORPUS);

  it("is there", (context) => {
    if (requests.length === 0) context.diagnostic(`corpus not present: ${CORPUS}; NOTHING of it was asked`);
  });

  for (const feature of new Set(requests.map((request) => request.feature)))
    it(feature, (context) => {
      const asked = requests.filter((request) => request.feature === feature);
      assert.deepEqual(
        asked.flatMap(({ wrong }) => wrong ?? []),
        [],
      );
      context.diagnostic(`${asked.length} requests`);
    });
});
