import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answerTo } from "./answer.ts";
import type { Question } from "./expectations.ts";

const root = (id: string, severity = "error") => ({ id, severity, consequenceOf: null });
const consequence = (id: string) => ({ id, severity: "error", consequenceOf: "x/y" });
const printed = (verdict: string, findings: readonly object[]) => ({
  code: 0,
  stdout: JSON.stringify({ verdict, findings }),
  stderr: "",
});
const score = (question: Omit<Question, "ask">, given: ReturnType<typeof printed>) =>
  answerTo({ ask: "svc web", ...question }, given).score;

describe("the answer to a question of the evaluation", () => {
  it("is right when the right root finding comes first", () => {
    const given = printed("broken", [
      { id: "a/info", severity: "info", consequenceOf: null },
      root("a/b"),
      root("c/d"),
    ]);
    assert.equal(score({ first: ["a/b"] }, given), "right");
    assert.equal(score({ first: ["c/d"] }, given), "wrong");
  });

  it("is wrong when the right finding is there as a consequence only", () => {
    assert.equal(score({ first: ["a/b"] }, printed("broken", [root("c/d"), consequence("a/b")])), "wrong");
  });

  it("is wrong when nothing is found although nothing is unknown, and unknown when it says so", () => {
    assert.equal(score({ first: ["a/b"] }, printed("healthy", [])), "wrong");
    assert.equal(score({ first: ["a/b"] }, printed("unknown", [])), "unknown");
    assert.equal(score({ first: ["a/b"] }, printed("unknown", [root("c/d", "warning")])), "unknown");
    assert.equal(score({ first: ["a/b"] }, printed("degraded", [root("c/d", "warning")])), "wrong");
  });

  it("is wrong when something false stands beside the right finding, or one of several is missing", () => {
    const given = printed("broken", [root("a/b"), root("c/false", "warning")]);
    assert.equal(score({ first: ["a/b"], never: ["c/*"] }, given), "wrong");
    assert.equal(score({ first: ["a/b"], also: ["e/f"] }, given), "wrong");
  });

  it("of something healthy is wrong with any error", () => {
    assert.equal(score({ first: [] }, printed("unknown", [])), "right");
    assert.equal(score({ first: [] }, printed("broken", [root("a/b")])), "wrong");
  });

  it("of a flow is its verdict and policy", () => {
    const flow = (verdict: string) => ({ code: 0, stdout: JSON.stringify({ verdict, policy: "n/p" }), stderr: "" });
    assert.equal(score({ flow: "deny n/p" }, flow("deny")), "right");
    assert.equal(score({ flow: "deny n/p" }, flow("allow")), "wrong");
    assert.equal(score({ flow: "deny n/p" }, flow("unknown")), "unknown");
  });

  it("of a target that is not there is the text of the error", () => {
    const refused = { code: 2, stdout: "", stderr: "not found; there is one in namespace b" };
    assert.equal(score({ says: "namespace b" }, refused), "right");
    assert.equal(score({ says: "namespace c" }, refused), "wrong");
    assert.equal(score({ first: ["a/b"] }, refused), "unknown");
  });
});
