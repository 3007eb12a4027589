/** Broken input: the place is named, the rest is used, and what was lost never looks like "there is none". */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  folder,
  fromFiles,
  fromFolder,
  fromPipe,
  got,
  json,
  list,
  names,
  object,
  query,
  typedList,
} from "./dump-support.ts";

const POD = object("Pod", "web-1");
const SERVICE = object("Service", "web");

async function issuesOf(text: string): Promise<readonly string[]> {
  const { issues } = await fromPipe(text);
  return issues.map(({ where, problem }) => `${where}: ${problem}`);
}

describe("a broken document", () => {
  it("of YAML is named with its line, and its neighbours are used", async () => {
    const source = await fromPipe(
      `${json(POD)}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: [unclosed\n---\n${json(SERVICE)}\n`,
    );
    assert.equal(await names(source, "pods"), "web-1");
    assert.equal(await names(source, "services"), "web");
    assert.equal(source.issues.length, 1);
    assert.match(source.issues[0]?.where ?? "", /^standard input:1[34] \(document 2\)$/);
    assert.match(source.issues[0]?.problem ?? "", /^not valid YAML: .*; this document is not used$/);
  });

  it("of concatenated JSON that is cut off does not swallow the next", async () => {
    const cut = json(object("ConfigMap", "big", "shop", { data: { text: "{ [" } })).slice(0, -3);
    const source = await fromPipe(`${json(POD)}\n${cut}\n${json(SERVICE)}\n`);
    assert.equal(await names(source, "pods"), "web-1");
    assert.equal(await names(source, "services"), "web");
    assert.equal(source.issues.length, 1);
    assert.match(source.issues[0]?.where ?? "", /document 2/);
  });

  it("at the end of a file is told as cut off", async () => {
    const issues = await issuesOf(`${json(POD)}\n${json(SERVICE).slice(0, -10)}`);
    assert.equal(issues.length, 1);
    assert.match(issues[0] ?? "", /not used/);
  });

  it("of JSON lines loses its own line only", async () => {
    const source = await fromPipe(`${JSON.stringify(POD)}\n{"kind": "Pod", oops}\n${JSON.stringify(SERVICE)}\n`);
    assert.equal(await names(source, "services"), "web");
    assert.deepEqual(
      source.issues.map(({ where }) => where),
      ["standard input:2 (document 2)"],
    );
  });

  it("never quotes the text around the fault: it may be a Secret", async () => {
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  password: "aHVudGVyMg==\n';
    const texts = [
      `${secret}---\n${json(POD)}`,
      `${json(POD)}\n{"kind": "Secret", "data": {"password": aHVudGVyMg== }}\n`,
    ];
    for (const text of texts) {
      const issues = await issuesOf(text);
      assert.equal(issues.length, 1);
      assert.doesNotMatch(issues.join(), /aHVudGVyMg/);
    }
  });

  it("that expands without measure is refused", async () => {
    const levels = [..."abcdefghi"].map((name, index, all) => {
      const previous = all[index - 1];
      const items =
        previous === undefined ? "[x, x, x, x, x, x, x, x, x]" : `[${Array(9).fill(`*${previous}`).join(", ")}]`;
      return `${name}: &${name} ${items}`;
    });
    const bomb = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\n${levels.join("\n")}\n`;
    const issues = await issuesOf(`${json(POD)}\n---\n${bomb}`);
    assert.match(issues.join(), /expand without measure/);
  });

  it("where nothing can be used, the argument is refused and the reason told", async (context) => {
    const file = join(folder(context, { "a.yaml": "kind: Pod\n bad: [\n" }), "a.yaml");
    await assert.rejects(fromFiles(file), (error: Error & { hints?: readonly string[] }) => {
      assert.match(error.message, /holds no Kubernetes object that can be read/);
      assert.match(error.hints?.[0] ?? "", /a\.yaml:\d+: not valid YAML/);
      return true;
    });
  });
});

describe("a broken object", () => {
  const bad = object("Pod", "web-2", "shop", { spec: { containers: {} } });

  it("is named with its path, and leaves a gap: it is there, but unread", async () => {
    const source = await fromPipe(list(POD, bad));
    assert.deepEqual(source.issues, [
      {
        where: "standard input: items[1]: Pod shop/web-2",
        problem: "spec.containers should be a list, found an object",
      },
    ]);
    assert.equal(await names(source, "pods"), "web-1 (1 gap)");
    assert.equal(await got(source, "pods", "web-2"), "not-in-dump");
  });

  it("of another namespace leaves no gap here", async () => {
    const elsewhere = object("Pod", "x", "other", { spec: { containers: {} } });
    const source = await fromPipe(list(POD, elsewhere));
    assert.equal(await names(source, "pods"), "web-1");
  });

  it("of a kind that nobody asks for is no issue", async () => {
    const source = await fromPipe(
      `${json(POD)}\n---\nkind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\nresources: [a.yaml]\n`,
    );
    assert.deepEqual(source.issues, []);
  });

  it("of a version that cannot be read is not read as another", async () => {
    const source = await fromPipe(list(object("Ingress", "web", "shop", {}, "networking.k8s.io/v2"), POD));
    assert.match(source.issues[0]?.problem ?? "", /networking.k8s.io\/v2 Ingress is a version that cannot be read/);
    assert.equal(await names(source, "ingresses"), " (1 gap)");
  });
});

describe("a list that is not whole", () => {
  it("cut off before its kind, as kubectl's YAML ends with it, leaves a gap", async () => {
    const source = await fromPipe(
      "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: web-1\n    namespace: shop\n",
    );
    assert.match(source.issues[0]?.problem ?? "", /looks cut off/);
    assert.equal(await names(source, "pods"), "web-1 (1 gap)");
  });

  it("in a bundle's file that does not parse is failed, not empty", async (context) => {
    const source = await fromFolder(context, {
      "cluster-resources/pods/shop.json": typedList("Pod", [POD]).slice(0, -9),
      "cluster-resources/services/shop.json": typedList("Service", [SERVICE]),
    });
    assert.equal(await names(source, "pods"), "failed");
    assert.equal(await names(source, "services"), "web");
  });

  it("a server's error in its place is the answer", async () => {
    const status = {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      message: 'pods is forbidden: User "dev" cannot list resource "pods"',
      reason: "Forbidden",
      details: { kind: "pods" },
    };
    const source = await fromPipe(`${json(status)}\n${list(SERVICE)}`);
    assert.equal(await names(source, "pods"), "forbidden");
    assert.equal(await names(source, "services"), "web");
  });
});

describe("what a query cannot select by", () => {
  it("is failed, never all", async () => {
    const source = await fromPipe(list(POD));
    assert.equal(await names(source, "pods", "shop", { fieldSelector: "spec.hostname=x" }), "failed");
    assert.equal(await names(source, "pods", "shop", { labelSelector: "a in b" }), "failed");
  });
});

describe("Secrets", () => {
  it("lose the copy of their values in the applied configuration", async () => {
    const annotations = {
      "kubectl.kubernetes.io/last-applied-configuration": '{"stringData":{"p":"hunter2"}}',
      mine: "x",
    };
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace: "shop", annotations },
      type: "Opaque",
    };
    const source = await fromPipe(list(secret));
    const answer = await source.list(query("secrets", "shop", { metadataOnly: true }));
    assert.ok(answer.state === "ok");
    assert.deepEqual(answer.items[0]?.metadata.annotations, { mine: "x" });
  });
});
