import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ofFamilies } from "../../src/probe/families.ts";
import { result, target } from "./support.ts";

const sender = (...ips: readonly string[]) => ({ namespace: "shop", name: "t", labels: {}, ips });
const six = target({ host: "fd00::15" });
const failed = result(six, ["no-route", "no-route"]);

describe("addresses of a family that the sender does not have", () => {
  it("are left out when they fail, and named: nothing follows from that for the app", () => {
    const { results, note } = ofFamilies([result(target()), failed], sender("10.244.2.9"));
    assert.deepEqual(
      results.map((one) => one.target.host),
      ["10.244.1.15"],
    );
    assert.deepEqual(note, ["it has no IPv6 address of its own, so fd00::15 could not be tried from there"]);
  });

  it("stay when they answer or refuse, by whatever way, and with a sender of both families", () => {
    for (const one of [result(six), result(six, ["refused", "refused"])])
      assert.deepEqual(ofFamilies([one], sender("10.244.2.9")), { results: [one], note: [] });
    assert.deepEqual(ofFamilies([failed], sender("10.244.2.9", "fd00::9")).results, [failed]);
  });

  it("stay when nobody knows the sender's addresses", () => {
    assert.deepEqual(ofFamilies([failed], undefined).results, [failed]);
  });
});
