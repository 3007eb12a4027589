import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fieldMatcher, labelMatcher, type Matcher } from "../../src/collect/dump/match.ts";
import { event, pod } from "../support/objects.ts";

const web = pod({ metadata: { labels: { app: "web", tier: "front", empty: "" } } });

function fits(
  matcher: Matcher,
  object: Parameters<Extract<Matcher, { matches: unknown }>["matches"]>[0],
): boolean | string {
  return "refused" in matcher ? matcher.refused : matcher.matches(object);
}

describe("label selectors", () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["", true],
    ["app=web", true],
    ["app==web,tier=front", true],
    ["app = web , tier != back", true],
    ["app=api", false],
    ["app!=web", false],
    ["absent!=x", true],
    ["app in (api, web)", true],
    ["app notin (api,web)", false],
    ["absent notin (x)", true],
    ["absent in (x)", false],
    ["app", true],
    ["!app", false],
    ["!absent", true],
    ["empty=", true],
    ["constructor", false],
    ["tier in (front),app,!absent", true],
  ];
  for (const [selector, expected] of cases) {
    it(`${JSON.stringify(selector)} ${expected ? "takes" : "leaves"} the pod`, () =>
      assert.equal(fits(labelMatcher(selector), web), expected));
  }

  it("refuses what does not parse instead of taking all", () => {
    assert.match(String(fits(labelMatcher("app in web"), web)), /malformed/);
    assert.match(String(fits(labelMatcher("app=web,,"), web)), /malformed/);
  });
});

describe("field selectors", () => {
  const happened = event(web, { reason: "Failed", type: "Warning" });
  const cases: readonly (readonly [string, boolean])[] = [
    ["involvedObject.name=web-1", true],
    ["involvedObject.kind=Pod,type!=Normal", true],
    ["involvedObject.uid=other", false],
    ["reason==Failed", true],
  ];
  for (const [selector, expected] of cases) {
    it(`${selector} ${expected ? "takes" : "leaves"} the event`, () =>
      assert.equal(fits(fieldMatcher(selector), happened), expected));
  }

  it("refuses a field that it does not know", () => {
    assert.match(String(fits(fieldMatcher("spec.replicas=1"), web)), /cannot be answered from a dump/);
  });
});
