import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decisiveLines } from "../../src/model/decisive.ts";
import { failingContainers } from "../../src/model/failing.ts";
import type { Pod } from "../../src/model/kube.ts";
import { backOff, brokenPod, ended, manifest, pendingPod, status, unready, waiting } from "../support/containers.ts";
import { NOW, pod } from "../support/objects.ts";

const wanted = (one: Pod): readonly string[] =>
  failingContainers(one, Date.parse(NOW)).map(({ container, previous }) =>
    previous ? `${container} --previous` : container,
  );

describe("failingContainers", () => {
  it("asks for the run that ended while a container waits in back-off", () =>
    assert.deepEqual(wanted(brokenPod(backOff(3))), ["web --previous"]));
  it("asks for the current run while the container is terminated", () =>
    assert.deepEqual(wanted(brokenPod(status({ restartCount: 2, state: { terminated: ended(1) } }))), ["web"]));
  it("asks for a running container that is not ready", () => assert.deepEqual(wanted(brokenPod(unready())), ["web"]));
  it("puts a failed init before the rest", () => {
    const one = pendingPod([backOff(2)], {
      spec: { initContainers: [{ name: "migrate" }], containers: [{ name: "web" }] },
      status: { initContainerStatuses: [{ ...status({ state: { terminated: ended(1) } }), name: "migrate" }] },
    });
    assert.deepEqual(wanted(one), ["migrate", "web --previous"]);
  });
  it("asks for nothing of a healthy pod, of an image that was never pulled, of a manifest", () => {
    assert.deepEqual(wanted(pod()), []);
    assert.deepEqual(wanted(pendingPod([waiting("ImagePullBackOff")])), []);
    assert.deepEqual(wanted(manifest()), []);
  });
});

describe("decisiveLines", () => {
  it("keeps a short log whole", () => assert.deepEqual(decisiveLines(["a", "", "b"]), ["a", "b"]));
  it("keeps the end of a long log, and the errors before it", () => {
    const noise = Array.from({ length: 50 }, (_, i) => `request ${i} done`);
    const lines = decisiveLines([...noise, "panic: no config", ...noise.slice(0, 10), "bye"]);
    assert.ok(lines.length <= 8);
    assert.ok(lines.includes("panic: no config"));
    assert.equal(lines.at(-1), "bye");
  });
});
