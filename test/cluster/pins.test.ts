import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { goModules, kubernetesVersion } from "./binaries.ts";
import { images, layoutOf, nodePlan } from "./layout.ts";

const file = (...path: string[]): string => readFileSync(join(import.meta.dirname, ...path), "utf8");

describe("pins of the test bed", () => {
  it("stamp the version of Kubernetes that go.mod pins, staging modules included", () => {
    const pins = file("go/kubernetes/go.mod");
    assert.match(pins, new RegExp(`k8s\\.io/kubernetes ${kubernetesVersion} `));
    const staging = [...pins.matchAll(/^\t(k8s\.io\/\S+) => \1 (\S+)$/gm)];
    assert.equal(staging.length, 33);
    for (const [, module, version] of staging) assert.equal(version, kubernetesVersion.replace("v1.", "v0."), module);
  });

  for (const { module } of Object.values(goModules)) {
    it(`hold checksums for every dependency of ${module}`, () => {
      const needed = [...file("go", module, "go.mod").matchAll(/^\t(\S+ v\S+)/gm)].filter(
        ([line]) => !line.includes("=>"),
      );
      if (needed.length === 0) return assert.ok(!existsSync(join(import.meta.dirname, "go", module, "go.sum")));
      const replaced = new Set(
        [...file("go", module, "go.mod").matchAll(/^(?:replace |\t)(\S+) =>/gm)].map(([, name]) => name),
      );
      const sums = file("go", module, "go.sum");
      for (const [, pin = ""] of needed) {
        if (!replaced.has(pin.split(" ")[0]))
          assert.ok(sums.includes(`${pin}/go.mod h1:`) || sums.includes(`${pin} h1:`), pin);
      }
    });
  }

  it("name the images that the add-ons run", () => {
    for (const [addon, image] of [
      ["coredns", images.coredns],
      ["kube-router", images.netpol],
      ["ingress-nginx", images.ingressNginx],
      ["traefik", images.traefik],
    ] as const) {
      assert.ok(file("addons", `${addon}.yaml`).includes(`image: ${image}\n`), addon);
    }
  });
});

describe("layout of a cluster", () => {
  it("refuses names that are no short DNS label", () => {
    for (const name of ["", "A", "a/b", "-a", "a-", "..", "a".repeat(21)])
      assert.throws(() => layoutOf(name), /cannot name/);
    assert.equal(layoutOf("dev-2").cgroup, "netcheck-dev-2");
  });

  it("gives every node an address and a pod range of its own", () => {
    const nodes = [1, 2, 3, 4, 5].map((index) => nodePlan(layoutOf("x"), index));
    assert.equal(new Set(nodes.map(({ ip }) => ip)).size, 5);
    assert.equal(new Set(nodes.map(({ podCidr }) => podCidr)).size, 5);
  });
});
