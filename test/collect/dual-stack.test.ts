/** Scenario H8: 250 dual-stack endpoints over six slices, an unnamed port, and an Endpoints object that was cut off. All is well. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runChecks } from "../../src/checks/engine.ts";
import { CHECKS } from "../../src/checks/index.ts";
import { judgedOf } from "../../src/cli/scopes.ts";
import { gather } from "../../src/collect/gather.ts";
import type { EndpointSlice, Pod } from "../../src/model/kube.ts";
import type { Report } from "../../src/model/report.ts";
import { DEFAULT_SETTINGS } from "../../src/model/settings.ts";
import type { TargetRequest } from "../../src/model/target.ts";
import { buildReport } from "../../src/report/build.ts";
import { memorySource } from "../support/memory-source.ts";
import { node, notReady, pod, service, slice } from "../support/objects.ts";
import { deployment, ownedBy } from "../support/workloads.ts";

const PODS = 250;
/** Endpoints of one slice, as the controller packs them by default. */
const PER_SLICE = 100;
const REQUEST: TargetRequest = { kind: "svc", namespace: "shop", selection: { by: "name", name: "web" } };

const v4 = (i: number): string => `10.244.${Math.floor(i / 200)}.${(i % 200) + 10}`;
const v6 = (i: number): string => `fd00:10:244::${(i + 16).toString(16)}`;

const pods: readonly Pod[] = Array.from({ length: PODS }, (_, i) =>
  pod({
    metadata: { name: `web-${i}`, uid: `uid-${i}`, ...ownedBy("web") },
    spec: { nodeName: `node-${i % 10}` },
    status: { podIP: v4(i), podIPs: [{ ip: v4(i) }, { ip: v6(i) }] },
  }),
);

/** Three slices for each family: 100, 100 and 50 endpoints. IPv6 is written as people write it, not in canonical form. */
const slices: readonly EndpointSlice[] = (["IPv4", "IPv6"] as const).flatMap((family) =>
  Array.from({ length: Math.ceil(PODS / PER_SLICE) }, (_, at) => {
    const some = pods.slice(at * PER_SLICE, (at + 1) * PER_SLICE);
    return slice({
      metadata: { name: `web-${family.toLowerCase()}-${at}` },
      addressType: family,
      endpoints: some.map(({ metadata, spec }, i) => ({
        addresses: [family === "IPv4" ? v4(at * PER_SLICE + i) : v6(at * PER_SLICE + i).toUpperCase()],
        conditions: { ready: true },
        nodeName: spec?.nodeName ?? "",
        targetRef: { kind: "Pod", name: metadata.name, namespace: "shop", uid: metadata.uid ?? "" },
      })),
    });
  }),
);

const dual = service({
  spec: {
    clusterIPs: ["10.96.0.80", "fd00:10:96::80"],
    ipFamilies: ["IPv4", "IPv6"],
    ipFamilyPolicy: "RequireDualStack",
  },
});
const nodes = Array.from({ length: 10 }, (_, i) => node({ metadata: { name: `node-${i}` } }));
/** v1 Endpoints hold 1000 addresses of one family; over that they are cut off. They are never judged. */
const truncated = {
  kind: "Endpoints",
  metadata: {
    name: "web",
    namespace: "shop",
    annotations: { "endpoints.kubernetes.io/over-capacity": "truncated" },
  },
  subsets: [{ addresses: [{ ip: v4(0) }], ports: [{ port: 8080 }] }],
};

async function judged(all: readonly Pod[], listed: readonly EndpointSlice[]): Promise<Report> {
  const replicas = deployment({ replicas: all.length });
  const source = memorySource([dual, ...all, ...listed, ...nodes, replicas, truncated]);
  const snapshot = await gather(source, REQUEST);
  const [one] = judgedOf(REQUEST, snapshot);
  assert.ok(one);
  const ran = runChecks(CHECKS, one.snapshot, one.scope, DEFAULT_SETTINGS);
  return buildReport({ snapshot: one.snapshot, scope: one.scope, target: one.target, ran });
}

const complaints = (report: Report): readonly string[] =>
  report.findings.filter(({ severity }) => severity !== "info").map(({ id, severity }) => `${id} ${severity}`);

describe("H8: dual-stack over six slices", () => {
  it("is healthy: every slice of both families counts, and the truncated Endpoints do not", async () => {
    assert.equal(slices.length, 6);
    const report = await judged(pods, slices);
    assert.deepEqual(complaints(report), []);
    assert.equal(report.verdict, "healthy");
  });

  it("one slice less is noticed", async () => {
    const report = await judged(pods, slices.slice(1));
    assert.ok(complaints(report).includes("svc/endpoint-missing warning"), complaints(report).join());
  });

  it("a whole family less is noticed", async () => {
    const single = pods.map((one, i) => ({ ...one, status: { ...one.status, podIPs: [{ ip: v4(i) }] } }));
    const report = await judged(single, slices.slice(0, 3));
    assert.equal(report.verdict, "broken");
    assert.equal(report.findings[0]?.id, "svc/endpoint-ip-family-missing");
  });

  it("one of 250 pods down is a warning, not a broken Service", async () => {
    const [first, ...rest] = pods;
    assert.ok(first);
    const down = { ...first, status: { ...first.status, conditions: notReady() } };
    const without = slices.map((one) => ({
      ...one,
      endpoints: (one.endpoints ?? []).map((endpoint) =>
        endpoint.targetRef?.name === first.metadata.name ? { ...endpoint, conditions: { ready: false } } : endpoint,
      ),
    }));
    const report = await judged([down, ...rest], without);
    assert.equal(report.verdict, "degraded");
  });
});
