/** What this machine trusts, with and without node's own list. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootCertificates } from "node:tls";
import { systemAuthorities, withoutDefaultAuthorities } from "../../src/kube/authorities.ts";

describe("authorities", () => {
  it("are still known when node's list of defaults is empty", () => {
    const before = systemAuthorities();
    withoutDefaultAuthorities();
    assert.deepEqual(systemAuthorities(), before);
    assert.ok(rootCertificates.every((one) => before.includes(one)));
  });
});
