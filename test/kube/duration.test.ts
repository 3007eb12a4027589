import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDuration } from "../../src/kube/duration.ts";

describe("parseDuration", () => {
  const cases: readonly [text: string, milliseconds: number | undefined][] = [
    ["5s", 5000],
    ["1.5s", 1500],
    ["2m30s", 150_000],
    ["1h", 3_600_000],
    ["250ms", 250],
    ["30", 30_000],
    ["0", 0],
    ["0s", 0],
    [" 5s ", 5000],
    [".5s", 500],
    ["", undefined],
    ["s", undefined],
    ["5 s", undefined],
    ["5d", undefined],
    ["-5s", undefined],
    ["5s!", undefined],
    ["1.5", undefined],
  ];
  for (const [text, milliseconds] of cases)
    it(`"${text}" is ${milliseconds === undefined ? "no duration" : `${milliseconds} ms`}`, () =>
      assert.equal(parseDuration(text), milliseconds));
});
