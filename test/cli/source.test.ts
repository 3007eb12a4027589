/** `--from`: the client whose flows to the target are judged, found by name or by address. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CHECKS } from "../../src/checks/index.ts";
import { reportsOf } from "../../src/cli/judging.ts";
import { clientRef } from "../../src/cli/source.ts";
import { standIn } from "../../src/cli/standing-in.ts";
import { gather } from "../../src/collect/gather.ts";
import { UserError } from "../../src/errors.ts";
import type { SourceRequest, TargetRequest } from "../../src/model/target.ts";
import { daemonSet, namespace, policy } from "../checks/net/objects.ts";
import { memorySource } from "../support/memory-source.ts";
import { node, pod, service, slice } from "../support/objects.ts";
import { deployment } from "../support/workloads.ts";

const at = (name: string, place: string, ip: string) =>
  pod({ metadata: { name, namespace: place, labels: { app: name } }, status: { podIP: ip, podIPs: [{ ip }] } });

const WORLD = [
  service(),
  pod(),
  slice(),
  node(),
  deployment({ name: "gateway", namespace: "edge", labels: { app: "gateway" } }),
  deployment({ name: "stranger", namespace: "edge", labels: { app: "stranger" } }),
  service({ metadata: { name: "outside", namespace: "edge" }, spec: { selector: { app: "stranger" } } }),
  at("gateway", "edge", "10.244.2.1"),
  at("stranger", "edge", "10.244.2.2"),
  at("locked", "edge", "10.244.2.3"),
  namespace("shop"),
  namespace("edge", { team: "edge" }),
  daemonSet("kube-router"),
  policy([
    {
      from: [
        { namespaceSelector: { matchLabels: { team: "edge" } }, podSelector: { matchLabels: { app: "gateway" } } },
        { namespaceSelector: { matchLabels: { team: "edge" } }, podSelector: { matchLabels: { app: "locked" } } },
      ],
      ports: [{ port: 8080 }],
    },
  ]),
  policy([], {
    name: "locked",
    namespace: "edge",
    spec: { podSelector: { matchLabels: { app: "locked" } }, policyTypes: ["Egress"] },
  }),
];

const svc = (from: SourceRequest): TargetRequest => ({
  kind: "svc",
  namespace: "shop",
  selection: { by: "name", name: "web" },
  from,
});

async function judged(request: TargetRequest, forbidden: readonly string[] = []) {
  const [report] = reportsOf(request, await gather(memorySource(WORLD, forbidden), request), CHECKS);
  assert.ok(report !== undefined);
  return report;
}

/** The client that `--from` means, as for a run in namespace edge. */
async function client(from: string, world: Parameters<typeof memorySource>[0] = WORLD): Promise<SourceRequest> {
  const ref = clientRef(from, "edge");
  return ref.kind === "owner" ? (await standIn(from, ref, memorySource(world))).request : ref;
}

/** The findings of policies that deny. */
async function denials(from: string): Promise<readonly string[]> {
  const { findings } = await judged(svc(await client(from)));
  return findings.map(({ id, severity }) => `${severity} ${id}`).filter((id) => id.includes("policy-denies"));
}

describe("--from", () => {
  it("a client that a rule lets in: nothing", async () => assert.deepEqual(await denials("edge/gateway"), []));

  it("one that none lets in", async () =>
    assert.deepEqual(await denials("edge/stranger"), ["error net/policy-denies-ingress"]));

  it("without a namespace: the current one", async () =>
    assert.deepEqual(await denials("stranger"), ["error net/policy-denies-ingress"]));

  it("one that its own namespace does not let out", async () =>
    assert.deepEqual(await denials("edge/locked"), ["error net/policy-denies-egress"]));

  it("an address outside", async () =>
    assert.deepEqual(await denials("203.0.113.7"), ["error net/policy-denies-ingress"]));

  it("a workload or Service stands for one of its pods", async () => {
    assert.deepEqual(await denials("deploy/gateway"), []);
    assert.deepEqual(await denials("edge/deployment/stranger"), ["error net/policy-denies-ingress"]);
    assert.deepEqual(await denials("svc/outside"), ["error net/policy-denies-ingress"]);
  });

  it("a pod that is not there, or words that name no client, is the user's to mend", async () => {
    await assert.rejects(judged(svc(await client("edge/nobody"))), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /source pod "nobody" not found in namespace "edge"/);
      return true;
    });
    assert.throws(() => clientRef("shop/nope/web", "shop"), /neither POD, TYPE\/NAME/);
  });
});

describe("the pod that stands for a workload", () => {
  const of = async (
    world: Parameters<typeof memorySource>[0],
    forbidden: readonly string[] = [],
    text = "deploy/web",
  ) => {
    const ref = clientRef(text, "shop");
    assert.ok(ref.kind === "owner");
    return (await standIn(text, ref, memorySource(world, forbidden))).told;
  };
  const one = (name: string, status: object = {}, more: object = {}) =>
    pod({ metadata: { name, labels: { app: "web" }, ...more }, status });
  const unready = { conditions: [{ type: "Ready", status: "False" }] };
  const web = deployment();

  it("is ready, if one is, and the first by name", async () => {
    const pods = [one("web-3"), one("web-1", unready), one("web-2"), one("web-0", { phase: "Pending" })];
    assert.equal(await of([web, ...pods]), "--from deploy/web: pod shop/web-2 stands for it, one of 3 that run");
    assert.match(await of([web, one("web-1", unready)]), /pod shop\/web-1 stands for it, the only one that runs/);
  });

  it("is none that ends, has ended or has not begun: then nothing can be the client", async () => {
    const gone = { deletionTimestamp: "2026-01-01T00:00:00Z" };
    for (const pods of [[], [one("w", { phase: "Pending" })], [one("w", { phase: "Failed" })], [one("w", {}, gone)]])
      await assert.rejects(of([web, ...pods]), /^UserError: no pod of Deployment "web" in namespace "shop" runs/);
  });

  it("is told from one that may not be read, and from a workload that is not there", async () => {
    await assert.rejects(of([]), /^UserError: Deployment "web" of --from not found in namespace "shop"/);
    await assert.rejects(
      of([web, one("web-1")], ["pods"]),
      /^UserError: cannot read the pods of Deployment "web".*forbidden/,
    );
    // The pods themselves say whose they are.
    const owned = one("web-1", {}, { ownerReferences: [{ kind: "Deployment", name: "web", controller: true }] });
    assert.match(await of([owned], ["deployments"]), /pod shop\/web-1/);
  });

  it("is none for a node", async () => {
    await assert.rejects(of([], [], "no/node-1"), /^UserError: --from no\/node-1 is a node/);
  });
});
