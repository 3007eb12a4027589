/** What must hold for every pod, workload and node check, whatever a cluster or a dump holds. Seeded: each run sees the same objects. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runChecks } from "../../../src/checks/engine.ts";
import { CHECKS } from "../../../src/checks/index.ts";
import type { Scope } from "../../../src/model/check.ts";
import type { Finding } from "../../../src/model/finding.ts";
import type { KubeEvent, Pod } from "../../../src/model/kube.ts";
import { DEFAULT_SETTINGS } from "../../../src/model/settings.ts";
import { collectionsOf } from "../../../src/model/snapshot.ts";
import { backOff, brokenPod, ended, log, pendingPod, status, unready, waiting } from "../../support/containers.ts";
import { deployment } from "../../support/live-workloads.ts";
import { ago, event, NOW, node, pod, service } from "../../support/objects.ts";

const MINE = CHECKS.filter((check) => /^(pod|workload|node)\//.test(check.id));

/** Numbers in [0, 1) from a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const a = Math.imul(state ^ (state >>> 15), 1 | state);
    const b = (a + Math.imul(a ^ (a >>> 7), 61 | a)) ^ a;
    return ((b ^ (b >>> 14)) >>> 0) / 4294967296;
  };
}

const probed = {
  spec: {
    containers: [{ name: "web", readinessProbe: { httpGet: { port: "x" } }, livenessProbe: {} }, { name: "side" }],
  },
};

const PODS: readonly Pod[] = [
  brokenPod(backOff(4)),
  brokenPod(unready(), { ...probed, metadata: { name: "web-2" } }),
  pendingPod([waiting("ImagePullBackOff", "not found")], { metadata: { name: "web-3" } }),
  pendingPod([waiting("PodInitializing")], {
    metadata: { name: "web-4" },
    spec: { initContainers: [{ name: "a" }, { name: "b", restartPolicy: "Always" }], containers: [{ name: "web" }] },
    status: { initContainerStatuses: [{ ...status({ state: { terminated: ended(1) } }), name: "a" }] },
  }),
  pod({ metadata: { name: "web-5", deletionTimestamp: ago(900) } }),
  pod({ metadata: { name: "web-6" }, status: { phase: "Failed", reason: "Evicted" } }),
  brokenPod(unready(600, { restartCount: 5, lastState: { terminated: ended(137, { reason: "OOMKilled" }) } }), {
    metadata: { name: "web-7" },
    spec: { containers: [{ name: "web", livenessProbe: {}, startupProbe: {} }] },
  }),
];
const EVENTS: readonly KubeEvent[] = PODS.flatMap((one) => [
  event(one, { reason: "Unhealthy", message: "Readiness probe failed: HTTP probe failed with statuscode: 500" }),
  event(one, { reason: "Killing", message: "Container web failed liveness probe, will be restarted", seconds: 90 }),
  event(one, { reason: "FailedMount", message: 'secret "x" not found', seconds: 30 }),
]);

function findings(pods: readonly Pod[], events: readonly KubeEvent[], group = true): readonly Finding[] {
  const scope: Scope = {
    target: "svc",
    namespace: "shop",
    pods,
    services: [service()],
    ingresses: [],
    group,
  };
  const ok = <T>(items: readonly T[]) => ({ state: "ok", items }) as const;
  const collections = collectionsOf({
    pods: ok(pods),
    events: ok(events),
    nodes: ok([node({ spec: { unschedulable: true } })]),
    services: ok([service()]),
    deployments: ok([deployment({ status: { availableReplicas: 1 } })]),
    logs: ok([log(["panic: password=hunter2"])]),
  });
  const snapshot = { takenAt: NOW, source: { kind: "dump", from: "test" }, collections } as const;
  return runChecks(MINE, snapshot, scope, DEFAULT_SETTINGS).flatMap((ran) => ran.findings);
}

const said = (all: readonly Finding[]): readonly string[] =>
  all.map((one) => `${one.id} ${one.severity} ${one.object.kind}/${one.object.name} ${one.summary}`).toSorted();

function shuffled<T>(items: readonly T[], next: () => number): readonly T[] {
  return items
    .map((item) => ({ item, at: next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** A copy of `value` in which each member is left out with the given chance; `kind`, `metadata` and its names stay, as decoding guarantees. */
function holed(value: unknown, next: () => number, chance: number): unknown {
  if (Array.isArray(value)) return value.filter(() => next() >= chance).map((item) => holed(item, next, chance));
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).filter(([key]) => KEPT.has(key) || next() >= chance);
  return Object.fromEntries(kept.map(([key, member]) => [key, holed(member, next, chance)]));
}
const KEPT = new Set(["kind", "metadata", "name", "namespace"]);

describe("pod, workload and node checks", () => {
  it("see many faults in the sample, so that the rest of this file proves something", () => {
    assert.ok(new Set(findings(PODS, EVENTS).map((one) => one.id)).size >= 12);
  });

  it("do not depend on the order of pods, events, containers and statuses", () => {
    const expected = said(findings(PODS, EVENTS));
    for (let seed = 1; seed <= 40; seed++) {
      const next = random(seed);
      const pods = shuffled(PODS, next).map((one) => ({
        ...one,
        ...(one.spec === undefined
          ? {}
          : { spec: { ...one.spec, containers: shuffled(one.spec.containers ?? [], next) } }),
        ...(one.status === undefined
          ? {}
          : {
              status: {
                ...one.status,
                conditions: shuffled(one.status.conditions ?? [], next),
                containerStatuses: shuffled(one.status.containerStatuses ?? [], next),
              },
            }),
      }));
      assert.deepEqual(said(findings(pods, shuffled(EVENTS, next))), expected, `seed ${seed}`);
    }
  });

  it("never throw, whatever is missing, and every error and warning has evidence and a remedy", () => {
    for (let seed = 1; seed <= 400; seed++) {
      const next = random(seed);
      const pods = PODS.map((one) => holed(one, next, 0.15) as Pod);
      const events = EVENTS.map((one) => holed(one, next, 0.15) as KubeEvent);
      for (const one of findings(pods, events, seed % 2 === 0)) {
        assert.ok(one.evidence.length > 0 && one.summary !== "", one.id);
        assert.ok(one.severity === "info" || one.remedy.length > 0, one.id);
        assert.doesNotMatch(
          `${one.summary} ${JSON.stringify(one.evidence)}`,
          /undefined|NaN|hunter2/,
          `${one.id} seed ${seed}`,
        );
      }
    }
  });

  it("say nothing of pods without status but what their spec alone proves", () => {
    const bare = PODS.map(
      ({ kind, metadata, spec }): Pod => ({ kind, metadata: { ...metadata }, ...(spec === undefined ? {} : { spec }) }),
    );
    const allowed = new Set([
      "pod/probe-port-name-missing",
      "pod/no-readiness-probe",
      "node/cordoned",
      "workload/unavailable",
    ]);
    assert.deepEqual(
      findings(bare, []).filter((one) => !allowed.has(one.id)),
      [],
    );
  });
});
