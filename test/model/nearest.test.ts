import assert from "node:assert/strict";
import { it } from "node:test";
import { nearest } from "../../src/model/nearest.ts";

it("offers what a typo meant, best first, and never the word itself", () => {
  assert.deepEqual(nearest("webb", ["web", "web-api", "worker", "webb"]), ["web"]);
});

it("offers the pods of a Deployment whose name was given as a pod's", () => {
  assert.deepEqual(nearest("web", ["web-6f5c-7k2xp", "api-1"]), ["web-6f5c-7k2xp"]);
});

it("offers nothing when nothing is near", () => {
  assert.deepEqual(nearest("frontend", ["db", "cache"]), []);
});
