/** Every form of dump, small: what it holds is answered, what it does not hold is not. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { UserError } from "../../src/errors.ts";
import type { LogQuery } from "../../src/model/resources.ts";
import { folder, fromFiles, fromFolder, fromPipe, json, list, names, object, typedList } from "./dump-support.ts";

const POD = object("Pod", "web-1");
const SERVICE = object("Service", "web");

function log(more: Partial<LogQuery> = {}): LogQuery {
  return {
    type: "log",
    collection: "logs",
    namespace: "shop",
    pod: "web-1",
    container: "web",
    previous: false,
    tailLines: 2,
    ...more,
  };
}

describe("dump documents", () => {
  const forms: readonly (readonly [string, string])[] = [
    [
      "YAML documents",
      `# made by hand\n---\n${json(POD)}\n--- # next\nkind: Service\napiVersion: v1\nmetadata: {name: web, namespace: shop}\n...\n`,
    ],
    ["a List", list(POD, SERVICE)],
    ["typed lists after each other", `${typedList("Pod", [POD])}\n${typedList("Service", [SERVICE])}\n`],
    ["concatenated JSON", `${json(POD)}${json(SERVICE)}`],
    ["JSON lines", `${JSON.stringify(POD)}\n${JSON.stringify(SERVICE)}\n`],
    ["an array of objects", json([POD, SERVICE])],
    ["CRLF and a byte order mark", `\uFEFF${list(POD, SERVICE).replaceAll("\n", "\r\n")}`],
    [
      "a List in flow style",
      `{apiVersion: v1, kind: List, items: [${JSON.stringify(POD)}, ${JSON.stringify(SERVICE)}]}`,
    ],
  ];
  for (const [form, text] of forms) {
    it(`reads ${form}`, async () => {
      const source = await fromPipe(text);
      assert.deepEqual(source.issues, []);
      assert.equal(await names(source, "pods"), "web-1");
      assert.equal(await names(source, "services"), "web");
      assert.equal(await names(source, "nodes", ""), "not-in-dump");
      assert.deepEqual(source.namespaces, ["shop"]);
    });
  }

  it("reads what > writes in Windows PowerShell: UTF-16 with a byte order mark", async () => {
    const source = await fromPipe(Buffer.from(`\uFEFF${list(POD)}`, "utf16le"));
    assert.equal(await names(source, "pods"), "web-1");
    const swapped = await fromPipe(Buffer.from(`\uFEFF${list(POD)}`, "utf16le").swap16());
    assert.equal(await names(swapped, "pods"), "web-1");
  });

  it("keeps YAML's own words as text where Kubernetes has text: a time stays a string, merge keys work", async () => {
    const source = await fromPipe(
      "base: &base\n  app: web\n---\nkind: Pod\napiVersion: v1\nmetadata:\n  name: web-1\n  creationTimestamp: 2026-11-22T10:00:00Z\n" +
        "  labels: &l {app: web}\n  annotations: {<<: *l, b: c}\n",
    );
    const answer = await source.list({
      type: "list",
      collection: "pods",
      resource: podResource(),
      namespace: "default",
    });
    assert.ok(answer.state === "ok");
    assert.deepEqual(answer.items[0]?.metadata.annotations, { app: "web", b: "c" });
    assert.equal(source.takenAt(), "2026-11-22T10:00:00Z");
  });
});

function podResource() {
  return { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true };
}

describe("kubectl cluster-info dump", () => {
  const files = {
    "nodes.json": typedList("Node", [object("Node", "node-1", "")]),
    "shop/pods.json": typedList("Pod", [POD]),
    "shop/services.json": typedList("Service", []),
    "shop/web-1/logs.txt":
      "==== START logs for container web of pod shop/web-1 ====\none\n==== END logs for container x of pod shop/web-1 ====\nthree\nfour\n" +
      "==== END logs for container web of pod shop/web-1 ====\n==== START logs for container side of pod shop/web-1 ====\n" +
      'Request log error: container "side" in pod "web-1" is waiting to start\n==== END logs for container side of pod shop/web-1 ====\n',
    "kube-system/pods.json": typedList("Pod", []),
  };

  it("an empty list in a namespace's folder says that there is nothing", async (context) => {
    const source = await fromFolder(context, files);
    assert.equal(await names(source, "pods"), "web-1");
    assert.equal(await names(source, "services"), "");
    assert.equal(await names(source, "pods", "kube-system"), "");
    assert.equal(await names(source, "services", "kube-system"), "not-in-dump");
    assert.equal(await names(source, "endpointSlices"), "not-in-dump");
    assert.equal(await names(source, "nodes", ""), "node-1");
  });

  it("its logs are answered, with the tail that is asked for", async (context) => {
    const source = await fromFolder(context, files);
    assert.deepEqual((await source.log(log())).lines, ["three", "four"]);
    assert.match((await source.log(log({ container: "side" }))).unreadable ?? "", /waiting to start/);
    assert.match(
      (await source.log(log({ previous: true }))).unreadable ?? "",
      /previous log of container web is not in/,
    );
  });

  it("printed to standard output, an empty list is of the namespace of its group", async () => {
    const group = (events: readonly object[], pods: readonly object[]) => [
      typedList("Event", events),
      typedList("ReplicationController", []),
      typedList("Service", []),
      typedList("DaemonSet", [], "apps/v1"),
      typedList("Deployment", [], "apps/v1"),
      typedList("ReplicaSet", [], "apps/v1"),
      typedList("Pod", pods),
    ];
    const text = [
      typedList("Node", [object("Node", "node-1", "")]),
      ...group([], [object("Pod", "dns", "kube-system")]),
      '==== START logs for container dns of pod kube-system/dns ====\n{"kind": "Pod"\n==== END logs for container dns of pod kube-system/dns ====',
      ...group([], [POD]),
      "==== START logs for container web of pod shop/web-1 ====\nhello==== END logs for container web of pod shop/web-1 ====",
      ...group([], []),
      "Cluster info dumped to standard output",
    ].join("\n");
    const source = await fromPipe(text);
    assert.deepEqual(source.issues, []);
    assert.equal(await names(source, "pods"), "web-1");
    assert.equal(await names(source, "services"), "");
    assert.equal(await names(source, "services", "kube-system"), "");
    // The third group holds nothing at all: nobody knows whose it is.
    assert.equal(await names(source, "services", "other"), "not-in-dump");
    assert.deepEqual((await source.log(log())).lines, ["hello"]);
  });
});

describe("troubleshoot.sh support bundles", () => {
  const files = {
    "bundle/cluster-resources/namespaces.json": typedList("Namespace", [
      object("Namespace", "shop", ""),
      object("Namespace", "other", ""),
    ]),
    "bundle/cluster-resources/pods/shop.json": typedList("Pod", [POD]),
    "bundle/cluster-resources/pods/other.json": json({ kind: "PodList", apiVersion: "v1", metadata: {}, items: null }),
    "bundle/cluster-resources/services/shop.json": json([{ metadata: { name: "web", namespace: "shop" }, spec: {} }]),
    "bundle/cluster-resources/services-errors.json": json({ other: 'services is forbidden: User "x" cannot list' }),
    "bundle/cluster-resources/nodes-errors.json": json(["nodes is forbidden"]),
    "bundle/cluster-resources/network-policy/shop.json": typedList("NetworkPolicy", [], "networking.k8s.io/v1"),
    "bundle/cluster-resources/auth-cani-list/shop.json": json([{ verbs: ["*"] }]),
    "bundle/cluster-resources/pods/logs/shop/web-1/web.log": "a\nb\nc\n",
    "bundle/cluster-resources/pods/logs/shop/web-1/web-previous.log": "panic: no\n",
    "bundle/app/web-1/extra.log": "loose\n",
    "bundle/analysis.json": json([{ name: "x", severity: "error" }]),
  };

  it("answers each namespace from its file, also when it is empty or has no kinds in it", async (context) => {
    const source = await fromFolder(context, files);
    assert.deepEqual(source.issues, []);
    assert.equal(await names(source, "pods"), "web-1");
    assert.equal(await names(source, "pods", "other"), "");
    assert.equal(await names(source, "services"), "web");
    assert.equal(await names(source, "networkPolicies"), "");
    assert.equal(await names(source, "ingressClasses", ""), "not-in-dump");
  });

  it("all namespaces are answered without a gap when each of them was listed", async (context) => {
    const source = await fromFolder(context, files);
    assert.equal(await names(source, "pods", "", { metadataOnly: true }), "web-1");
    assert.match(await names(source, "services", ""), /^web \(\d gap\)$/);
  });

  it("tells what the collector was forbidden to read", async (context) => {
    const source = await fromFolder(context, files);
    assert.equal(await names(source, "services", "other"), "forbidden");
    assert.equal(await names(source, "nodes", ""), "forbidden");
  });

  it("finds logs, also of the log collector, whose folders do not tell the namespace", async (context) => {
    const source = await fromFolder(context, files);
    assert.deepEqual((await source.log(log())).lines, ["b", "c"]);
    assert.deepEqual((await source.log(log({ previous: true }))).lines, ["panic: no"]);
    assert.deepEqual((await source.log(log({ container: "extra" }))).lines, ["loose"]);
  });
});

describe("must-gathers", () => {
  const root = "must-gather/quay-io-x";
  const files = {
    [`${root}/timestamp`]: "2026-11-22 10:00:00.1 +0000 UTC m=+0.1\n2026-11-22 10:05:00.9 +0100 CET m=+300.2\n",
    [`${root}/namespaces/shop/core/pods.yaml`]: `---\n${typedList("Pod", [POD])}`,
    [`${root}/namespaces/shop/core/services.yaml`]: `---\n${typedList("Service", [])}`,
    [`${root}/namespaces/shop/apps/deployments.yaml`]: `---\n${typedList("Deployment", [], "apps/v1")}`,
    [`${root}/namespaces/shop/shop.yaml`]: `---\n${json(object("Namespace", "shop", ""))}`,
    [`${root}/namespaces/shop/pods/web-1/web-1.yaml`]: `---\n${json(POD)}`,
    [`${root}/namespaces/shop/pods/web-1/web/web/logs/current.log`]:
      "2026-11-22T10:00:00.123456789Z one\n2026-11-22T10:00:01.123456789Z two\n",
    [`${root}/namespaces/shop/pods/web-1/web/web/logs/previous.log`]: "",
    [`${root}/cluster-scoped-resources/core/nodes/node-1.yaml`]: `---\n${json(object("Node", "node-1", ""))}`,
    [`${root}/cluster-scoped-resources/apiextensions.k8s.io/customresourcedefinitions/x.yaml`]: "kind: [",
  };

  it("answers from the namespace folders and takes the recorded time", async (context) => {
    const source = await fromFolder(context, files);
    assert.deepEqual(source.issues, []);
    assert.equal(await names(source, "pods"), "web-1");
    assert.equal(await names(source, "services"), "");
    assert.equal(await names(source, "deployments"), "");
    assert.equal(await names(source, "nodes", ""), "node-1");
    assert.equal(source.takenAt(), "2026-11-22T10:00:00Z");
  });

  it("finds current and previous logs and takes the collector's time stamps off", async (context) => {
    const source = await fromFolder(context, files);
    assert.deepEqual((await source.log(log())).lines, ["one", "two"]);
    const previous = await source.log(log({ previous: true }));
    assert.deepEqual([previous.lines, previous.unreadable], [[], undefined]);
  });
});

describe("arguments", () => {
  it("several are one dump", async (context) => {
    const root = folder(context, { "a.json": list(POD), "b.json": list(SERVICE) });
    const source = await fromFiles(join(root, "a.json"), join(root, "b.json"));
    assert.equal(await names(source, "pods"), "web-1");
    assert.equal(await names(source, "services"), "web");
    assert.match(source.source.from, /a\.json, .*b\.json$/);
  });

  it("other files in a folder are passed over", async (context) => {
    const source = await fromFolder(context, {
      "pods.json": list(POD),
      "notes.txt": "hello",
      "picture.png": Buffer.from([0x89, 0x50, 0, 0]),
      "values.yaml": "image: {{ .Values.image }}\n",
      "package.json": '{"name": "x"}',
    });
    assert.deepEqual(source.issues, []);
    assert.equal(source.unrelated, 4);
  });

  const refusals: readonly (readonly [string, string | Buffer, RegExp])[] = [
    ["an empty file", "", /holds no Kubernetes object/],
    ["text", "just words\n", /holds no Kubernetes object/],
    ["a binary file", Buffer.from([1, 0, 2, 0]), /holds no Kubernetes object/],
    ["a zip archive", Buffer.from("PK\u0003\u0004xxxx"), /is a zip archive; unpack it/],
  ];
  for (const [what, body, message] of refusals) {
    it(`${what} named directly is the user's error`, async (context) => {
      const file = join(folder(context, { "given.dat": body }), "given.dat");
      await assert.rejects(fromFiles(file), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, message);
        assert.match(error.message, /given\.dat/);
        return true;
      });
    });
  }

  it("a missing file is named", async () => {
    await assert.rejects(fromFiles("no/such/file.yaml"), {
      name: "UserError",
      message: "cannot read no/such/file.yaml: no such file or folder",
    });
  });
});
