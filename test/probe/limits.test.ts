import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fitted, USUAL } from "../../src/probe/limits.ts";

const says = (words: string): string => `pods "netcheck-1" is forbidden: ${words}`;

describe("resources that a LimitRange admits", () => {
  it("a minimum raises the request, and the limit where that is less", () => {
    assert.deepEqual(fitted(USUAL, says("minimum memory usage per Container is 64Mi, but request is 32Mi")), {
      requests: { cpu: "10m", memory: "64Mi" },
      limits: { cpu: "250m", memory: "128Mi" },
    });
    assert.deepEqual(fitted(USUAL, says("minimum cpu usage per Container is 300m, but request is 10m")), {
      requests: { cpu: "300m", memory: "32Mi" },
      limits: { cpu: "300m", memory: "128Mi" },
    });
  });

  it("a maximum becomes the limit, and the request where that is more", () => {
    const words =
      "[maximum memory usage per Container is 64Mi, but limit is 128Mi, maximum cpu usage per Pod is 5m, but limit is 250m]";
    assert.deepEqual(fitted(USUAL, says(words)), {
      requests: { cpu: "5m", memory: "32Mi" },
      limits: { cpu: "5m", memory: "64Mi" },
    });
  });

  it("a ratio makes request and limit equal", () => {
    const words = "cpu max limit to request ratio per Container is 2, but provided ratio is 25.000000";
    assert.deepEqual(fitted(USUAL, says(words))?.requests, { cpu: "250m", memory: "32Mi" });
  });

  it("other refusals are not about resources", () => {
    assert.equal(
      fitted(USUAL, says("exceeded quota: full, requested: pods=1, used: pods=1, limited: pods=1")),
      undefined,
    );
  });
});
