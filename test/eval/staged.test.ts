import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { images } from "../cluster/layout.ts";
import { type Manifest, namespacesOf, staged } from "./staged.ts";

const workload = (spec: object, metadata: object = {}): Manifest =>
  ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "shop", ...metadata }, spec }) as Manifest;
const pod = (container: object): Manifest =>
  ({ apiVersion: "v1", kind: "Pod", metadata: { name: "one" }, spec: { containers: [container] } }) as Manifest;
const rename = (namespace: string): string => `x-${namespace}`;
const containerOf = (object: Manifest | undefined): Record<string, unknown> => {
  const spec = (object?.spec ?? {}) as Record<string, Record<string, never>>;
  const inside = (spec["template"]?.["spec"] ?? spec) as { containers?: Record<string, unknown>[] };
  return inside.containers?.[0] ?? {};
};

describe("a case made ready for the test bed", () => {
  it("lies in namespaces of its own, without what the API server fills in", () => {
    const given = { ...pod({ name: "c", image: "a/b:1" }), status: { phase: "Running" } };
    const { objects } = staged([{ ...given, metadata: { name: "one", uid: "u", namespace: "shop" } }], rename);
    assert.deepEqual(objects[0]?.metadata, { name: "one", namespace: "x-shop" });
    assert.equal(objects[0]?.["status"], undefined);
    assert.deepEqual(namespacesOf([given], ["asked"]), ["default", "asked"]);
  });

  it("keeps an image that nobody knows: that it cannot be pulled may be the fault", () => {
    const { objects, changes } = staged([pod({ name: "c", image: "acme/nothing:1" })], rename);
    assert.equal(containerOf(objects[0])["image"], "acme/nothing:1");
    assert.deepEqual(changes, []);
  });

  it("has stand-ins for well-known images, with the case's own command and variables", () => {
    const env = [{ name: "A", value: "b" }];
    const { objects } = staged(
      [
        pod({ name: "c", image: "docker.io/library/nginx:1.27", env }),
        pod({ name: "c", image: "busybox", command: ["x"] }),
      ],
      rename,
    );
    assert.equal(containerOf(objects[0])["image"], images.web);
    assert.deepEqual((containerOf(objects[0])["env"] as object[])[0], env[0]);
    assert.deepEqual([containerOf(objects[1])["image"], containerOf(objects[1])["command"]], [images.probe, ["x"]]);
  });

  it("has a selector and a container where a linter's manifest has none", () => {
    const labels = { app: "web" };
    const { objects, changes } = staged([workload({ template: { metadata: { labels } } })], rename);
    assert.deepEqual(objects[0]?.spec?.["selector"], { matchLabels: labels });
    assert.equal(containerOf(objects[0])["image"], images.web);
    assert.equal(changes.length, 2);
  });

  it("leaves out and names what the bed does not serve", () => {
    const foreign = { apiVersion: "apps.example.com/v1", kind: "Deployment", metadata: { name: "x" } } as Manifest;
    const { objects, changes } = staged([foreign], rename);
    assert.deepEqual([objects, changes], [[], ["without Deployment x"]]);
  });
});
