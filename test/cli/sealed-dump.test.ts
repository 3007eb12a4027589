/** What is sealed is what was judged: the same report again, and no credential in any of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { CHECKS } from "../../src/checks/index.ts";
import { dumpTarget } from "../../src/cli/dump.ts";
import { entryOf } from "../../src/cli/judging.ts";
import { judgedOf } from "../../src/cli/scopes.ts";
import { CASE_FILE, writeCaseFile } from "../../src/collect/dump/case-file.ts";
import { tarOf } from "../../src/collect/dump/tar-write.ts";
import { dumpSource } from "../../src/collect/dump.ts";
import { gather } from "../../src/collect/gather.ts";
import { recording } from "../../src/collect/record.ts";
import type { ClusterSource } from "../../src/collect/source.ts";
import { redact, redactLines } from "../../src/model/redact.ts";
import type { TargetRequest } from "../../src/model/target.ts";
import { renderJson } from "../../src/render/json.ts";
import { renderJunit } from "../../src/render/junit.ts";
import { renderMarkdown } from "../../src/render/markdown.ts";
import { renderTable } from "../../src/render/table.ts";
import { type MemorySource, memorySource } from "../support/memory-source.ts";
import { ago, event, NOW, node, notReady, pod, service, slice } from "../support/objects.ts";
import { deployment } from "../support/workloads.ts";

const CANARY = "tq7-canary-9f3e";
const encoded = Buffer.from(CANARY).toString("base64");

const crashing = pod({
  metadata: {
    annotations: {
      "kubectl.kubernetes.io/last-applied-configuration": `{"password":"${CANARY}"}`,
      "example.com/api-token": CANARY,
      "example.com/url": `https://user:${CANARY}@db/`,
    },
  },
  spec: {
    nodeName: "node-1",
    initContainers: [
      { name: "migrate", image: "web:1", command: ["migrate", "--password", CANARY], args: [`--token=${CANARY}`] },
    ],
    containers: [
      {
        name: "web",
        image: "web:1",
        env: [{ name: "PLAIN", value: CANARY }],
        readinessProbe: { httpGet: { port: 8080, httpHeaders: [{ name: "X-Auth", value: CANARY }] } },
        ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
      },
    ],
  },
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
        state: { waiting: { reason: "CrashLoopBackOff", message: `back-off, password=${CANARY}` } },
        lastState: {
          terminated: { exitCode: 1, reason: "Error", finishedAt: ago(30), message: `DB_PASSWORD=${CANARY}` },
        },
      },
    ],
  },
});

const world = [
  service({ metadata: { annotations: { "example.com/client-secret": CANARY } } }),
  crashing,
  slice(),
  node(),
  deployment(),
  event(crashing, { reason: "BackOff", message: `failed with --token ${CANARY}` }),
  {
    kind: "Ingress",
    metadata: { name: "web", namespace: "shop", creationTimestamp: ago(3600) },
    spec: {
      ingressClassName: "nginx",
      tls: [{ hosts: ["shop.example.com"], secretName: "tls" }],
      rules: [
        {
          host: "shop.example.com",
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } }],
          },
        },
      ],
    },
  },
  {
    kind: "Secret",
    metadata: { name: "tls", namespace: "shop", annotations: { note: `password=${CANARY}` } },
    type: "kubernetes.io/tls",
    data: { "tls.crt": encoded, "tls.key": encoded, extra: encoded },
  },
];

function withLog(source: MemorySource): ClusterSource {
  const key = ["-----BEGIN RSA PRIVATE KEY-----", CANARY, "-----END RSA PRIVATE KEY-----"];
  return {
    ...source,
    takenAt: () => NOW,
    log: async (query) => ({
      ...(await source.log(query)),
      lines: ["starting", `Authorization: Bearer ${CANARY}`, ...key, "panic"],
    }),
  };
}

const REQUESTS: readonly TargetRequest[] = [
  { kind: "svc", namespace: "shop", selection: { by: "name", name: "web" } },
  { kind: "pod", namespace: "shop", selection: { by: "name", name: "web-1" } },
  { kind: "pod", namespace: "shop", selection: { by: "workload", workload: "deployments", name: "web" } },
  { kind: "ingress", namespace: "shop", selection: { by: "name", name: "web" } },
];

async function reports(source: ClusterSource, request: TargetRequest) {
  return judgedOf(request, await gather(source, request)).map((judged) => entryOf(judged, CHECKS).report);
}

async function* once(text: string | Buffer): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

describe("netcheck dump", () => {
  for (const request of REQUESTS) {
    const name = `${request.kind} by ${request.selection.by}`;
    for (const forbidden of [[], ["nodes", "events"]]) {
      it(`${name}: -f gives the identical report${forbidden.length > 0 ? ", refusals too" : ""}`, async () => {
        const source = recording(withLog(memorySource(world, forbidden)));
        const live = await reports(source, request);
        assert.equal(live.length, 1);
        const { namespace } = request;
        const target = { kind: request.kind, namespace, name: "web" };
        const text = writeCaseFile({
          takenAt: source.takenAt(),
          source: source.source,
          target,
          recorded: source.recorded(),
        });
        const archive = tarOf([{ name: CASE_FILE, text }], Date.parse(NOW));
        const replayed = await reports(await dumpSource(["-"], { stdin: once(archive) }), request);
        assert.equal(renderJson(replayed), renderJson(live));
      });
    }

    it(`${name}: no planted credential is in the file or in any output`, async () => {
      const source = recording(withLog(memorySource(world)));
      const judged = await reports(source, request);
      const recorded = source.recorded();
      const style = { columns: 120, colour: false, wide: true, unicode: true };
      const outputs = {
        file: writeCaseFile({ takenAt: NOW, source: source.source, recorded }),
        json: renderJson(judged),
        markdown: renderMarkdown(judged),
        junit: renderJunit(judged, new Map()),
        table: judged.map((report) => renderTable(report, style)).join(),
      };
      for (const [format, text] of Object.entries(outputs)) {
        assert.ok(text.length > 100, format);
        for (const wanted of [CANARY, encoded])
          assert.ok(
            !text.includes(wanted),
            `${format}: ${text.slice(Math.max(0, text.indexOf(wanted) - 200), text.indexOf(wanted) + 40)}`,
          );
      }
      assert.ok(recorded.length > 2);
    });
  }

  it("names what can be dumped", () => {
    assert.deepEqual(dumpTarget("svc/web").selection, { by: "name", name: "web" });
    assert.equal(dumpTarget("deploy/web").kind, "pod");
    assert.equal(dumpTarget("ing/web").kind, "ingress");
    for (const wrong of ["web", "svc/", "secret/x", "svc/a/b"])
      assert.throws(() => dumpTarget(wrong), { name: "UserError" });
  });

  it("writes an archive that is the same for the same run", () => {
    const files = [{ name: CASE_FILE, text: "{}\n" }];
    assert.deepEqual(tarOf(files, 1), tarOf(files, 1));
    assert.throws(() => gunzipSync(tarOf(files, 1)));
  });
});

describe("redaction", () => {
  const texts = [
    `password=${CANARY}`,
    `{"client_secret":"${CANARY}","id":1}`,
    `app --token ${CANARY} --port 80`,
    `Authorization: Bearer ${CANARY}`,
    `postgres://u:${CANARY}@db`,
    "plain text",
  ];
  for (const text of texts)
    it(`twice is once: ${text.replace(CANARY, "…")}`, () => assert.equal(redact(redact(text)), redact(text)));

  it("hides a private key that stretches over lines", () => {
    const lines = ["a", "-----BEGIN EC PRIVATE KEY-----", CANARY, "-----END EC PRIVATE KEY-----", "b"];
    assert.deepEqual(redactLines(lines), ["a", "[redacted]", "b"]);
    assert.deepEqual(redactLines(redactLines(lines)), redactLines(lines));
  });
});
