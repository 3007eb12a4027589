import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeObject, isIssue } from "../../src/collect/decode.ts";
import { node, pod, service, slice } from "../support/objects.ts";

function problemOf(value: unknown, kind = "Pod"): string {
  const decoded = decodeObject(value, kind, "here");
  return isIssue(decoded) ? decoded.problem : "";
}

const meta = (extra: object = {}) => ({ metadata: { name: "a", namespace: "shop", ...extra } });

describe("decode", () => {
  it("accepts live objects whole: conditions have a status that is a word", () => {
    for (const object of [pod(), service(), slice(), node()]) {
      assert.deepEqual(decodeObject(object, object.kind, "here"), object);
    }
  });

  it("takes the kind of a typed list for its items, and an empty namespace for cluster-scoped ones", () => {
    const decoded = decodeObject({ metadata: { name: "node-1" } }, "Node", "here");
    assert.deepEqual(decoded, { kind: "Node", metadata: { name: "node-1", namespace: "" } });
  });

  it("drops nulls and managedFields", () => {
    const decoded = decodeObject(
      {
        ...meta({ managedFields: [{ manager: "kubectl" }], labels: null, creationTimestamp: null }),
        spec: { containers: [null, { name: "web", ports: null }], initContainers: null },
      },
      "Pod",
      "here",
    );
    assert.deepEqual(decoded, { kind: "Pod", ...meta(), spec: { containers: [{ name: "web" }] } });
  });

  it("keeps who wrote a workload or an Ingress and when, but not the fields", () => {
    const managedFields = [
      {
        manager: "keda",
        operation: "Update",
        subresource: "scale",
        time: "2026-11-22T11:00:00Z",
        fieldsV1: { "f:spec": {} },
      },
      null,
      { manager: 7 },
    ];
    const decoded = decodeObject(meta({ managedFields }), "Deployment", "here");
    assert.deepEqual(decoded, {
      kind: "Deployment",
      ...meta({
        managedFields: [
          { manager: "keda", operation: "Update", subresource: "scale", time: "2026-11-22T11:00:00Z" },
          {},
        ],
      }),
    });
  });

  it("keeps an empty NetworkPolicy rule that was written as a bare dash: it allows everything", () => {
    const decoded = decodeObject({ ...meta(), spec: { ingress: [null] } }, "NetworkPolicy", "here");
    assert.deepEqual(decoded, { kind: "NetworkPolicy", ...meta(), spec: { ingress: [{}] } });
  });

  const refused: readonly (readonly [string, unknown, string, string])[] = [
    ["a list", [], "Pod", "expected an object, found a list"],
    ["no metadata", { spec: {} }, "Pod", "metadata is missing"],
    ["no name", { metadata: { generateName: "a-" } }, "Pod", "metadata.name is missing"],
    [
      "containers as a map",
      { ...meta(), spec: { containers: { web: {} } } },
      "Pod",
      "spec.containers should be a list, found an object",
    ],
    [
      "a port in quotes",
      { ...meta(), spec: { ports: [{ port: 80 }, { port: "81" }] } },
      "Service",
      "spec.ports[1].port should be a number, found a string",
    ],
    [
      "a label that YAML reads as a number",
      meta({ labels: { version: 1 } }),
      "Pod",
      "metadata.labels.version should be a string, found a number (quote it)",
    ],
    ["a spec that is a word", { ...meta(), spec: "x" }, "Pod", "spec should be an object, found a string"],
  ];
  for (const [name, value, kind, expected] of refused) {
    it(`refuses ${name}, with the path`, () => assert.equal(problemOf(value, kind), expected));
  }

  it("lets the user's own keys be called like fields of ours", () => {
    const object = { ...meta({ labels: { ports: "x", status: "y" } }), spec: { selector: { to: "x", tls: "true" } } };
    assert.equal(problemOf(object, "Service"), "");
    assert.equal(problemOf({ ...meta(), data: { spec: "text", ports: "80" } }, "ConfigMap"), "");
  });

  it("refuses what is nested without end", () => {
    let deep: object = {};
    for (let level = 0; level < 20_000; level += 1) deep = { deep };
    assert.match(problemOf({ ...meta(), spec: deep }), /nested more than 100 levels/);
  });

  it("does not let a key reach the prototype", () => {
    const decoded = decodeObject(JSON.parse('{"metadata":{"name":"a"},"__proto__":{"polluted":1}}'), "Pod", "here");
    assert.equal("polluted" in decoded, false);
  });
});
