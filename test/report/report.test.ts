/** Verdict, exit code, path, summary and what could not be read. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Ran } from "../../src/model/check.ts";
import type { Verdict } from "../../src/model/report.ts";
import type { Gathered, Snapshot } from "../../src/model/snapshot.ts";
import { buildReport } from "../../src/report/build.ts";
import { exitCode } from "../../src/report/exit.ts";
import { service } from "../support/objects.ts";
import {
  crashed,
  found,
  healthy,
  mistyped,
  POD_TARGET,
  podRef,
  SVC_TARGET,
  said,
  scopeOf,
  sliceFor,
  snapshotOf,
  webPods,
} from "./samples.ts";

const pods = webPods(["web-1", "web-2"]);
const services = [service()];

function reportOf(ran: readonly Ran[], given: { snapshot?: Snapshot; scope?: Parameters<typeof scopeOf>[0] } = {}) {
  const snapshot = given.snapshot ?? snapshotOf({ pods, services, endpointSlices: [sliceFor(pods)] });
  return buildReport({ snapshot, scope: scopeOf({ pods, services, ...given.scope }), target: SVC_TARGET, ran });
}

const error = said({ id: "svc/protocol-mismatch", hop: "service", findings: [found("svc/protocol-mismatch")] });
const warning = said({
  id: "svc/terminating",
  hop: "service",
  findings: [found("svc/terminating", { severity: "warning" })],
});
const info = said({
  id: "svc/session-affinity",
  hop: "service",
  findings: [found("svc/session-affinity", { severity: "info" })],
});
const blind = said({
  id: "svc/no-ready-endpoints",
  hop: "endpoints",
  essential: true,
  status: "unknown",
  reason: "endpointSlices: forbidden",
});
const halfBlind = said({ id: "svc/foreign-slices", hop: "endpoints", status: "unknown", reason: "no" });
const passed = said({ id: "svc/selector-matches-nothing", hop: "service", essential: true });

describe("verdict", () => {
  const cases: readonly (readonly [string, readonly Ran[], Verdict])[] = [
    ["nothing above info is healthy", [passed, info], "healthy"],
    ["a warning degrades", [passed, warning, info], "degraded"],
    ["an error breaks", [passed, warning, error], "broken"],
    ["an essential check without an answer is unknown, even beside a warning", [passed, warning, blind], "unknown"],
    ["an error is an error, whatever else could not be read", [error, blind], "broken"],
    ["a check that is not essential does not make it unknown", [passed, halfBlind], "healthy"],
  ];
  for (const [name, ran, verdict] of cases) it(name, () => assert.equal(reportOf(ran).verdict, verdict));

  it("a consequence adds nothing: a workload at zero that its autoscaler wakes is a warning", () => {
    const zero = found("workload/scaled-to-zero", {
      severity: "warning",
      object: { kind: "Deployment", namespace: "shop", name: "web" },
    });
    const ran = [
      said({ id: "workload/scaled-to-zero", findings: [zero] }),
      said({ id: "svc/selector-matches-nothing", hop: "service", findings: [found("svc/selector-matches-nothing")] }),
    ];
    assert.equal(reportOf(ran, { scope: { pods: [] } }).verdict, "degraded");
  });
});

describe("exit code", () => {
  const cases: readonly (readonly [readonly Verdict[], "error" | "warning" | "never", number])[] = [
    [["healthy"], "error", 0],
    [["degraded"], "error", 0],
    [["degraded"], "warning", 1],
    [["broken"], "error", 1],
    [["broken"], "never", 0],
    [["unknown"], "error", 3],
    [["unknown"], "never", 3],
    [["healthy", "unknown", "broken"], "error", 1],
    [["healthy", "unknown", "degraded"], "error", 3],
    [[], "error", 0],
  ];
  for (const [verdicts, failOn, code] of cases)
    it(`${verdicts.join(", ") || "nothing"} with --fail-on=${failOn} is ${code}`, () =>
      assert.equal(
        exitCode(
          verdicts.map((verdict) => ({ verdict })),
          failOn,
        ),
        code,
      ));
});

const drawn = (report: ReturnType<typeof healthy>): readonly string[] =>
  report.path.map(({ label, status }) => `${label}: ${status}`);

describe("path", () => {
  it("runs from the client to the container", () => {
    assert.deepEqual(drawn(healthy()), [
      "client: not-checked",
      "Service shop/web:80: ok",
      "endpoints 3/3 ready: ok",
      "pods 3/3 ready: ok",
      "container web:8080: ok",
    ]);
  });

  it("is broken at the cause; where only the consequence shows it is a warning", () => {
    assert.deepEqual(drawn(crashed()).slice(1), [
      "Service shop/web:80: ok",
      "endpoints 0/3 ready: warning",
      "pods 0/3 ready: ok",
      "container web:8080: broken",
    ]);
  });

  it("without a selected pod says so", () => {
    assert.deepEqual(drawn(mistyped()).slice(1, 4), [
      "Service shop/web:80: broken",
      "endpoints 0/0 ready: warning",
      "no pods: not-checked",
    ]);
  });

  it("does not know the endpoints that it could not read", () => {
    const snapshot = snapshotOf({
      pods,
      services,
      endpointSlices: { state: "unavailable", reason: "forbidden", detail: "no" },
    });
    assert.ok(drawn(reportOf([blind], { snapshot })).includes("endpoints ?: unknown"));
  });

  it("counts an address as ready only with a judged port", () => {
    const named = [
      service({
        spec: {
          ...services[0]?.spec,
          ports: [
            { name: "http", port: 80, targetPort: "http" },
            { name: "admin", port: 81, targetPort: "admin" },
          ],
        },
      }),
    ];
    const listed = sliceFor(pods);
    const snapshot = snapshotOf({
      pods,
      services: named,
      endpointSlices: [{ ...listed, ports: [{ name: "http", port: 8080, protocol: "TCP" }] }],
    });
    const label = (port: string): string | undefined =>
      reportOf([], { snapshot, scope: { services: named, port } }).path.find(({ hop }) => hop === "endpoints")?.label;
    assert.equal(label("http"), "endpoints 2/2 ready");
    assert.equal(label("admin"), "endpoints 0/2 ready");
  });

  it("draws node and policy only when something is said of them", () => {
    const node = said({
      id: "node/not-ready",
      hop: "node",
      findings: [found("node/not-ready", { object: { kind: "Node", namespace: "", name: "node-1" } })],
    });
    assert.ok(drawn(reportOf([node])).includes("node node-1: broken"));
    assert.ok(!drawn(reportOf([said({ id: "node/not-ready", hop: "node" })])).some((line) => line.startsWith("node")));
  });

  it("of a pod has neither Service nor endpoints", () => {
    const report = buildReport({
      snapshot: snapshotOf({ pods }),
      scope: scopeOf({ target: "pod", pods: pods.slice(0, 1) }),
      target: POD_TARGET,
      ran: [said({ id: "pod/not-ready", findings: [found("pod/not-ready", { object: podRef("web-1") })] })],
    });
    assert.deepEqual(drawn(report), ["client: not-checked", "pod web-1: broken", "container web: not-checked"]);
  });
});

describe("summary", () => {
  it("is one line with verdict and cause", () => {
    assert.match(
      crashed().summary,
      /^Service shop\/web is broken: container web of pod \S+ crashes right after it starts/,
    );
    assert.match(healthy().summary, /^Service shop\/web is healthy/);
    assert.equal(
      reportOf([passed, blind]).summary,
      "cannot tell whether Service shop/web works: endpointSlices: forbidden",
    );
    const many = said({
      id: "svc/protocol-mismatch",
      hop: "service",
      findings: [found("svc/protocol-mismatch", { summary: "one\ntwo" })],
    });
    assert.equal(reportOf([many, warning]).summary, "Service shop/web is broken: one two (and 1 more finding)");
  });
});

describe("what could not be read", () => {
  const unavailable = (reason: "forbidden" | "not-in-dump" | "not-served" | "not-requested"): Gathered<never> => ({
    state: "unavailable",
    reason,
    detail: "that is why",
  });
  const asks = said({
    id: "svc/no-ready-endpoints",
    needs: ["endpointSlices"],
    essential: true,
    status: "unknown",
    reason: "endpointSlices: forbidden",
  });

  it("names what, why, which checks hang on it, and what settles it", () => {
    const snapshot = snapshotOf({ pods, services, endpointSlices: unavailable("forbidden") });
    assert.deepEqual(reportOf([asks], { snapshot }).unread, [
      {
        what: "endpointslices.discovery.k8s.io in namespace shop",
        reason: "forbidden: that is why",
        checks: ["svc/no-ready-endpoints"],
        remedy: "kubectl -n shop auth can-i list endpointslices.discovery.k8s.io",
      },
    ]);
  });

  it("for a dump says what to add to it", () => {
    const snapshot = snapshotOf({ pods, services, endpointSlices: unavailable("not-in-dump") });
    assert.equal(
      reportOf([asks], { snapshot }).unread[0]?.remedy,
      "# add to the dump: kubectl -n shop get endpointslices.discovery.k8s.io -o yaml",
    );
  });

  it("asks for a cluster-scoped kind without a namespace", () => {
    const nodes = said({ id: "node/not-ready", needs: ["nodes"], status: "unknown", reason: "nodes: forbidden" });
    const snapshot = snapshotOf({ pods, nodes: unavailable("forbidden") });
    assert.equal(reportOf([nodes], { snapshot }).unread[0]?.remedy, "kubectl auth can-i list nodes");
  });

  it("does not complain of what no unanswered check needed", () => {
    const snapshot = snapshotOf({ pods, services, endpointSlices: [], nodes: unavailable("forbidden") });
    assert.deepEqual(reportOf([passed], { snapshot }).unread, []);
  });

  it("lists what a check could not answer for a reason of its own", () => {
    const unread = reportOf([
      said({ id: "pod/not-ready", status: "unknown", reason: "the manifest has no status" }),
    ]).unread;
    assert.deepEqual(
      unread.map(({ reason, checks }) => ({ reason, checks })),
      [{ reason: "the manifest has no status", checks: ["pod/not-ready"] }],
    );
  });

  it("reports objects that were there but could not be read", () => {
    const snapshot = snapshotOf({
      pods: { state: "ok", items: pods, gaps: ["pod.yaml: line 3"] },
      services,
      endpointSlices: [],
    });
    const half = said({
      id: "pod/not-ready",
      needs: ["pods"],
      status: "unknown",
      reason: "not everything could be read",
    });
    assert.equal(reportOf([half], { snapshot }).unread[0]?.reason, "pod.yaml: line 3");
  });
});
