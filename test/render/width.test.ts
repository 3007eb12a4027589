import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { head, shortenEnd, shortenMiddle, width, wrap } from "../../src/render/width.ts";

describe("columns of a text", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["web-1", 5],
    ["日本語", 6],
    ["ｗｅｂ", 6],
    ["한국어", 6],
    ["한", 2],
    ["é", 1],
    ["e\u0301", 1],
    ["กำ", 2],
    ["👍", 2],
    ["──▶✗·…", 6],
    ["", 0],
  ];
  for (const [text, columns] of cases)
    it(`${JSON.stringify(text)} takes ${columns}`, () => assert.equal(width(text), columns));

  it("is none for every mark that takes no room, in whichever block", () => {
    for (let code = 0x300; code < 0x30000; code += 1) {
      const char = String.fromCodePoint(code);
      if (/^[\p{Mn}\p{Me}]$/u.test(char)) assert.equal(width(char), 0, code.toString(16));
    }
  });
});

describe("shortening", () => {
  it("leaves out the middle and keeps both ends", () => {
    assert.equal(shortenMiddle("registry.example/team/web:1.4.2", 20, "…"), "registry.e…web:1.4.2");
    assert.equal(shortenMiddle("short", 20, "…"), "short");
    assert.equal(shortenEnd("the selector app=web matches no pod", 22, "…"), "the selector app=web…");
    assert.equal(shortenEnd("short", 20, "…"), "short");
  });

  it("never exceeds its columns and never splits a character from its marks", () => {
    for (let columns = 1; columns < 12; columns++) {
      for (const text of [
        "日本語のイメージ名",
        "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301",
        "abcdefghijklmnop",
      ]) {
        const short = shortenMiddle(text, columns, "…");
        assert.ok(width(short) <= columns, `${short} in ${columns}`);
        assert.doesNotMatch(short, /(^|…)\u0301/);
      }
    }
    assert.equal(head("日本", 3), "日");
  });
});

describe("wrapping", () => {
  it("breaks at spaces, keeps the indentation, leaves no space at a line's end", () => {
    assert.deepEqual(wrap("one two three four", 9), ["one two", "three", "four"]);
    assert.deepEqual(wrap("    at main (server.js:12)", 40), ["    at main (server.js:12)"]);
    assert.deepEqual(wrap("ends here  svc/x", 10), ["ends here", "svc/x"]);
  });

  it("cuts a word that is longer than the line, by columns and not by characters", () => {
    assert.deepEqual(wrap("日本語日本語", 8), ["日本語日", "本語"]);
    assert.equal(wrap("x".repeat(25), 10).join(""), "x".repeat(25));
  });
});
