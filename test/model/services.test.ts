import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeMiss, nearMisses } from "../../src/model/near-misses.ts";
import { judgedPorts } from "../../src/model/services.ts";
import { service } from "../support/objects.ts";
import { ownedBy } from "../support/workloads.ts";

const labelled = (name: string, labels: Record<string, string>, namespace = "shop") => ({
  kind: "Pod",
  metadata: { name, namespace, labels },
});
const web = service({ spec: { selector: { app: "web", tier: "front" } } });

describe("nearMisses", () => {
  it("puts more matching pairs first, then the more similar values, then names", () => {
    const { best } = nearMisses(web, [
      labelled("z", { app: "db", tier: "back" }),
      labelled("b", { app: "web" }),
      labelled("a", { app: "web" }),
      labelled("c", { app: "web", tier: "frnt" }),
    ]);
    assert.deepEqual(
      best.map((miss) => [miss.name, miss.matching, miss.close]),
      [
        ["c", 1, true],
        ["a", 1, false],
        ["b", 1, false],
        ["z", 0, false],
      ],
    );
  });

  it("makes one row of the pods of one owner, and counts what it does not show", () => {
    const replicas = [1, 2, 3].map((n) => ({
      kind: "Pod",
      metadata: { name: `web-${n}`, namespace: "shop", ...ownedBy("web") },
    }));
    const others = [1, 2, 3, 4, 5, 6].map((n) => labelled(`db-${n}`, { app: `db${n}` }));
    const { best, others: hidden } = nearMisses(web, [...others, ...replicas]);
    assert.equal(best[0]?.name, "web-1");
    assert.equal(best[0]?.owner, "Deployment/web");
    assert.equal(best[0]?.alike, 2);
    assert.equal(best.length, 5);
    assert.equal(hidden, 2);
  });

  it("lists full matches elsewhere only", () => {
    const { best, elsewhere } = nearMisses(web, [
      labelled("web-1", { app: "web", tier: "front" }, "stage"),
      labelled("web-2", { app: "web" }, "prod"),
    ]);
    assert.deepEqual(best, []);
    assert.deepEqual(
      elsewhere.map((miss) => `${miss.namespace}/${miss.name}`),
      ["stage/web-1"],
    );
  });

  it("an empty selector matches nothing, elsewhere too", () => {
    assert.deepEqual(nearMisses(service({ spec: { selector: {} } }), [labelled("x", {}, "stage")]).elsewhere, []);
  });

  it("a comparison reads as a line", () => {
    const miss = nearMisses(web, [labelled("w", { app: "Web", "app.kubernetes.io/tier": "front" })]).best[0];
    assert.equal(
      miss && describeMiss(miss),
      "0/2: app=Web, wanted web; tier missing, wanted front (but app.kubernetes.io/tier=front)",
    );
  });
});

describe("judgedPorts", () => {
  const two = service({
    spec: {
      ports: [
        { name: "http", port: 80 },
        { name: "metrics", port: 9090 },
      ],
    },
  });
  it("is the port that was asked for, by number or name, else all", () => {
    assert.deepEqual(
      judgedPorts(two, "9090").map(({ index }) => index),
      [1],
    );
    assert.deepEqual(
      judgedPorts(two, "http").map(({ index }) => index),
      [0],
    );
    assert.deepEqual(
      judgedPorts(two, "443").map(({ index }) => index),
      [0, 1],
    );
    assert.deepEqual(
      judgedPorts(two, undefined).map(({ index }) => index),
      [0, 1],
    );
  });
});
