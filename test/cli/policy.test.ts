/** `netcheck policy` against a server: what is asked, what a refusal does to the verdict, what the ends may be called. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { runApp } from "../../src/cli/app.ts";
import type { Io } from "../../src/cli/io.ts";
import { UserError } from "../../src/errors.ts";
import type { FlowAnswer } from "../../src/model/flow-report.ts";
import { daemonSet, namespace, policy } from "../checks/net/objects.ts";
import type { FakeApi, FakeObject, Fault } from "../support/fake-api.ts";
import { bench } from "../support/kube.ts";
import { node, pod, service } from "../support/objects.ts";
import { deployment } from "../support/workloads.ts";

const { api: startApi } = bench();

function podAt(name: string, ip: string, labels: Record<string, string>, place = "shop"): FakeObject {
  return pod({
    metadata: { name, namespace: place, labels },
    spec: { nodeName: "node-1", containers: [{ name: "c", ports: [{ name: "http", containerPort: 8080 }] }] },
    status: { podIP: ip, podIPs: [{ ip }] },
  }) as FakeObject;
}

const nodeTwo = node({
  metadata: { name: "node-2" },
  status: { addresses: [{ type: "InternalIP", address: "192.0.2.2" }] },
});
const fromGateway = policy([
  { from: [{ namespaceSelector: { matchLabels: { team: "edge" } } }], ports: [{ port: "http" }] },
]);

const WORLD: readonly FakeObject[] = [
  podAt("web-1", "10.244.1.1", { app: "web" }),
  podAt("web-2", "10.244.1.2", { app: "web" }),
  podAt("worker", "10.244.1.3", { app: "worker" }),
  podAt("gateway", "10.244.2.1", { app: "gateway" }, "edge"),
  service({ spec: { clusterIP: "10.96.0.80", clusterIPs: ["10.96.0.80"] } }) as FakeObject,
  service({ metadata: { name: "direct" }, spec: { clusterIP: "None", clusterIPs: ["None"] } }) as FakeObject,
  service({ metadata: { name: "empty" }, spec: { selector: { app: "nobody" } } }) as FakeObject,
  deployment({ name: "web" }) as FakeObject,
  deployment({ name: "later", labels: { app: "later" } }) as FakeObject,
  namespace("shop") as FakeObject,
  namespace("edge", { team: "edge" }) as FakeObject,
  node() as FakeObject,
  nodeTwo as FakeObject,
  daemonSet("kube-router") as FakeObject,
  fromGateway as FakeObject,
];

interface Ended {
  readonly code: number;
  readonly out: string;
}

async function run(api: FakeApi, args: readonly string[], input = ""): Promise<Ended> {
  let out = "";
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      out += text;
    },
    stdin: Readable.from([Buffer.from(input)]),
    env: { KUBECONFIG: api.kubeconfigPath, LANG: "C.UTF-8" },
    columns: 120,
    tty: false,
    signal: new AbortController().signal,
  };
  return { code: await runApp(["policy", ...args], io), out };
}

async function answer(
  api: FakeApi,
  from: string,
  to: string,
  ...more: string[]
): Promise<FlowAnswer & { code: number }> {
  const { code, out } = await run(api, ["--from", from, "--to", to, "-o", "json", ...more]);
  return { ...(JSON.parse(out) as FlowAnswer), code };
}

const server = (faults: readonly Fault[] = [], objects = WORLD): Promise<FakeApi> => startApi({ objects, faults });
const refused = (path: string | RegExp, message: string): Fault => ({ path, status: 403, message });

describe("the ends of a flow", () => {
  const cases: readonly (readonly [from: string, to: string, port: string, expected: string])[] = [
    ["edge/gateway", "web-1", "8080", "allow pod shop/web-1 8080"],
    ["worker", "shop/web-1", "8080", "deny pod shop/web-1 8080"],
    ["worker", "svc/web", "80", "deny pod shop/web-1 8080"],
    ["edge/deploy/none", "svc/web", "80", "error"],
    ["edge/gateway", "10.96.0.80", "80", "allow pod shop/web-1 8080"],
    ["10.244.2.1", "10.244.1.1", "8080", "allow pod shop/web-1 8080"],
    ["10.244.1.3/32", "deploy/web", "http", "deny pod shop/web-1 8080"],
    ["node/node-2", "web-1", "8080", "deny pod shop/web-1 8080"],
    ["192.0.2.2", "web-1", "8080", "deny pod shop/web-1 8080"],
    ["203.0.113.7", "web-1", "8080", "deny pod shop/web-1 8080"],
    ["web-1", "203.0.113.7", "443", "allow 203.0.113.7 443"],
    ["edge/gateway", "svc/direct", "9999", "deny pod shop/web-1 9999"],
    ["edge/gateway", "deploy/later", "8080", "allow pod shop/later 8080"],
    ["edge/gateway", "svc/web", "8080", "error"],
    ["edge/gateway", "svc/empty", "80", "error"],
    ["edge/gateway", "web-1", "nosuch", "error"],
    ["edge/gateway", "gone", "80", "error"],
    ["a/b/c/d", "web-1", "80", "error"],
  ];
  for (const [from, to, port, expected] of cases) {
    it(`${from} → ${to} ${port}: ${expected}`, async () => {
      const api = await server();
      if (expected === "error") {
        await assert.rejects(answer(api, from, to, "-n", "shop", "--port", port), UserError);
        return;
      }
      const said = await answer(api, from, to, "-n", "shop", "--port", port);
      assert.equal(`${said.verdict} ${said.to} ${said.port}`, expected);
      assert.equal(said.code, said.verdict === "allow" ? 0 : 1);
    });
  }

  it("a Service without --port: all its pods, the others in brief", async () => {
    const said = await answer(await server(), "shop/worker", "shop/svc/web");
    assert.deepEqual(
      said.others.map(({ to, port, verdict }) => `${verdict} ${to} ${port}`),
      ["deny pod shop/web-2 8080"],
    );
    assert.deepEqual([said.policy, said.rule, said.engine], ["shop/web", null, "kube-router"]);
  });
});

describe("what may not be read", () => {
  it("the policies: unknown, exit 3, and the permission that is missing", async () => {
    const api = await server([
      refused("/networkpolicies", 'User "dev" cannot list networkpolicies in namespace "shop"'),
    ]);
    const said = await answer(api, "edge/gateway", "shop/web-1", "--port", "8080");
    assert.deepEqual([said.verdict, said.policy, said.code], ["unknown", null, 3]);
    assert.match(said.reason, /User "dev" cannot list networkpolicies/);
  });

  it("a pod: unknown, not missing", async () => {
    const api = await server([refused("/pods", "pods is forbidden")]);
    const said = await answer(api, "edge/gateway", "shop/web-1", "--port", "8080");
    assert.deepEqual([said.verdict, said.code], ["unknown", 3]);
    assert.match(said.reason, /pods is forbidden/);
    const { out } = await run(api, ["--from", "edge/gateway", "--to", "shop/web-1", "--port", "8080"]);
    assert.match(out, /^UNKNOWN {2}edge\/gateway → shop\/web-1 on 8080\/TCP/);
  });

  it("the source's namespace, on whose labels a rule depends", async () => {
    const api = await server(
      [refused("/namespaces/edge", "namespaces edge is forbidden")].map((fault) => ({
        ...fault,
        path: /\/namespaces\/edge$/,
      })),
    );
    const said = await answer(api, "edge/gateway", "shop/web-1", "--port", "8080");
    assert.equal(said.verdict, "unknown");
    assert.match(said.reason, /namespaces edge is forbidden/);
  });

  it("the DaemonSets of the cluster: those of kube-system tell", async () => {
    const api = await server([refused("/apis/apps/v1/daemonsets", "daemonsets is forbidden")]);
    assert.equal((await answer(api, "shop/worker", "shop/web-1", "--port", "8080")).engine, "kube-router");
  });

  it("no engine at all: allowed, and the policies alone would deny", async () => {
    const objects = WORLD.filter(({ kind }) => kind !== "DaemonSet");
    const api = await server([], [...objects, daemonSet("kube-proxy") as FakeObject]);
    const said = await answer(api, "shop/worker", "shop/web-1", "--port", "8080");
    assert.deepEqual([said.verdict, said.onPaper, said.engine, said.code], ["allow", "deny", "none", 0]);
    assert.match(said.reason, /no engine enforces policies/);
  });

  it("kinds of the engine's own", async () => {
    const api = await server([refused("/apis/cilium.io", "ciliumnetworkpolicies is forbidden")]);
    const said = await answer(api, "edge/gateway", "shop/web-1", "--port", "8080", "--engine", "cilium");
    assert.deepEqual([said.verdict, said.code], ["unknown", 3]);
    assert.match(said.reason, /ciliumnetworkpolicies is forbidden/);
  });
});

describe("many flows", () => {
  it("one verdict for each line from standard input, and the worst as exit code", async () => {
    const lines = [
      { from: "edge/gateway", to: "shop/svc/web", port: 80 },
      { from: "shop/worker", to: "shop/web-1", port: 8080, protocol: "TCP" },
      { from: "shop/web-1", to: "edge/gateway", port: 1 },
    ];
    const { code, out } = await run(
      await server(),
      ["--flows", "-"],
      lines.map((line) => JSON.stringify(line)).join("\n"),
    );
    const verdicts = out
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as FlowAnswer).verdict);
    assert.deepEqual([code, verdicts], [1, ["allow", "deny", "allow"]]);
  });

  it("a line that is none makes it 2, the others are judged all the same", async () => {
    const input = `{"from":"shop/gone","to":"shop/web-1","port":80}\n{"from":"edge/gateway","to":"shop/web-1","port":8080}`;
    const { code, out } = await run(await server(), ["--flows", "-"], input);
    assert.equal(code, 2);
    assert.match(out, /"error":"pod \\"gone\\" not found in namespace \\"shop\\""/);
    assert.match(out, /"verdict":"allow"/);
  });

  it("asks for each namespace once, however many lines there are", async () => {
    const api = await server();
    const line = (i: number): string =>
      JSON.stringify({ from: `shop/worker`, to: `shop/web-${1 + (i % 2)}`, port: 1 + i });
    await run(api, ["--flows", "-"], Array.from({ length: 50 }, (_, i) => line(i)).join("\n"));
    assert.equal(api.requests.filter(({ url }) => url.includes("/namespaces/shop/networkpolicies")).length, 1 + 1);
    assert.ok(api.requests.length < 20, `${api.requests.length} requests`);
  });

  it("not beside --from", async () => {
    const api = await server();
    await assert.rejects(run(api, ["--flows", "-", "--from", "a", "--to", "b"]), /not both/);
    await assert.rejects(run(api, ["--flows", "-", "-f", "-"]), /standard input/);
  });
});

describe("hostile text", () => {
  it("no control character of a label reaches the terminal", async () => {
    const evil = policy([{ from: [{ podSelector: { matchLabels: { app: "\u001b[31mred" } } }] }]);
    const objects = [...WORLD.filter(({ kind }) => kind !== "NetworkPolicy"), evil as FakeObject];
    const { out } = await run(await server([], objects), [
      "--from",
      "shop/worker",
      "--to",
      "shop/web-1",
      "--port",
      "1",
    ]);
    assert.ok(!out.includes("\u001b"));
    assert.match(out, /\\x1b\[31mred/);
  });
});
