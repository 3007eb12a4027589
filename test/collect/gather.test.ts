/** What a target costs: the queries that each state of the world warrants, in order. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gather } from "../../src/collect/gather.ts";
import type { Query } from "../../src/model/resources.ts";
import type { TargetRequest } from "../../src/model/target.ts";
import { memorySource } from "../support/memory-source.ts";
import { ago, node, notReady, pod, service, slice } from "../support/objects.ts";

const SVC: TargetRequest = { kind: "svc", namespace: "shop", selection: { by: "name", name: "web" } };
const POD: TargetRequest = { kind: "pod", namespace: "shop", selection: { by: "name", name: "web-1" } };

function words(query: Query): string {
  if (query.type === "log") return `log ${query.pod} ${query.container}${query.previous ? " previous" : ""}`;
  const scope = query.namespace === "" ? "" : ` -n ${query.namespace}`;
  return query.type === "get"
    ? `get ${query.resource.plural} ${query.name}${scope}`
    : `list ${query.collection}${scope}${query.labelSelector === undefined ? "" : ` -l ${query.labelSelector}`}`;
}

const crashing = pod({
  status: {
    conditions: notReady(),
    containerStatuses: [
      {
        name: "web",
        ready: false,
        started: false,
        restartCount: 7,
        image: "web:1",
        imageID: "",
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: { exitCode: 1, reason: "Error", finishedAt: ago(30) } },
      },
    ],
  },
});

const unready = slice({ endpoints: [{ addresses: ["10.244.1.15"], conditions: { ready: false } }] });

const SIX = [
  "get services web -n shop",
  "list endpointSlices -n shop -l kubernetes.io/service-name=web",
  "list nodes",
  "list deployments -n shop",
  "list pods -n shop -l app=web",
  "list networkPolicies -n shop",
];

describe("what is asked", () => {
  it("a healthy Service costs six requests", async () => {
    const source = memorySource([service(), pod(), slice(), node()]);
    await gather(source, SVC);
    assert.deepEqual(source.asked.map(words), SIX);
  });

  it("a port that the pods declare with another protocol adds the other Services of the namespace, once", async () => {
    const udp = service({ spec: { ports: [{ port: 8080, targetPort: 8080, protocol: "UDP" }] } });
    const source = memorySource([udp, pod(), slice(), node()]);
    await gather(source, SVC);
    assert.deepEqual(source.asked.map(words).toSorted(), [...SIX, "list allServices -n shop"].toSorted());
  });

  it("a crashing pod adds the events and the log of the run that ended", async () => {
    const source = memorySource([service(), crashing, unready, node()]);
    await gather(source, SVC);
    assert.deepEqual(source.asked.map(words).slice(0, 6), [...SIX.slice(0, 5), "list events -n shop"]);
    assert.ok(source.asked.map(words).includes("log web-1 web previous"));
    assert.ok(source.asked.length <= 10);
  });

  it("a ready pod that was restarted lately adds the events: a liveness probe may have killed it", async () => {
    const [status] = crashing.status?.containerStatuses ?? [];
    const again = pod({
      status: { containerStatuses: [{ ...status, ready: true, state: { running: { startedAt: ago(20) } } }] },
    });
    const source = memorySource([service(), again, slice(), node()]);
    await gather(source, SVC);
    assert.deepEqual(source.asked.map(words), [...SIX, "list events -n shop"]);
  });

  it("a pod that is unready for no reason of its own adds the agents of its node", async () => {
    const source = memorySource([service(), pod({ status: { conditions: notReady() } }), slice(), node()]);
    await gather(source, SVC);
    const agents = source.asked.find((query) => query.collection === "agentPods");
    assert.equal(agents?.type === "list" ? agents.fieldSelector : "", "spec.nodeName=node-1");
    assert.ok(source.asked.length <= 10);
  });

  it("pods unready on many nodes: the agents of two are enough", async () => {
    const many = Array.from({ length: 5 }, (_, i) =>
      pod({
        metadata: { name: `web-${i}` },
        spec: { nodeName: `node-${i}` },
        status: { conditions: notReady() },
      }),
    );
    const source = memorySource([service(), ...many, slice(), node()]);
    await gather(source, SVC);
    assert.equal(source.asked.filter((query) => query.collection === "agentPods").length, 2);
    assert.ok(source.asked.length <= 10);
  });

  it("a crash or a missing image is no node's fault: no agents", async () => {
    const source = memorySource([crashing, node()]);
    await gather(source, POD);
    assert.ok(!source.asked.some((query) => query.collection === "agentPods"));
  });

  it("a node that is not ready adds its agents, whatever its pods say", async () => {
    const down = node({ status: { conditions: [{ type: "Ready", status: "Unknown" }] } });
    const source = memorySource([pod(), down]);
    await gather(source, POD);
    assert.ok(source.asked.some((query) => query.collection === "agentPods"));
  });

  it("a selector that matches nothing adds the workloads and the labels of all pods, ten requests at the most", async () => {
    const source = memorySource([
      service({ spec: { selector: { app: "webb" } } }),
      pod(),
      slice({ endpoints: [] }),
      node(),
    ]);
    await gather(source, SVC);
    assert.deepEqual(source.asked.map(words).slice(5), [
      "list events -n shop",
      "list statefulSets -n shop",
      "list daemonSets -n shop",
      "list replicaSets -n shop",
      "list podLabels",
    ]);
    assert.equal(source.asked.length, 10);
  });

  it("a Service that does not exist is not looked into further", async () => {
    const source = memorySource([]);
    await gather(source, SVC);
    assert.equal(source.asked.length, 4);
  });

  it("a healthy pod costs its node and the Services that may select it", async () => {
    const source = memorySource([pod(), node(), service()]);
    await gather(source, POD);
    assert.deepEqual(source.asked.map(words), [
      "get pods web-1 -n shop",
      "get nodes node-1",
      "list services -n shop",
      "list networkPolicies -n shop",
    ]);
  });

  it("a 403 stays one: the collection is unavailable, not empty", async () => {
    const snapshot = await gather(memorySource([service(), pod(), slice(), node()], ["nodes"]), SVC);
    assert.equal(snapshot.collections.nodes.state, "unavailable");
    assert.equal(snapshot.collections.pods.state, "ok");
  });

  it("where slices are forbidden, the Endpoints of the older API are asked in their place, and nowhere else", async () => {
    const source = memorySource([service(), pod(), node()], ["endpointslices"]);
    await gather(source, SVC);
    assert.ok(source.asked.map(words).includes("list endpoints -n shop"));
  });
});
