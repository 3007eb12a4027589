import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { markedPath, markerOf, requestIdOf, withoutQueryValues } from "../../src/model/marker.ts";

describe("the marker of a request", () => {
  it("tells run, place and target", () => {
    assert.equal(markerOf("0a1b2c3d", 10, 3), "0a1b2c3d0a03");
    assert.match(requestIdOf(markerOf("0a1b2c3d", 10, 3)), /^0a1b2c3d0a03[0-9a-f]{20}$/);
  });

  it("stands last in the query", () => {
    assert.equal(markedPath("/", "0a1b2c3d0a03"), "/?netcheck=0a1b2c3d0a03");
    assert.equal(markedPath("/a?b=1#top", "0a1b2c3d0a03"), "/a?b=1&netcheck=0a1b2c3d0a03");
  });

  it("is the one value of a query that is shown", () => {
    assert.equal(
      withoutQueryValues('"GET /a?token=abc&netcheck=0a1b2c3d0a03&b= HTTP/1.1" "https://x.example/?q=me"'),
      '"GET /a?token=[redacted]&netcheck=0a1b2c3d0a03&b= HTTP/1.1" "https://x.example/?q=[redacted]"',
    );
    assert.equal(withoutQueryValues("/?netcheck=not-ours"), "/?netcheck=[redacted]");
  });
});
