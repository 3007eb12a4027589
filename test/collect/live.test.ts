/** The live source against a fake API server: what every kind of answer becomes. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { liveSource } from "../../src/collect/live.ts";
import type { ClusterSource } from "../../src/collect/source.ts";
import { connect } from "../../src/kube/connect.ts";
import { type GetQuery, type ListQuery, type LogQuery, RESOURCES } from "../../src/model/resources.ts";
import { type FakeApi, type FakeApiOptions, type FakeObject, startFakeApi } from "../support/fake-api.ts";
import { event, pod, service } from "../support/objects.ts";

const closers: (() => void | Promise<void>)[] = [];
after(async () => {
  for (const close of closers.toReversed()) await close();
});

/** A fake server, and the live source of a connection to it that does not wait long before retries. */
async function live(
  options: FakeApiOptions = {},
  requestTimeout = "10s",
): Promise<{ api: FakeApi; source: ClusterSource }> {
  const api = await startFakeApi(options);
  const flags = { kubeconfig: api.kubeconfigPath, requestTimeout };
  const connection = await connect(flags, { backoff: 1, around: { env: {} } });
  closers.push(
    () => api.close(),
    () => connection.close(),
  );
  return { api, source: liveSource(connection) };
}

const pods: ListQuery = { type: "list", collection: "pods", resource: RESOURCES.pods, namespace: "shop" };
const nodes: ListQuery = { type: "list", collection: "nodes", resource: RESOURCES.nodes, namespace: "" };
const web: GetQuery = {
  type: "get",
  collection: "services",
  resource: RESOURCES.services,
  namespace: "shop",
  name: "web",
};
const log: LogQuery = {
  type: "log",
  collection: "logs",
  namespace: "shop",
  pod: "web-1",
  container: "web",
  previous: false,
  tailLines: 2,
};
const manyPods = (count: number): FakeObject[] =>
  Array.from({ length: count }, (_, i) => pod({ metadata: { name: `web-${i}` } }));

/** Names and gaps of a list, or the reason why there is none. */
async function summary(source: ClusterSource, query: ListQuery | GetQuery): Promise<unknown> {
  const gathered = query.type === "list" ? await source.list(query) : await source.get(query);
  if (gathered.state === "unavailable") return gathered;
  const names = gathered.items.map((item) => `${item.kind} ${item.metadata.name}`);
  return gathered.gaps === undefined ? names : { names, gaps: gathered.gaps };
}

describe("live source: objects", () => {
  it("gives list items their kind, which the wire leaves out", async () => {
    const { source } = await live({ objects: [pod(), service()] });
    assert.deepEqual(await summary(source, pods), ["Pod web-1"]);
  });

  it("reads one namespace, or all with an empty one", async () => {
    const other = pod({ metadata: { name: "api-1", namespace: "other" } });
    const { source } = await live({ objects: [pod(), other] });
    assert.deepEqual(await summary(source, pods), ["Pod web-1"]);
    assert.deepEqual(await summary(source, { ...pods, namespace: "" }), ["Pod web-1", "Pod api-1"]);
  });

  it("has the server select by label and by field", async () => {
    const mine = event(pod(), { reason: "Unhealthy" });
    const others = event(pod({ metadata: { name: "api-1" } }), { reason: "Unhealthy" });
    const blue = pod({ metadata: { name: "blue", labels: { app: "web", colour: "blue" } } });
    const { source } = await live({ objects: [pod(), blue, mine, others] });
    assert.deepEqual(await summary(source, { ...pods, labelSelector: "app=web,colour in (blue,red)" }), ["Pod blue"]);
    const events: ListQuery = {
      type: "list",
      collection: "events",
      resource: RESOURCES.events,
      namespace: "shop",
      fieldSelector: "involvedObject.name=web-1,involvedObject.kind=Pod",
    };
    assert.deepEqual(await summary(source, events), [`Event ${mine.metadata.name}`]);
  });

  for (const protobuf of [true, false])
    it(`asks for metadata alone when names and labels are enough, of a server ${protobuf ? "with" : "without"} protobuf`, async () => {
      const { api, source } = await live({ objects: [pod()], protobuf });
      const gathered = await source.list({ ...pods, metadataOnly: true });
      assert.ok(gathered.state === "ok");
      assert.deepEqual(gathered.items, [{ kind: "Pod", metadata: pod().metadata }]);
      assert.equal(
        api.requests[0]?.headers["accept"],
        "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io," +
          "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json",
      );
    });

  it("tells a refusal in protobuf, and one that cannot be read, from an empty list", async () => {
    const metadata: ListQuery = { ...pods, metadataOnly: true };
    const words = 'pods is forbidden: User "me" cannot list resource "pods"';
    const refused = await live({ faults: [{ path: "/pods", status: 403, message: words }] });
    assert.deepEqual(await summary(refused.source, metadata), {
      state: "unavailable",
      reason: "forbidden",
      detail: words,
    });
    const headers = { "content-type": "application/vnd.kubernetes.protobuf" };
    const garbled = await live({ faults: [{ path: "/pods", status: 200, body: "k8s\0\x0a", headers }] });
    assert.deepEqual(await summary(garbled.source, metadata), {
      state: "unavailable",
      reason: "failed",
      detail: "pods: the API server's answer is not a list",
    });
  });

  it("takes the server's clock", async () => {
    const { source } = await live({ objects: [], now: "2031-02-03T04:05:06Z" });
    await source.list(pods);
    assert.equal(source.takenAt(), "2031-02-03T04:05:06Z");
  });

  it("one object: found, absent, and of a kind that is not served are three things", async () => {
    const { source } = await live({ objects: [service()], kinds: ["Service"] });
    assert.deepEqual(await summary(source, web), ["Service web"]);
    assert.deepEqual(await summary(source, { ...web, name: "gone" }), []);
    const secret = { ...web, resource: RESOURCES.secrets };
    assert.deepEqual(await summary(source, secret), {
      state: "unavailable",
      reason: "not-served",
      detail: 'secrets "web": the server could not find the requested resource',
    });
    const slices = { ...pods, resource: RESOURCES.endpointSlices };
    assert.deepEqual(await summary(source, slices), {
      state: "unavailable",
      reason: "not-served",
      detail: "endpointslices.discovery.k8s.io: 404 page not found",
    });
  });
});

describe("live source: pages", () => {
  it("follows continue to the end", async () => {
    const { api, source } = await live({ objects: manyPods(1200) });
    const gathered = await source.list(pods);
    assert.ok(gathered.state === "ok");
    assert.equal(new Set(gathered.items.map((item) => item.metadata.name)).size, 1200);
    assert.deepEqual(
      api.requests.map((request) => request.url.split("?")[1]),
      ["limit=500", "limit=500&continue=500", "limit=500&continue=1000"],
    );
  });

  it("reads metadata in pages, too, not in one piece from the server's cache", async () => {
    const { api, source } = await live({ objects: manyPods(5200) });
    const gathered = await source.list({ ...pods, metadataOnly: true });
    assert.ok(gathered.state === "ok");
    assert.equal(gathered.items.length, 5200);
    assert.deepEqual(
      api.requests.map((request) => request.url.split("?")[1]),
      ["limit=5000", "limit=5000&continue=5000"],
    );
  });

  it("starts again, in one piece, when the continue token has expired", async () => {
    const { api, source } = await live({
      objects: manyPods(1200),
      faults: [{ path: "continue=500", status: 410, message: "The provided continue parameter is too old" }],
    });
    const gathered = await source.list(pods);
    assert.ok(gathered.state === "ok");
    assert.equal(gathered.items.length, 1200);
    assert.equal(api.requests.length, 3);
  });

  it("does not start again for ever", async () => {
    const faults = [{ path: "/pods", status: 410, message: "too old" }];
    const { source } = await live({ objects: manyPods(3), faults });
    assert.deepEqual(await summary(source, pods), { state: "unavailable", reason: "failed", detail: "pods: too old" });
  });

  it("keeps what it has when a later page fails, and says so", async () => {
    const faults = [{ path: "continue=500", status: 403, message: "pods is forbidden" }];
    const { source } = await live({ objects: manyPods(600), faults });
    const gathered = await source.list(pods);
    assert.ok(gathered.state === "ok");
    assert.equal(gathered.items.length, 500);
    assert.deepEqual(gathered.gaps, ["more pods: pods is forbidden"]);
  });
});

describe("live source: faults", () => {
  it("a 403 is forbidden, in the server's words, never empty", async () => {
    const message = 'nodes is forbidden: User "dev" cannot list resource "nodes" in API group "" at the cluster scope';
    const { source } = await live({ faults: [{ path: "/nodes", status: 403, message }] });
    assert.deepEqual(await summary(source, nodes), { state: "unavailable", reason: "forbidden", detail: message });
  });

  it("tries 429 and 5xx again", async () => {
    for (const status of [429, 500, 502, 503, 504]) {
      const { api, source } = await live({ objects: [pod()], faults: [{ path: "/pods", status, times: 2 }] });
      assert.deepEqual(await summary(source, pods), ["Pod web-1"], String(status));
      assert.equal(api.requests.length, 3);
    }
  });

  it("gives up on a server that stays broken, with its words", async () => {
    const faults = [{ path: "/pods", status: 503, message: "etcdserver: leader changed" }];
    const { api, source } = await live({ faults });
    assert.deepEqual(await summary(source, pods), {
      state: "unavailable",
      reason: "failed",
      detail: "pods: the API server answered 503: etcdserver: leader changed",
    });
    assert.equal(api.requests.length, 5);
  });

  it("sends a request again when the connection breaks", async () => {
    for (const protocol of ["h2", "http/1.1", "plain"] as const) {
      for (const does of ["reset", "truncate"] as const) {
        const { api, source } = await live({ protocol, objects: [pod()], faults: [{ path: "/pods", does, times: 1 }] });
        assert.deepEqual(await summary(source, pods), ["Pod web-1"], `${protocol} ${does}`);
        assert.equal(api.requests.length, 2);
      }
    }
  });

  it("one list that gets no answer is a gap when the others were answered", async () => {
    const { source } = await live({ objects: [pod()], faults: [{ path: "/nodes", does: "hang" }] }, "150ms");
    assert.deepEqual(await summary(source, pods), ["Pod web-1"]);
    const gathered = await source.list(nodes);
    assert.ok(gathered.state === "unavailable");
    assert.equal(gathered.reason, "failed");
    assert.match(gathered.detail, /^nodes: cannot reach the API server .*: no answer within 0.15s$/);
  });

  it("an answer that is no list is no empty list", async () => {
    for (const body of ["{", '{"kind":"PodList"}', "[]", '{"items":{}}']) {
      const { source } = await live({ faults: [{ path: "/pods", status: 200, body }] });
      assert.deepEqual(
        await summary(source, pods),
        { state: "unavailable", reason: "failed", detail: "pods: the API server's answer is not a list" },
        body,
      );
    }
  });

  it("Go's null list is an empty one", async () => {
    const { source } = await live({ faults: [{ path: "/pods", status: 200, body: '{"items":null}' }] });
    assert.deepEqual(await summary(source, pods), []);
  });

  it("a malformed item is a gap, the rest is used", async () => {
    const items = [pod(), { metadata: { name: "odd" }, spec: { containers: "none" } }, null];
    const { source } = await live({ faults: [{ path: "/pods", status: 200, body: JSON.stringify({ items }) }] });
    assert.deepEqual(await summary(source, pods), {
      names: ["Pod web-1"],
      gaps: [
        "pods[1] odd: spec.containers should be a list, found a string",
        "pods[2]: expected an object, found null",
      ],
    });
  });
});

describe("live source: logs", () => {
  const text = "one\ntwo\r\nthree\n";

  it("reads the tail of the current or the previous run", async () => {
    const run = { namespace: "shop", pod: "web-1", container: "web" };
    const { source } = await live({
      objects: [pod()],
      logs: [
        { ...run, text },
        { ...run, previous: true, text: "panic\n" },
      ],
    });
    assert.deepEqual(await source.log(log), { ...run, previous: false, lines: ["two", "three"] });
    assert.deepEqual(await source.log({ ...log, previous: true }), { ...run, previous: true, lines: ["panic"] });
  });

  it("an unreadable log says why, in the server's words, after one try", async () => {
    const { source } = await live({ objects: [pod()] });
    assert.match((await source.log(log)).unreadable ?? "", /waiting to start: ContainerCreating/);
    assert.match(
      (await source.log({ ...log, previous: true })).unreadable ?? "",
      /previous terminated container "web"/,
    );
    const message = 'Get "https://10.0.0.4:10250/containerLogs/shop/web-1/web": dial tcp 10.0.0.4:10250: i/o timeout';
    const silent = await live({ objects: [pod()], faults: [{ path: "/log", status: 500, message }] });
    assert.equal((await silent.source.log(log)).unreadable, message);
    assert.equal(silent.api.requests.length, 1);
  });
});
