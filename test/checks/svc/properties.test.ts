/** What holds for every Service check in any world: made-up worlds from a fixed seed, so that a failure can be run again. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runChecks } from "../../../src/checks/engine.ts";
import { CHECKS } from "../../../src/checks/index.ts";
import type { Finding } from "../../../src/model/finding.ts";
import type { EndpointSlice, KubeNode, Pod, Service } from "../../../src/model/kube.ts";
import { DEFAULT_SETTINGS } from "../../../src/model/settings.ts";
import { collectionsOf, type Snapshot } from "../../../src/model/snapshot.ts";
import { ago, event, NOW, node, notReady, pod, service, slice } from "../../support/objects.ts";
import { BY_JOB, deployment, ownedBy } from "../../support/workloads.ts";

const SERVICE_CHECKS = CHECKS.filter((check) => check.id.startsWith("svc/"));
const WORLDS = 150;

interface World {
  readonly services: readonly Service[];
  readonly pods: readonly Pod[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly nodes: readonly KubeNode[];
  readonly deployments: ReturnType<typeof deployment>[];
}

/** mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function makeWorld(random: () => number): World {
  const chance = (p: number): boolean => random() < p;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const pods = Array.from({ length: Math.floor(random() * 5) }, (_, i): Pod => {
    const name = `web-${i}`;
    const ips = chance(0.85) ? [{ ip: `10.244.1.${i}` }, ...(chance(0.2) ? [{ ip: `fd00::${i}` }] : [])] : [];
    const owner = pick([
      ownedBy("web", "abc"),
      ownedBy("web", "new"),
      ownedBy("db"),
      { labels: { app: "web" }, ownerReferences: BY_JOB },
      {},
    ]);
    return pod({
      metadata: {
        name,
        ...owner,
        ...(chance(0.15) ? { labels: { app: "wbe" } } : {}),
        ...(chance(0.15) ? { deletionTimestamp: ago(-20) } : {}),
        creationTimestamp: ago(chance(0.2) ? 5 : 3600),
      },
      spec: {
        nodeName: pick(["node-1", "node-2", "gone"]),
        containers: [
          {
            name: "c",
            ports: pick([
              [{ name: "http", containerPort: 8080, protocol: "TCP" }],
              [{ containerPort: 53, protocol: "UDP" }],
              [],
              [{ name: "web", containerPort: 9090 }],
            ]),
          },
        ],
      },
      status: {
        phase: pick(["Running", "Running", "Running", "Failed", "Succeeded", "Pending"]),
        podIPs: ips,
        podIP: ips[0]?.ip ?? "",
        ...(chance(0.3) ? { conditions: notReady(chance(0.3) ? 5 : 600) ?? [] } : {}),
      },
    });
  });
  const slices = Array.from({ length: Math.floor(random() * 3) }, (_, i) =>
    slice({
      metadata: { name: `web-s${i}` },
      ports: pick([[{ name: "http", port: 8080 }], [{ port: 8080 }], []]),
      endpoints: Array.from({ length: Math.floor(random() * 4) }, () => {
        const n = Math.floor(random() * 6);
        const ready = chance(0.6);
        return {
          addresses: [`10.244.1.${n}`],
          conditions: pick([
            {},
            { ready, serving: ready, terminating: false },
            { ready: false, serving: true, terminating: true },
          ]),
          nodeName: pick(["node-1", "node-2"]),
          targetRef: { kind: "Pod", name: `web-${n}`, namespace: "shop", uid: `uid-web-${n}` },
        };
      }),
    }),
  );
  const spec: Service["spec"] = {
    type: pick(["ClusterIP", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]),
    selector: pick([{ app: "web" }, { app: "web" }, { app: "web" }, {}]),
    ports: pick([
      [{ port: 80, targetPort: 8080 }],
      [
        { name: "http", port: 80, targetPort: "http" },
        { name: "dns", port: 53, targetPort: 53 },
      ],
      [
        { name: "a", port: 80, targetPort: "web", nodePort: 31080 },
        { name: "b", port: 81, targetPort: "nope", appProtocol: "http" },
      ],
    ]),
    externalTrafficPolicy: pick(["Local", "Cluster"]),
    internalTrafficPolicy: pick(["Local", "Cluster"]),
    ipFamilies: pick([["IPv4"], ["IPv4", "IPv6"]]),
    ...(chance(0.2) ? { clusterIP: "None" } : {}),
    ...(chance(0.2) ? { publishNotReadyAddresses: true } : {}),
    ...(chance(0.2) ? { loadBalancerSourceRanges: ["203.0.113.0/24"] } : {}),
    ...(chance(0.2) ? { sessionAffinity: "ClientIP" } : {}),
  };
  return {
    services: [service({ spec })],
    pods,
    endpointSlices: slices,
    nodes: [
      node(),
      node({
        metadata: {
          name: "node-2",
          labels: chance(0.3) ? { "node.kubernetes.io/exclude-from-external-load-balancers": "" } : {},
        },
      }),
    ],
    deployments: chance(0.5) ? [deployment({ replicas: pick([0, 2]) })] : [],
  };
}

function judge(world: World, without: readonly string[] = []): readonly Finding[] {
  const given = {
    ...world,
    podLabels: world.pods.map(({ kind, metadata }) => ({ kind, metadata })),
    events: world.services.map((one) => event(one, { reason: "SyncLoadBalancerFailed", message: "no" })),
  };
  const collections = collectionsOf(
    Object.fromEntries(
      Object.entries(given).map(([name, items]) => [
        name,
        without.includes(name)
          ? { state: "unavailable", reason: "forbidden", detail: `${name} is forbidden` }
          : { state: "ok", items },
      ]),
    ) as Partial<Snapshot["collections"]>,
  );
  const scope = {
    target: "svc",
    namespace: "shop",
    pods: [],
    services: world.services.slice(0, 1),
    ingresses: [],
    group: true,
  } as const;
  const snapshot = { takenAt: NOW, source: { kind: "dump", from: "test" }, collections } as const;
  return runChecks(SERVICE_CHECKS, snapshot, scope, DEFAULT_SETTINGS).flatMap((ran) => ran.findings);
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function forWorlds(test: (world: World, random: () => number, seed: number) => void): void {
  for (let seed = 1; seed <= WORLDS; seed++) {
    const random = randomFrom(seed);
    test(makeWorld(random), random, seed);
  }
}

/** The same object with one subtree taken out; its kind, name and namespace stay, as `decode.ts` guarantees them. */
function withoutPart<T>(value: T, random: () => number, depth = 0): T {
  if (Array.isArray(value)) {
    const at = Math.floor(random() * value.length);
    return value.flatMap((item, i) =>
      i !== at ? [item] : random() < 0.3 ? [] : [withoutPart(item, random, depth + 1)],
    ) as T;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const at = Math.floor(random() * entries.length);
  return Object.fromEntries(
    entries.flatMap(([key, item], i) => {
      if (i !== at) return [[key, item]];
      const kept = (depth === 0 && (key === "kind" || key === "metadata")) || key === "name" || key === "namespace";
      return !kept && random() < 0.4 ? [] : [[key, withoutPart(item, random, depth + 1)]];
    }),
  ) as T;
}

describe("every Service check", () => {
  it("meets many findings in these worlds, or the rest says nothing", () => {
    const seen = new Set<string>();
    forWorlds((world) => {
      for (const finding of judge(world)) seen.add(finding.id);
    });
    assert.ok(seen.size > 20, `only ${[...seen].join(", ")}`);
  });

  it("gives every error and warning evidence and a remedy", () => {
    forWorlds((world) => {
      for (const finding of judge(world)) {
        assert.ok(finding.evidence.length > 0, finding.id);
        assert.ok(finding.severity === "info" || finding.remedy.length > 0, finding.id);
        assert.doesNotMatch(finding.summary, /undefined|\[object/, finding.id);
        for (const { v } of finding.evidence) assert.doesNotMatch(v, /undefined|\[object/, finding.id);
      }
    });
  });

  it("says the same in whatever order pods, slices, endpoints and nodes come", () => {
    forWorlds((world, random, seed) => {
      const mixed = {
        ...world,
        pods: shuffled(world.pods, random),
        nodes: shuffled(world.nodes, random),
        endpointSlices: shuffled(world.endpointSlices, random).map((one) => ({
          ...one,
          endpoints: shuffled(one.endpoints ?? [], random),
        })),
      };
      assert.deepEqual(judge(mixed), judge(world), `world ${seed}`);
    });
  });

  it("finds the same in whatever order the ports come", () => {
    const said = (findings: readonly Finding[]) =>
      [...new Set(findings.map(({ id, severity }) => `${id} ${severity}`))].sort();
    forWorlds((world, _, seed) => {
      const reversed = world.services.map((one) => ({
        ...one,
        spec: { ...one.spec, ports: (one.spec?.ports ?? []).toReversed() },
      }));
      assert.deepEqual(said(judge({ ...world, services: reversed })), said(judge(world)), `world ${seed}`);
    });
  });

  it("is not moved by objects of an unrelated namespace", () => {
    const away = { namespace: "away", labels: { app: "other" } };
    const foreign = {
      pods: [pod({ metadata: { name: "web-0", ...away }, status: { phase: "Failed" } })],
      endpointSlices: [slice({ metadata: { namespace: "away" } })],
      deployments: [deployment({ namespace: "away", replicas: 0 })],
      services: [service({ metadata: { namespace: "away", uid: "uid-away" } })],
    };
    forWorlds((world, _, seed) => {
      const more = {
        ...world,
        pods: [...foreign.pods, ...world.pods],
        endpointSlices: [...foreign.endpointSlices, ...world.endpointSlices],
        deployments: [...foreign.deployments, ...world.deployments],
        services: [...world.services, ...foreign.services],
      };
      assert.deepEqual(judge(more), judge(world), `world ${seed}`);
    });
  });

  it("does not become an error when something may not be read", () => {
    forWorlds((world, _, seed) => {
      if (judge(world).some(({ severity }) => severity === "error")) return;
      for (const name of ["pods", "endpointSlices", "nodes", "events"]) {
        const errors = judge(world, [name])
          .filter(({ severity }) => severity === "error")
          .map(({ id }) => id)
          // That nothing is ready stands in the slices; only the excuse that the pods are young is lost with the pods.
          .filter((id) => name !== "pods" || id !== "svc/no-ready-endpoints");
        assert.deepEqual(errors, [], `world ${seed} without ${name}`);
      }
    });
  });

  it("survives objects of which any part is missing", () => {
    forWorlds((world, random) => {
      for (let round = 0; round < 10; round++) {
        judge({
          ...world,
          services: world.services.map((one) => withoutPart(one, random)),
          pods: world.pods.map((one) => withoutPart(one, random)),
          endpointSlices: world.endpointSlices.map((one) => withoutPart(one, random)),
          nodes: world.nodes.map((one) => withoutPart(one, random)),
          deployments: world.deployments.map((one) => withoutPart(one, random)),
        });
      }
    });
  });
});
