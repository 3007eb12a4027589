/** Text of the cluster must not command the terminal, in any output format. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { load } from "js-yaml";
import type { Report } from "../../src/model/report.ts";
import { renderJson } from "../../src/render/json.ts";
import { escapeQuoted, isHostile, lines, oneLine } from "../../src/render/sanitise.ts";
import { renderTable } from "../../src/render/table.ts";
import { renderYaml, toYaml } from "../../src/render/yaml.ts";
import { buildReport } from "../../src/report/build.ts";
import { found, podRef, SVC_TARGET, said, scopeOf, snapshotOf, webPods } from "../report/samples.ts";
import { service } from "../support/objects.ts";

/** One of each kind: colour, title, clear screen, C1 CSI, DEL, bidi override and isolate, zero width, BOM, separators, tags, lone surrogate. */
const HOSTILE =
  "\x1b[31mred\x1b]0;title\x07\x1b[2J \u009b31m \x7f \u202egnp\u2066x\u2069 a\u200bb\ufeff \u2028\u2029 \u{e0041} \ud800 \r\b\0";

/** What no output may hold raw. Line ends are ours; tabs are never printed. */
const RAW =
  // Written out apart from the code under test, so that an omission there shows.
  /[\0-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff]/u;

/** A world in which every text that a user of the cluster may choose is hostile. */
function hostileReport(): Report {
  const pods = webPods(["web-1"], () => ({
    metadata: { name: "web-1", labels: { app: HOSTILE, [HOSTILE]: "x" } },
    spec: {
      nodeName: HOSTILE,
      containers: [{ name: HOSTILE, image: HOSTILE, ports: [{ name: HOSTILE, containerPort: 80 }] }],
    },
  }));
  const services = [
    service({ spec: { ...service().spec, selector: { app: HOSTILE, [HOSTILE]: HOSTILE }, type: HOSTILE } }),
  ];
  const finding = found("pod/not-ready", {
    object: podRef("web-1", HOSTILE),
    summary: HOSTILE,
    evidence: [{ k: HOSTILE, v: `${HOSTILE}\nsecond line ${HOSTILE}` }],
    remedy: [`kubectl delete '${HOSTILE}'`],
    docs: ["https://kubernetes.io/"],
  });
  return buildReport({
    snapshot: snapshotOf({
      pods,
      services,
      endpointSlices: { state: "unavailable", reason: "forbidden", detail: HOSTILE },
    }),
    scope: scopeOf({ pods, services }),
    target: { ...SVC_TARGET, name: HOSTILE },
    ran: [
      said({ id: "pod/not-ready", findings: [finding, { ...finding, id: "pod/starting", severity: "info" }] }),
      said({
        id: "svc/no-ready-endpoints",
        essential: true,
        needs: ["endpointSlices"],
        status: "unknown",
        reason: HOSTILE,
      }),
    ],
  });
}

describe("hostile text", () => {
  it("becomes visible escapes on one line", () => {
    assert.equal(oneLine("\x1b[31mred"), "\\x1b[31mred");
    assert.equal(oneLine("a\nb\tc\rd"), "a\\nb\\tc\\rd");
    assert.equal(oneLine("abc\u202etxt.exe"), "abc\\u202etxt.exe");
    assert.equal(oneLine("\u{e0041}"), "\\u{e0041}");
    assert.equal(oneLine("Größe 日本語 é 👍"), "Größe 日本語 é 👍");
  });

  it("of several lines keeps its lines, and nothing else", () => {
    assert.deepEqual(lines("one\r\ntwo\x1b[2J\n\tthree\rfour\n\n"), ["one", "two\\x1b[2J", "  three\\rfour"]);
    assert.deepEqual(lines(""), [""]);
  });

  for (const columns of [40, 80, 200]) {
    for (const wide of [false, true]) {
      it(`is harmless in a table of ${columns} columns${wide ? ", wide" : ""}`, () => {
        const text = renderTable(hostileReport(), { columns, colour: false, wide, unicode: true });
        assert.doesNotMatch(text.replaceAll("\n", ""), RAW);
        assert.match(text, /\\x1b\[31mred/);
      });
    }
  }

  it("is harmless in JSON, which still holds the same data", () => {
    const report = hostileReport();
    const text = renderJson([report]);
    assert.doesNotMatch(text.replaceAll("\n", ""), RAW);
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(report)));
  });

  it("is harmless in YAML, which still holds the same data", () => {
    const report = hostileReport();
    const text = renderYaml([report]);
    assert.doesNotMatch(text.replaceAll("\n", ""), RAW);
    assert.deepEqual(load(text), JSON.parse(JSON.stringify(report)));
  });

  it("astral characters are escaped as each format reads them", () => {
    assert.equal(escapeQuoted("\u{e0041}", "json"), "\\udb40\\udc41");
    assert.equal(escapeQuoted("\u{e0041}", "yaml"), "\\U000e0041");
    assert.ok(isHostile("a\u202e") && !isHostile("a\n\tb"));
  });

  it("words that YAML would take for something else are quoted", () => {
    const words = [
      "no",
      "on",
      "null",
      "1.0",
      "0x1f",
      "12:30:00",
      "2026-11-22T12:00:00Z",
      "- a",
      "a: b",
      "#c",
      "",
      " x ",
      "!t",
      "&a",
      "*a",
    ];
    assert.deepEqual(load(toYaml(words)), words);
  });
});
