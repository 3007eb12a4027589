import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check as classCheck } from "../../src/checks/ingress/class.ts";
import type { Ran, Scope } from "../../src/model/check.ts";
import type { Finding } from "../../src/model/finding.ts";
import { byName, orderFindings } from "../../src/report/order.ts";
import { node, service } from "../support/objects.ts";
import { crashing, found, podRef, said, scopeOf, webPods } from "./samples.ts";

const NODE_REF = { kind: "Node", namespace: "", name: "node-1" };

function listed(ran: readonly Ran[], scope: Scope): readonly string[] {
  return orderFindings(ran, scope).map(
    ({ finding }) => finding.id + (finding.consequenceOf === null ? "" : ` ← ${finding.consequenceOf}`),
  );
}

/** A Service over pods; each check of `ids` fired once on the given object. */
const pods = webPods(["web-1", "web-2"]);
const scope = scopeOf({ pods, services: [service()] });
const crash = (name: string): Finding =>
  found("pod/container-crash-loop", { object: podRef(name), summary: `pod ${name} crashes` });
const containers = (...findings: Finding[]): Ran =>
  said({ id: "pod/container-crash-loop", hop: "container", findings });
const noEndpoints = said({
  id: "svc/no-ready-endpoints",
  hop: "endpoints",
  findings: [found("svc/no-ready-endpoints")],
});

describe("root cause before symptom", () => {
  it("pods that all fail explain the Service without endpoints", () => {
    assert.deepEqual(listed([noEndpoints, containers(crash("web-1"), crash("web-2"))], scope), [
      "pod/container-crash-loop",
      "pod/container-crash-loop",
      "svc/no-ready-endpoints ← pod/container-crash-loop",
    ]);
  });

  it("one pod without an error, and the pods do not explain it", () => {
    assert.deepEqual(listed([noEndpoints, containers(crash("web-1"))], scope), [
      "pod/container-crash-loop",
      "svc/no-ready-endpoints",
    ]);
  });

  const ofContainer = (id: string, path: string, more: Partial<Finding> = {}): Finding =>
    found(id, { object: podRef("web-1", path), ...more });
  const loop = said({
    id: "pod/container-crash-loop",
    findings: [ofContainer("pod/container-crash-loop", "status.containerStatuses[0].state")],
  });
  const probe = (id: string, container: string, more: Partial<Finding> = {}): Ran =>
    said({
      id: "pod/liveness-kills",
      findings: [ofContainer(id, `spec.containers[${container}].livenessProbe`, more)],
    });
  const KILLING = { evidence: [{ k: "Killing", v: "Container web failed liveness probe" }] };
  const EXPLAINED = ["pod/liveness-kills", "pod/container-crash-loop ← pod/liveness-kills"];

  it("a crash loop that the kubelet's kills make is a consequence of the probe", () => {
    assert.deepEqual(listed([loop, probe("pod/liveness-kills", "web", KILLING)], scope), EXPLAINED);
  });

  it("no kill was seen, or it was another container's: the app may crash by itself", () => {
    assert.notDeepEqual(listed([loop, probe("pod/liveness-kills", "web")], scope), EXPLAINED);
    assert.notDeepEqual(listed([loop, probe("pod/liveness-kills", "side", KILLING)], scope), EXPLAINED);
  });

  it("pods with a warning explain why some endpoints are not ready", () => {
    const mixed = scopeOf({
      pods: [...webPods(["web-1"], () => ({ status: crashing() })), ...webPods(["web-2"])],
      services: [service()],
    });
    const some = said({
      id: "svc/some-endpoints-not-ready",
      findings: [found("svc/some-endpoints-not-ready", { severity: "warning" })],
    });
    assert.deepEqual(listed([some, containers({ ...crash("web-1"), severity: "warning" })], mixed), [
      "pod/container-crash-loop",
      "svc/some-endpoints-not-ready ← pod/container-crash-loop",
    ]);
  });

  it("a finished pod needs no error of its own", () => {
    const done = webPods(["web-3"], () => ({ status: { phase: "Succeeded" } }));
    const wider = scopeOf({ ...scope, pods: [...pods, ...done] });
    assert.deepEqual(
      listed([noEndpoints, containers(crash("web-1"), crash("web-2"))], wider).at(-1),
      ["svc/no-ready-endpoints ← pod/container-crash-loop"][0],
    );
  });

  it("a chain ends at its root: node → pod → Service", () => {
    const ran = [
      noEndpoints,
      said({
        id: "pod/not-ready",
        findings: ["web-1", "web-2"].map((name) => found("pod/not-ready", { object: podRef(name) })),
      }),
      said({ id: "node/not-ready", hop: "node", findings: [found("node/not-ready", { object: NODE_REF })] }),
    ];
    assert.deepEqual(listed(ran, scope), [
      "node/not-ready",
      "pod/not-ready ← node/not-ready",
      "pod/not-ready ← node/not-ready",
      "svc/no-ready-endpoints ← node/not-ready",
    ]);
  });

  it("a node explains only its own pods", () => {
    const elsewhere = webPods(["web-1"], () => ({ spec: { nodeName: "node-2", containers: [] } }));
    const ran = [
      said({ id: "pod/not-ready", findings: [found("pod/not-ready", { object: podRef("web-1") })] }),
      said({ id: "node/not-ready", hop: "node", findings: [found("node/not-ready", { object: NODE_REF })] }),
    ];
    assert.deepEqual(listed(ran, scopeOf({ pods: elsewhere })), ["pod/not-ready", "node/not-ready"]);
    assert.equal(node().metadata.name, NODE_REF.name);
  });

  it("a weaker finding does not explain a stronger one, so that no error is hidden", () => {
    const warning = found("azure/probe-http-default-path", { severity: "warning" });
    const ran = [
      said({ id: "azure/probe-http-default-path", hop: "load-balancer", findings: [warning] }),
      said({ id: "azure/lb-probe-down", hop: "load-balancer", findings: [found("azure/lb-probe-down")] }),
    ];
    assert.deepEqual(listed(ran, scope), ["azure/lb-probe-down", "azure/probe-http-default-path"]);
  });

  it("but a workload that was scaled to zero on purpose does, whatever its severity", () => {
    const zero = found("workload/scaled-to-zero", {
      severity: "warning",
      object: { kind: "Deployment", namespace: "shop", name: "web" },
    });
    const ran = [
      said({ id: "workload/scaled-to-zero", findings: [zero] }),
      said({ id: "svc/selector-matches-nothing", hop: "service", findings: [found("svc/selector-matches-nothing")] }),
    ];
    assert.deepEqual(listed(ran, scope), [
      "workload/scaled-to-zero",
      "svc/selector-matches-nothing ← workload/scaled-to-zero",
    ]);
  });

  it("an info explains nothing", () => {
    const evicted = ["web-1", "web-2"].map((name) => found("pod/evicted", { severity: "info", object: podRef(name) }));
    assert.deepEqual(listed([said({ id: "pod/evicted", findings: evicted }), noEndpoints], scope), [
      "svc/no-ready-endpoints",
      "pod/evicted",
      "pod/evicted",
    ]);
  });

  it("roots go by severity, then from the inside out, then by name with numbers by value", () => {
    const ran = [
      said({ id: "svc/protocol-mismatch", hop: "service", findings: [found("svc/protocol-mismatch")] }),
      containers(crash("web-10"), crash("web-2")),
      said({
        id: "pod/liveness-kills",
        hop: "container",
        findings: [found("pod/liveness-kills", { severity: "warning" })],
      }),
    ];
    const order = orderFindings(ran, scope).map(({ finding }) => `${finding.id} ${finding.object.name}`);
    assert.deepEqual(order, [
      "pod/container-crash-loop web-2",
      "pod/container-crash-loop web-10",
      "svc/protocol-mismatch web",
      "pod/liveness-kills web",
    ]);
    assert.ok(byName("web-2", "web-10") < 0 && byName("web-010", "web-10") !== 0 && byName("a", "a") === 0);
  });
});

describe("findings that make way", () => {
  const notReady = said({
    id: "pod/not-ready",
    yieldsTo: ["pod/*"],
    findings: ["web-1", "web-2"].map((name) => found("pod/not-ready", { object: podRef(name, "status.conditions") })),
  });

  it("the general one is dropped where a precise one is about the same object", () => {
    const order = orderFindings([notReady, containers(crash("web-1"))], scope);
    assert.deepEqual(
      order.map(({ finding }) => `${finding.id} ${finding.object.name}`),
      ["pod/container-crash-loop web-1", "pod/not-ready web-2"],
    );
  });

  it("an info is no reason to make way", () => {
    const info = said({
      id: "pod/host-network",
      findings: [found("pod/host-network", { severity: "info", object: podRef("web-1") })],
    });
    assert.ok(listed([notReady, info], scope).includes("pod/not-ready"));
  });

  it("two that would both make way: one stays", () => {
    const slow = said({
      id: "pod/creating-slow",
      yieldsTo: ["pod/*"],
      findings: [found("pod/creating-slow", { severity: "warning", object: podRef("web-1") })],
    });
    const one = { ...notReady, findings: notReady.findings.slice(0, 1) };
    assert.deepEqual(listed([slow, one], scope), ["pod/not-ready"]);
  });
});

describe("the order does not depend on the order of the input", () => {
  /** All orders of up to five things. */
  function permutations<T>(list: readonly T[]): readonly (readonly T[])[] {
    if (list.length <= 1) return [list];
    return list.flatMap((one, i) => permutations(list.toSpliced(i, 1)).map((rest) => [one, ...rest]));
  }

  it("for every permutation of checks and of their findings", () => {
    const failing = webPods(["web-1", "web-2", "web-10"], () => ({ status: crashing() }));
    const world = scopeOf({ pods: failing, services: [service()] });
    const crashes = ["web-1", "web-2", "web-10"].map(crash);
    const rest = [
      noEndpoints,
      said({ id: "node/not-ready", hop: "node", findings: [found("node/not-ready", { object: NODE_REF })] }),
      said({
        id: "pod/not-ready",
        yieldsTo: ["pod/*"],
        findings: [found("pod/not-ready", { object: podRef("web-2") })],
      }),
    ];
    const orders = permutations([containers(...crashes), ...rest]).flatMap((ran) =>
      permutations(crashes).map((findings) =>
        JSON.stringify(
          orderFindings(
            ran.map((one) => (one.check.id === "pod/container-crash-loop" ? { ...one, findings } : one)),
            world,
          ).map(({ finding }) => finding),
        ),
      ),
    );
    assert.equal(new Set(orders).size, 1);
    assert.equal(orders.length, 24 * 6);
  });
});

describe("an Ingress that no controller takes", () => {
  it("has its class told before its rules, which nobody reads", () => {
    const INGRESS = { kind: "Ingress", namespace: "shop", name: "web" };
    const rules = said({
      id: "ingress/backend-service",
      hop: "ingress",
      findings: [found("ingress/backend-service-missing", { object: INGRESS })],
    });
    const named: Ran = {
      check: classCheck,
      outcome: { id: classCheck.id, status: "fired", reason: "" },
      findings: [found("ingress/class-not-found", { object: INGRESS })],
    };
    assert.deepEqual(listed([rules, named], scope), ["ingress/class-not-found", "ingress/backend-service-missing"]);
  });
});
