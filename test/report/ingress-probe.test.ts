/** I3, I6 and I7: what came over the wire, whose address the name leads to, and what became of each marked request. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Scope } from "../../src/model/check.ts";
import type { MarkedLog } from "../../src/model/ingress/markedlog.ts";
import type { Ingress } from "../../src/model/kube.ts";
import type { ProbeResult } from "../../src/model/probe-results.ts";
import { collectionsOf, type Snapshot } from "../../src/model/snapshot.ts";
import { nameTable, requestTable } from "../../src/report/sections/ingress-probe.ts";
import { tls } from "../../src/report/sections/ingress-tls.ts";
import { ingress, ingressClass, nginxPod, tlsSecret } from "../checks/ingress/_objects.ts";
import { CONTROL, ENTRY, HOST, marked, markerOf, sent } from "../checks/ingress/_through.ts";
import { vantage } from "../probe/support.ts";
import { NOW } from "../support/objects.ts";

function input(probes: readonly ProbeResult[], logs: readonly MarkedLog[] = [], one: Ingress = ingress()) {
  const ok = <T>(items: readonly T[]) => ({ state: "ok", items }) as const;
  const snapshot: Snapshot = {
    takenAt: NOW,
    source: { kind: "live", from: "test" },
    collections: collectionsOf({
      probes: ok(probes),
      markedLogs: ok(logs),
      ingressClasses: ok([ingressClass()]),
      controllerPods: ok([nginxPod()]),
      controllerServices: ok([ENTRY]),
      allIngresses: ok([one]),
      tlsSecrets: ok([tlsSecret()]),
    }),
  };
  const scope: Scope = { target: "ingress", namespace: "shop", pods: [], services: [], ingresses: [one], group: true };
  return { snapshot, scope, findings: [], ran: [] };
}

type Shown = ReturnType<typeof requestTable>;
const texts = (table: Shown): readonly (readonly string[])[] =>
  (table?.rows ?? []).map((row) => row.map(({ text }) => text));
const HERE = markerOf("host", "here");
const lost = ["timeout-connect", "timeout-connect"] as const;

describe("I6, the name", () => {
  it("is compared with the controller's address", () => {
    const table = nameTable(ingress(), input([sent({ hop: "host" }), sent({ hop: "host", from: vantage() })]));
    assert.deepEqual(texts(table), [[HOST, "20.84.1.2", "20.84.1.2", "20.84.1.2", "this controller"]]);
  });

  it("may be somebody else's, a known proxy's, or missing", () => {
    const owner = (probes: readonly ProbeResult[]): readonly string[] =>
      texts(nameTable(ingress(), input(probes)))[0] ?? [];
    const resolved = { addresses: ["20.99.9.9"] };
    assert.equal(owner([sent({ hop: "host", resolved })]).at(-1), "somebody else");
    const front = nameTable(
      ingress(),
      input([sent({ hop: "host", resolved: { ...resolved, cnames: ["shop.azurefd.net"] } })]),
    );
    assert.equal(texts(front)[0]?.at(-1), "Azure Front Door");
    assert.deepEqual(front?.notes, [`${HOST} is an alias of shop.azurefd.net`]);
    assert.deepEqual(owner([sent({ hop: "host", said: ["dns", "dns"] })]).slice(1), [
      "no such name",
      "not asked",
      "20.84.1.2",
      "-",
    ]);
    assert.equal(nameTable(ingress(), input([])), undefined);
  });
});

describe("I7, the marked requests", () => {
  it("say where they arrived and by which upstream they were answered", () => {
    const table = requestTable(
      ingress(),
      input([CONTROL, sent({ hop: "host" })], [marked([markerOf("controller-pod", "inside"), HERE])]),
    );
    assert.deepEqual(texts(table)[1], [
      HERE,
      "this machine",
      `name ${HOST}`,
      "200 3ms",
      "2 lines",
      "10.244.1.15:8080 200",
    ]);
    assert.deepEqual(table?.notes, [
      `tried as http://${HOST}/ (host and path: its only rule)`,
      "this machine by name: arrived at ingress-nginx-controller-abc-1, which saw 10.244.1.7 as the client",
    ]);
  });

  const verdicts: readonly (readonly [string, readonly MarkedLog[], string, RegExp])[] = [
    [
      "lost, and proven",
      [marked([markerOf("controller-pod", "inside")])],
      "NO",
      /never reached the controller; proven/,
    ],
    ["undecidable without the control", [marked([])], "undecidable", /undecidable: the control request/],
    ["undecidable without a log", [], "undecidable", /undecidable: no log of the controller was read/],
  ];
  for (const [name, logs, cell, note] of verdicts)
    it(`are ${name}`, () => {
      const table = requestTable(ingress(), input([CONTROL, sent({ hop: "host", said: lost })], logs));
      assert.equal(texts(table)[1]?.[4], cell);
      assert.match(table?.notes?.join("\n") ?? "", note);
    });

  it("tell of a format that is not known, of requests that were not sent, and of a way that was not tried", () => {
    const odd = requestTable(ingress(), input([sent({ hop: "host" })], [marked([], { lines: [`{"id":"${HERE}"}`] })]));
    assert.match(odd?.notes?.join("\n") ?? "", /the format of the line is not known/);
    const unsent = requestTable(ingress(), input([sent({ hop: "host", said: ["dns", "dns"] })]));
    assert.deepEqual(texts(unsent)[0]?.slice(3), ["the name does not resolve (2 of 2 tries)", "not sent", "-"]);
    assert.match(
      requestTable(ingress(), input([CONTROL]))?.notes?.join("\n") ?? "",
      /nothing was tried from this machine/,
    );
    assert.equal(requestTable(ingress(), input([])), undefined);
  });

  it("show nothing of a query but the marker", () => {
    const secret = sent({ hop: "host" });
    const table = requestTable(
      ingress(),
      input([{ ...secret, target: { ...secret.target, path: "/a?token=s3cret" } }]),
    );
    assert.match(table?.notes?.[0] ?? "", /\/a\?token=\[redacted\]/);
  });
});

describe("I3, the certificate", () => {
  it("that came over the wire stands beside the Secret", () => {
    const one = ingress({ tls: [{ hosts: [HOST, "other.example.com"], secretName: "shop-tls" }] });
    const [leaf] = tlsSecret().certificates;
    assert.ok(leaf);
    const fake = {
      ...leaf,
      subject: "O=Acme Co, CN=Kubernetes Ingress Controller Fake Certificate",
      dnsNames: ["ingress.local"],
    };
    const served = { certificates: [fake], protocol: "TLSv1.3" };
    const table = tls(one, input([sent({ hop: "host", scheme: "https", attempt: { tls: served } })], [], one));
    assert.equal(table.columns.at(-1)?.title, "SERVED-ON-WIRE");
    assert.deepEqual(
      table.rows.map((row) => row.at(-1)),
      [
        { text: "Kubernetes Ingress Controller Fake Certificate", mark: "bad" },
        { text: "-", mark: "dim" },
      ],
    );
    assert.notEqual(tls(one, input([], [], one)).columns.at(-1)?.title, "SERVED-ON-WIRE");
  });
});
