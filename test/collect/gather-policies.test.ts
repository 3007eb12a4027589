/** What policies cost: one request where there are none, the engine and the namespaces only where some may matter. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gather } from "../../src/collect/gather.ts";
import type { ListQuery } from "../../src/model/resources.ts";
import type { TargetRequest } from "../../src/model/target.ts";
import { daemonSet, namespace, policy } from "../checks/net/objects.ts";
import { type MemorySource, memorySource } from "../support/memory-source.ts";
import { node, pod, service, slice } from "../support/objects.ts";

const SVC: TargetRequest = { kind: "svc", namespace: "shop", selection: { by: "name", name: "web" } };
const POD: TargetRequest = { kind: "pod", namespace: "shop", selection: { by: "name", name: "web-1" } };
const HEALTHY = [service(), pod(), slice(), node()];

const fromEdge = policy([{ from: [{ namespaceSelector: { matchLabels: { team: "edge" } } }] }]);
const fromGateway = policy([{ from: [{ podSelector: { matchLabels: { app: "gw" } } }] }]);
const toDatabase = policy([], { spec: { policyTypes: ["Egress"], egress: [{ ports: [{ port: 5432 }] }] } });

/** The lists asked for the sake of policies, `collection -n namespace`. */
function asked(source: MemorySource): readonly string[] {
  const lists = source.asked.filter((query): query is ListQuery => query.type === "list");
  return lists
    .filter(({ collection }) => /olicies|namespaces|DaemonSets|dnsPods/.test(collection))
    .map(({ collection, namespace: place, resource }) =>
      [collection === "otherPolicies" ? resource.kind : collection, place].join(" ").trim(),
    );
}

async function lists(objects: Parameters<typeof memorySource>[0], request = SVC, forbidden: readonly string[] = []) {
  const source = memorySource(objects, forbidden);
  const snapshot = await gather(source, request);
  return { asked: asked(source), count: source.asked.length, snapshot };
}

describe("what policies cost", () => {
  it("none in the namespace: one request", async () => {
    assert.deepEqual((await lists(HEALTHY)).asked, ["networkPolicies shop"]);
  });

  it("a policy: the DaemonSets, by which the engine is known", async () => {
    const { asked, count } = await lists([...HEALTHY, fromGateway, daemonSet("kube-router")]);
    assert.deepEqual(asked, ["networkPolicies shop", "systemDaemonSets"]);
    assert.equal(count, 7);
  });

  it("a policy that selects namespaces: the namespaces too", async () => {
    const { asked, count } = await lists([...HEALTHY, fromEdge, namespace("edge"), daemonSet("kube-router")]);
    assert.deepEqual(asked, ["networkPolicies shop", "namespaces", "systemDaemonSets"]);
    assert.equal(count, 8);
  });

  it("a pod that is limited in what it may reach: the DNS pods too", async () => {
    const { asked } = await lists([...HEALTHY, toDatabase], POD);
    assert.deepEqual(asked, ["networkPolicies shop", "systemDaemonSets", "dnsPods kube-system"]);
  });

  it("no endpoint is ready: nothing, policies are not why", async () => {
    const down = slice({ endpoints: [{ addresses: ["10.244.1.15"], conditions: { ready: false } }] });
    const unready = pod({ status: { conditions: [{ type: "Ready", status: "False" }] } });
    assert.deepEqual((await lists([service(), unready, down, node(), fromEdge])).asked, []);
  });

  it("DaemonSets of the cluster are refused: those of the usual places, and the refusal is a gap", async () => {
    const source = memorySource([...HEALTHY, fromGateway, daemonSet("kube-router")]);
    const list: typeof source.list = async (query) => {
      const answer = await source.list(query);
      const wide = query.collection === "systemDaemonSets" && query.namespace === "";
      return wide ? { state: "unavailable", reason: "forbidden", detail: "not in all namespaces" } : answer;
    };
    const { collections } = await gather({ ...source, list }, SVC);
    assert.deepEqual(asked(source), [
      "networkPolicies shop",
      "systemDaemonSets",
      "systemDaemonSets kube-system",
      "systemDaemonSets calico-system",
    ]);
    const { systemDaemonSets } = collections;
    assert.ok(systemDaemonSets.state === "ok");
    assert.deepEqual(
      systemDaemonSets.items.map(({ metadata }) => metadata.name),
      ["kube-router"],
    );
    assert.deepEqual(systemDaemonSets.gaps, ["not in all namespaces"]);
  });

  it("nodes on which Cilium runs: its own kinds, with policies ten requests at the most", async () => {
    const conditions = [
      { type: "Ready", status: "True" },
      { type: "NetworkUnavailable", status: "False", reason: "CiliumIsUp" },
    ];
    const world = [service(), pod(), slice(), node({ status: { conditions } }), fromEdge];
    const { asked, count } = await lists(world);
    assert.deepEqual(asked, [
      "networkPolicies shop",
      "CiliumNetworkPolicy shop",
      "CiliumClusterwideNetworkPolicy",
      "namespaces",
      "systemDaemonSets",
    ]);
    assert.equal(count, 10);
  });

  it("policies may not be listed: unavailable, and nothing more is asked", async () => {
    const { asked, snapshot } = await lists([...HEALTHY, fromEdge], SVC, ["networkpolicies"]);
    assert.deepEqual(asked, ["networkPolicies shop"]);
    assert.equal(snapshot.collections.networkPolicies.state, "unavailable");
  });
});
