/** What holds for whole commands in any world. The worlds are made up from fixed seeds, so that a failure can be run again. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CHECKS } from "../../src/checks/index.ts";
import { reportsOf } from "../../src/cli/judging.ts";
import { gather } from "../../src/collect/gather.ts";
import type { KubeObject } from "../../src/model/kube.ts";
import type { Report } from "../../src/model/report.ts";
import type { TargetRequest } from "../../src/model/target.ts";
import { ingress, ingressClass, nginxPod } from "../checks/ingress/_objects.ts";
import { netcheck } from "../support/command.ts";
import { backOff, status, unready, waiting } from "../support/containers.ts";
import { crowd } from "../support/crowd.ts";
import { memorySource } from "../support/memory-source.ts";
import { ago, NOW, node, notReady, pod, service, slice } from "../support/objects.ts";
import { type Random, random } from "../support/random.ts";
import { deployment, ownedBy } from "../support/workloads.ts";

type Some = Pick<KubeObject<object>, "kind" | "metadata">;
type World = readonly Some[];

const SEEDS = Array.from({ length: 30 }, (_, i) => i + 1);
const KINDS = ["svc", "pod", "ingress"] as const;

const STATES = [
  () => unready(900),
  () => backOff(7),
  () => waiting("ImagePullBackOff"),
  () => waiting("SomethingNew"),
  () => status({ state: {} }),
];

function ageOf({ metadata }: Some): number {
  return (Date.parse(NOW) - Date.parse(metadata.creationTimestamp ?? NOW)) / 1000;
}

/** Namespace `shop`: three apps, each healthy or broken in a way of its own, and an Ingress before two of them. */
function worldOf(r: Random): World {
  const apps = ["web", "api", "db"].flatMap((app, a): World => {
    const owner = { ...ownedBy(app), labels: { app, "pod-template-hash": "abc" } };
    const members = Array.from({ length: r.below(4) }, (_, i) => {
      const ip = `10.244.${a}.${i + 1}`;
      const broken = r.oneIn(3);
      return pod({
        metadata: {
          name: `${app}-${i}`,
          uid: `uid-${app}-${i}`,
          ...owner,
          ...(r.oneIn(8) ? { deletionTimestamp: ago(-20) } : {}),
          creationTimestamp: ago(r.pick([5, 200, 9000])),
        },
        spec: {
          nodeName: r.pick(["node-1", "node-2"]),
          containers: [
            {
              name: "web",
              ports: r.pick([[{ name: "http", containerPort: 8080 }], [], [{ containerPort: 53, protocol: "UDP" }]]),
            },
          ],
        },
        status: {
          phase: r.pick(["Running", "Running", "Running", "Pending", "Failed"]),
          podIP: ip,
          podIPs: [{ ip }],
          ...(broken ? { conditions: notReady(r.pick([5, 600])), containerStatuses: [r.pick(STATES)()] } : {}),
        },
      });
    });
    const listed = members.filter(() => !r.oneIn(5));
    const manual = r.oneIn(6);
    const given = service({
      metadata: { name: app, creationTimestamp: ago(r.pick([10, 9000])) },
      spec: {
        type: r.pick(["ClusterIP", "ClusterIP", "NodePort", "LoadBalancer"]),
        selector: manual ? {} : { app: r.oneIn(5) ? `${app}x` : app },
        clusterIP: r.oneIn(5) ? "None" : `10.96.0.${a + 1}`,
        ports: [{ port: 80, targetPort: r.pick([8080, "http"]), protocol: "TCP" }],
        ...(r.oneIn(5) ? { internalTrafficPolicy: "Local" } : {}),
        ...(r.oneIn(6) ? { publishNotReadyAddresses: true } : {}),
      },
    });
    return [
      given,
      deployment({ name: app, labels: { app }, replicas: members.length, age: r.pick([10, 9000]) }),
      ...members,
      slice({
        metadata: {
          name: `${app}-s`,
          // As the controller notes it: when one of the pods changed last.
          annotations: {
            "endpoints.kubernetes.io/last-change-trigger-time": ago(Math.min(9000, ...members.map(ageOf))),
          },
          labels: {
            "kubernetes.io/service-name": app,
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
          },
        },
        endpoints: listed.map((one) => ({
          addresses: [one.status?.podIP ?? ""],
          conditions: { ready: !r.oneIn(3) },
          nodeName: one.spec?.nodeName ?? "",
          targetRef: { kind: "Pod", name: one.metadata.name, namespace: "shop", uid: one.metadata.uid ?? "" },
        })),
      }),
    ];
  });
  const rules = [{ host: "shop.example.com", paths: ["/ Prefix web:80", "/api Prefix api:80"] }];
  return [node(), node({ metadata: { name: "node-2" } }), ingressClass(), nginxPod(), ingress({ rules }), ...apps];
}

async function judge(
  kind: TargetRequest["kind"],
  world: World,
  forbidden: readonly string[] = [],
): Promise<readonly Report[]> {
  const request: TargetRequest = { kind, namespace: "shop", selection: { by: "all" } };
  return reportsOf(request, await gather(memorySource(world, forbidden), request), CHECKS);
}

const byTarget = (reports: readonly Report[]) =>
  new Map(reports.map((report) => [report.target.name, report] as const));

const essence = ({ verdict, findings }: Report) => [
  verdict,
  ...findings.map(({ id, severity, summary, consequenceOf }) => `${severity} ${id} ← ${consequenceOf}: ${summary}`),
];

describe("a command, in any world,", () => {
  it("meets all verdicts in these worlds, or the rest says nothing", async () => {
    const all = await Promise.all(SEEDS.map((seed) => judge("svc", worldOf(random(seed)))));
    const verdicts = new Set(all.flat().map(({ verdict }) => verdict));
    assert.deepEqual([...verdicts].sort(), ["broken", "degraded", "healthy", "unknown"]);
  });

  for (const kind of KINDS) {
    it(`${kind}: says the same in whatever order the API lists`, async () => {
      for (const seed of SEEDS) {
        const world = worldOf(random(seed));
        const one = byTarget(await judge(kind, world));
        const other = byTarget(await judge(kind, random(seed).shuffle(world)));
        assert.deepEqual([...other.keys()].sort(), [...one.keys()].sort());
        for (const [name, report] of one)
          assert.deepEqual(other.get(name)?.findings, report.findings, `seed ${seed}, ${name}`);
      }
    });

    it(`${kind}: is not moved by another namespace`, async () => {
      const others = crowd({ services: 20, pods: 40, namespaces: 2, nodes: 0 });
      for (const seed of SEEDS) {
        const world = worldOf(random(seed));
        const alone = await judge(kind, world);
        const among = byTarget(await judge(kind, [...world, ...others]));
        for (const report of alone)
          assert.deepEqual(essence(among.get(report.target.name) ?? report), essence(report), `seed ${seed}`);
      }
    });

    it(`${kind}: gives every error and warning evidence and something to do`, async () => {
      for (const seed of SEEDS)
        for (const { findings } of await judge(kind, worldOf(random(seed))))
          for (const { id, severity, evidence, remedy } of findings)
            if (severity !== "info") assert.ok(evidence.length > 0 && remedy.length > 0, `seed ${seed}: ${id}`);
    });
  }

  const RESOURCES = [
    "pods",
    "endpointslices",
    "nodes",
    "events",
    "deployments",
    "replicasets",
    "services",
    "networkpolicies",
  ];

  for (const kind of ["svc", "ingress"] as const) {
    it(`${kind}: a refusal makes nothing broken, and nothing broken whole`, async () => {
      for (const seed of SEEDS) {
        const world = worldOf(random(seed));
        const free = byTarget(await judge(kind, world));
        for (const resource of RESOURCES) {
          // Without its target a command has nothing to say.
          if (kind === "svc" && resource === "services") continue;
          for (const [name, report] of byTarget(await judge(kind, world, [resource]))) {
            const before = free.get(name)?.verdict;
            const said = `seed ${seed}, ${name} without ${resource}: ${before} → ${report.verdict} (${report.summary})`;
            // The slices of these worlds may contradict the pods; without them the pods are all there is to judge by.
            if (report.verdict === "broken" && resource !== "endpointslices") assert.equal(before, "broken", said);
            if (before === "broken" || before === "unknown") assert.notEqual(report.verdict, "healthy", said);
          }
        }
      }
    });
  }
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const JUNK: readonly Json[] = [
  null,
  "",
  "x",
  -1,
  1e99,
  true,
  [],
  {},
  [null],
  [[]],
  { a: null },
  "2026-13-45T99:99:99Z",
  "\u001b[31m\u0007",
];

/** Every place in a document, as [holder, key]. */
function places(value: Json, found: [{ [key: string]: Json }, string][] = []): [{ [key: string]: Json }, string][] {
  if (typeof value !== "object" || value === null) return found;
  const holder = value as { [key: string]: Json };
  for (const key of Object.keys(holder)) {
    found.push([holder, key]);
    places(holder[key] ?? null, found);
  }
  return found;
}

/** Drops, replaces or doubles parts of some objects. */
function maimed(world: World, r: Random): Json {
  const items = structuredClone(world) as unknown as Json[];
  const apiVersions: Readonly<Record<string, string>> = {
    EndpointSlice: "discovery.k8s.io/v1",
    Deployment: "apps/v1",
    Ingress: "networking.k8s.io/v1",
    IngressClass: "networking.k8s.io/v1",
  };
  for (const item of items as { [key: string]: Json }[]) item["apiVersion"] = apiVersions[String(item["kind"])] ?? "v1";
  for (let i = 0; i <= r.below(6); i++) {
    const [holder, key] = r.pick(places(items).filter(([one]) => one !== (items as unknown)));
    const how = r.below(4);
    if (how === 0) delete holder[key];
    else holder[key] = how === 1 ? [holder[key] ?? null, holder[key] ?? null] : r.pick(JUNK);
  }
  return { apiVersion: "v1", kind: "List", items };
}

describe("a dump of which parts are missing or of a wrong type", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "netcheck-maimed-"));
  });
  after(() => rm(folder, { recursive: true }));

  for (const kind of KINDS) {
    it(`${kind}: gives a report or says what is wrong with it, without a stack and without control characters`, async () => {
      for (const seed of SEEDS) {
        const r = random(seed);
        const file = join(folder, "dump.json");
        await writeFile(file, JSON.stringify(maimed(worldOf(r), r)));
        const { code, out, err } = await netcheck([kind, "-n", "shop", "-f", file, "-o", "json"]);
        const said = `seed ${seed}: ${code} ${err}`;
        assert.ok([0, 1, 2, 3].includes(code), said);
        assert.doesNotMatch(err, /bug in netcheck|^\s+at /m, said);
        assert.doesNotMatch(err + out, /[\u0000-\u0009\u000b-\u001f\u007f]/, said);
        if (out === "") assert.equal(code, 2, said);
        else JSON.parse(out);
      }
    });
  }
});
