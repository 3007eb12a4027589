/** Which engine enforces policies, by its DaemonSet; "none" only when that is sure. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DaemonSet } from "../../src/model/kube.ts";
import { detectEngine } from "../../src/policy/engine.ts";

function daemonSet(name: string, namespace = "kube-system", labels: Record<string, string> = {}): DaemonSet {
  return { kind: "DaemonSet", metadata: { name, namespace, labels } };
}

const PROXY: DaemonSet = { kind: "DaemonSet", metadata: { name: "kube-proxy", namespace: "kube-system" } };

describe("detectEngine", () => {
  const known: readonly (readonly [string, string])[] = [
    ["azure-npm", "npm"],
    ["cilium", "cilium"],
    ["calico-node", "calico"],
    ["rke2-canal", "calico"],
    ["antrea-agent", "antrea"],
    ["kube-router", "kube-router"],
    ["weave-net", "weave-net"],
    ["kindnet", "kindnet"],
    ["kube-network-policies", "kube-network-policies"],
  ];
  for (const [name, engine] of known) {
    it(`${name} is ${engine}`, () => assert.equal(detectEngine([PROXY, daemonSet(name)], false).engine, engine));
  }

  it("by its label when a chart renamed it, in any namespace", () => {
    assert.deepEqual(detectEngine([daemonSet("net-agent", "calico-system", { "k8s-app": "calico-node" })], true), {
      engine: "calico",
      evidence: "DaemonSet calico-system/net-agent",
    });
  });

  it("helpers of an engine are not the engine", () => {
    const helpers = [
      daemonSet("cilium-envoy", "kube-system", { "k8s-app": "cilium-envoy" }),
      daemonSet("calico-typha"),
    ];
    assert.equal(detectEngine(helpers, true).engine, "none");
  });

  it("Linux and Windows parts of one engine are one; two engines are not known", () => {
    assert.equal(detectEngine([daemonSet("azure-npm"), daemonSet("azure-npm-win")], true).engine, "npm");
    assert.equal(detectEngine([daemonSet("azure-npm"), daemonSet("cilium")], true).engine, "unknown");
  });

  it("none only when all DaemonSets were read and none may be one", () => {
    assert.equal(detectEngine([PROXY], true).engine, "none");
    assert.equal(detectEngine([PROXY], false).engine, "unknown");
    assert.equal(detectEngine([], true).engine, "unknown");
    assert.equal(detectEngine([PROXY, daemonSet("aws-node")], true).engine, "unknown");
    assert.equal(detectEngine([PROXY], true, ["v1.33.1+k3s1"]).engine, "unknown");
    assert.equal(detectEngine([PROXY], true, ["v1.33.1"]).engine, "none");
  });
});
