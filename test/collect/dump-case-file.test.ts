import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { CASE_FILE, type Case, type Recorded, writeCaseFile } from "../../src/collect/dump/case-file.ts";
import { type LogQuery, RESOURCES } from "../../src/model/resources.ts";
import { NOW, pod, service } from "../support/objects.ts";
import { fromFolder, fromPipe, got, json, names, query, tar } from "./dump-support.ts";

const LOG: LogQuery = {
  type: "log",
  collection: "logs",
  namespace: "shop",
  pod: "web-1",
  container: "web",
  previous: true,
  tailLines: 20,
};

const recorded: readonly Recorded[] = [
  { query: query("pods", "shop", { labelSelector: "app=web" }), answer: { state: "ok", items: [pod()] } },
  { query: query("services", "shop"), answer: { state: "ok", items: [service()], gaps: ["a page failed"] } },
  { query: query("deployments", "shop"), answer: { state: "ok", items: [] } },
  {
    query: query("nodes", ""),
    answer: { state: "unavailable", reason: "forbidden", detail: 'nodes is forbidden: User "dev"' },
  },
  {
    query: { type: "get", collection: "ingresses", resource: RESOURCES.ingresses, namespace: "shop", name: "web" },
    answer: { state: "ok", items: [] },
  },
  { query: LOG, answer: { namespace: "shop", pod: "web-1", container: "web", previous: true, lines: ["panic"] } },
];

const CASE: Case = {
  takenAt: NOW,
  source: { kind: "live", from: "https://api.example:6443" },
  target: { kind: "svc", namespace: "shop", name: "web" },
  recorded,
};

describe("a dump of our own", () => {
  it("answers every recorded question as it was answered, with the server's clock", async () => {
    const source = await fromPipe(writeCaseFile(CASE));
    for (const one of recorded) {
      const { query: asked } = one;
      const answer =
        asked.type === "log" ? source.log(asked) : asked.type === "get" ? source.get(asked) : source.list(asked);
      assert.deepEqual(await answer, one.answer);
    }
    assert.equal(source.takenAt(), NOW);
    assert.deepEqual(source.target, CASE.target);
    assert.deepEqual(source.issues, []);
  });

  it("answers a new question only when a recorded list covers it", async () => {
    const source = await fromPipe(writeCaseFile(CASE));
    assert.equal(await got(source, "deployments", "web"), "none");
    assert.equal(await names(source, "services", "shop", { labelSelector: "x=y" }), " (1 gap)");
    assert.equal(await names(source, "pods", "shop"), "not-in-dump");
    assert.equal(await names(source, "services", "other"), "not-in-dump");
  });

  it("is found in an archive and in a folder", async (context) => {
    const text = writeCaseFile(CASE);
    const archive = await fromPipe(gzipSync(tar([{ name: `run/${CASE_FILE}`, body: text }])));
    assert.equal(await names(archive, "nodes", ""), "forbidden");
    assert.equal(await names(await fromFolder(context, { [CASE_FILE]: text }), "nodes", ""), "forbidden");
  });

  it("holds each object once and is the same text for the same run", () => {
    const twice = [...recorded, { query: query("pods", "shop"), answer: { state: "ok", items: [pod()] } } as const];
    const text = writeCaseFile({ ...CASE, recorded: twice });
    assert.equal(text, writeCaseFile({ ...CASE, recorded: twice }));
    assert.equal(JSON.parse(text).objects.length, 2);
  });

  it("writes no Secret value but certificates", () => {
    const secret = {
      kind: "Secret",
      metadata: {
        name: "tls",
        namespace: "shop",
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": "hunter2" },
      },
      type: "kubernetes.io/tls",
      data: { "tls.crt": "Y2VydA==", "tls.key": "aHVudGVyMg==" },
      stringData: { password: "hunter2" },
    };
    const answer = { state: "ok", items: [secret] } as const;
    const text = writeCaseFile({ ...CASE, recorded: [{ query: query("secrets", "shop"), answer }] });
    assert.doesNotMatch(text, /hunter2|aHVudGVyMg/);
    const [kept] = JSON.parse(text).objects;
    assert.deepEqual([kept.keys, kept.certificate, kept.privateKey], [["tls.crt", "tls.key"], "not-pem", "not-pem"]);
    assert.equal("data" in kept, false);
  });

  it("of another version is refused with what to do", async () => {
    const other = writeCaseFile(CASE).replace("netcheck/v1", "netcheck/v9");
    await assert.rejects(fromPipe(other), { name: "UserError", message: /is a dump of netcheck\/v9/ });
  });

  it("with a broken answer says which, and does not know that one", async () => {
    const text = JSON.parse(writeCaseFile(CASE));
    text.answers[0].items = [99];
    const source = await fromPipe(json(text));
    assert.match(source.issues[0]?.problem ?? "", /^answers\[0\]: object 99 is missing/);
    assert.equal(await names(source, "pods", "shop", { labelSelector: "app=web" }), "not-in-dump");
    assert.equal(await names(source, "nodes", ""), "forbidden");
  });
});
