import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Report } from "../../src/model/report.ts";
import { renderTable, type TableOptions } from "../../src/render/table.ts";
import { width } from "../../src/render/width.ts";
import { crashed, healthy, mistyped, webPods } from "../report/samples.ts";

const OPTIONS: TableOptions = { columns: 100, colour: false, wide: false, unicode: true };

const linesOf = (report: Report, given: Partial<TableOptions> = {}): readonly string[] =>
  renderTable(report, { ...OPTIONS, ...given }).split("\n");

/** Lines that stand whole however narrow the terminal: commands, and comments among them. */
const isCommand = (line: string): boolean => /^ *(kubectl |#)|^Do this +kubectl /.test(line);

describe("the answer as a table", () => {
  it("begins with verdict and path, then cause, evidence and command, then what follows from it", () => {
    assert.equal(
      linesOf(crashed(), { columns: 120 }).slice(0, 14).join("\n"),
      `BROKEN  client ──▶ Service shop/web:80 ──▶ endpoints 0/3 ready (!) ──▶ pods 0/3 ready ──✗ container web:8080
svc web in namespace shop · https://10.0.0.1:6443 at 2026-11-22T12:00:00Z

✗ container web of pod web-6f9c8d7b5-7k2xq crashes right after it starts: exit code 1 (Error)
  pod/container-crash-loop  3 Pods of shop: web-6f9c8d7b5-7k2xq, web-6f9c8d7b5-9xq4m, web-6f9c8d7b5-zz1ab
    last exit       exit code 1 (Error), 40s ago
    restarts        14
    log --previous  loading config
                    Error: ENOENT: no such file /etc/web/config.json
                        at main (server.js:12)
  do this:
    kubectl -n shop logs web-6f9c8d7b5-7k2xq -c web --previous
    # the file comes from ConfigMap web-config: is its key named config.json?
    kubectl -n shop get configmap web-config -o yaml`,
    );
    assert.match(
      renderTable(crashed(), OPTIONS),
      /\n {2}└─ none of the 3 endpoints of Service web is ready {2}svc\/no-ready-endpoints\n/,
    );
  });

  it("ends with the result, the cause, the commands, and what could not be read", () => {
    assert.equal(
      linesOf(crashed(), { columns: 120 }).slice(-8).join("\n"),
      `RESULT  broken at container web:8080: 3 errors, 1 check passed, 1 could not be answered
Most likely cause   container web of pod web-6f9c8d7b5-7k2xq crashes right after it starts: exit code 1 (Error)
Do this             kubectl -n shop logs web-6f9c8d7b5-7k2xq -c web --previous
                    kubectl -n shop get configmap web-config -o yaml
                    kubectl netcheck explain pod/container-crash-loop
Not checked         nodes (1 check): forbidden: nodes is forbidden: User "dev" cannot list resource "nodes"
                    kubectl auth can-i list nodes
`,
    );
  });

  it("shows the selector's pairs against each candidate, the mismatching cells marked", () => {
    const text = linesOf(mistyped(), { columns: 120 });
    const at = text.findIndex((line) => line.includes("S2"));
    assert.equal(
      text.slice(at, at + 5).join("\n"),
      `FAIL  S2  SELECTOR  app=webb,tier=front · 0 pods match
  POD               MATCH            app         tier          STATUS   READY  OWNER
  web-1 (+1 alike)  1/2              web !=webb  front         Running  yes    ReplicaSet/web-6f9c8d7b5
  api-1             0/2              api !=webb  -- (missing)  Running  yes    -
  stage/web-1       other namespace  webb        front         -        -      -`,
    );
  });

  it("of something healthy fits one screen and finds nothing to say", () => {
    const text = linesOf(healthy());
    assert.ok(text.length <= 32, `${text.length} lines`);
    assert.match(text[0] ?? "", /^HEALTHY {2}client ──▶ Service shop\/web:80 ──▶ endpoints 3\/3 ready/);
    assert.equal(text.at(-2), "RESULT  healthy: 4 checks passed, 1 did not apply");
    assert.doesNotMatch(text.join("\n"), /✗|do this/);
  });

  it("folds alike findings: twenty crashing pods are one block", () => {
    const names = Array.from({ length: 20 }, (_, i) => `web-${i + 1}`);
    const text = renderTable(crashed(names), { ...OPTIONS, columns: 120 });
    assert.equal(text.split("do this:").length - 1, 1);
    assert.match(text, /20 Pods of shop: web-1, web-2, web-3, web-4, web-5, web-6, web-7, web-8 and 12 more/);
    assert.equal(crashed(names).findings.filter(({ id }) => id === "pod/container-crash-loop").length, 20);
  });

  it("leaves out rows without a problem beyond twelve, never one with a problem", () => {
    const report = healthy();
    const rows = Array.from({ length: 250 }, (_, i) => [
      { text: `web-${i}` },
      i === 200 ? { text: "no", mark: "bad" as const } : { text: "yes" },
    ]);
    const columns = [
      { title: "POD", shorten: "never" as const },
      { title: "READY", shorten: "never" as const },
    ];
    const long = {
      ...report,
      sections: [{ step: "P1", title: "PODS", status: "FAIL" as const, columns, rows, notes: [] }],
    };
    const text = renderTable(long, OPTIONS);
    assert.match(text, /web-11 +yes\n {2}web-200 +no\n {2}and 237 more rows without a problem \(-o wide shows all\)/);
    assert.match(renderTable(long, { ...OPTIONS, wide: true }), /web-249 +yes/);
  });
});

describe("on any terminal", () => {
  for (const columns of [40, 60, 80, 120, 200]) {
    for (const [name, report] of [
      ["crashed", crashed()],
      ["mistyped", mistyped()],
      ["healthy", healthy()],
    ] as const) {
      it(`${name} in ${columns} columns: only commands are longer than the line`, () => {
        const long = linesOf(report, { columns }).filter((line) => width(line) > columns && !isCommand(line));
        assert.deepEqual(long, []);
        assert.deepEqual(
          linesOf(report, { columns }).filter((line) => line !== line.trimEnd()),
          [],
        );
      });
    }
    it(`addresses, ports and label values are whole in ${columns} columns`, () => {
      const text = renderTable(mistyped(), { ...OPTIONS, columns }) + renderTable(crashed(), { ...OPTIONS, columns });
      for (const whole of ["10.96.0.80", "80/TCP→8080", "10.244.1.15", "web !=webb", "-- (missing)"])
        assert.ok(text.includes(whole), whole);
    });
  }

  it("a narrow one gets keys and values", () => {
    const text = linesOf(healthy(), { columns: 40 });
    const at = text.findIndex((line) => line.includes("S1"));
    assert.deepEqual(text.slice(at, at + 4), [
      "OK    S1  SERVICE  shop/web",
      "  TYPE        ClusterIP",
      "  CLUSTER-IP  10.96.0.80",
      "  PORTS       80/TCP→8080",
    ]);
  });

  it("wide and combining characters line up", () => {
    const [first, second] = webPods(["日本語", "e\u0301te\u0301"]);
    assert.ok(first && second);
    const columns = [
      { title: "POD", shorten: "never" as const },
      { title: "READY", shorten: "never" as const },
    ];
    const rows = [first, second].map((pod) => [{ text: pod.metadata.name }, { text: "yes" }]);
    const report = {
      ...healthy(),
      sections: [{ step: "P1", title: "PODS", status: "OK" as const, columns, rows, notes: [] }],
    };
    const text = linesOf(report);
    const at = text.findIndex((line) => line.includes("P1"));
    const starts = text.slice(at + 1, at + 4).map((line) => width(line.slice(0, line.search(/READY|yes/))));
    assert.deepEqual(starts, [10, 10, 10]);
  });

  it("no colour is printed unless asked for, and with colour the text is the same", () => {
    for (const report of [crashed(), mistyped(), healthy()]) {
      const plain = renderTable(report, OPTIONS);
      assert.ok(!plain.includes("\x1b"));
      const coloured = renderTable(report, { ...OPTIONS, colour: true });
      assert.ok(coloured.includes("\x1b[31") || report.verdict === "healthy");
      assert.equal(coloured.replace(/\x1b\[[\d;]*m/g, "").replace(/ +$/gm, ""), plain);
    }
  });

  it("without UTF-8 our own words are ASCII", () => {
    for (const report of [crashed(), mistyped(), healthy()]) {
      const text = renderTable(report, { ...OPTIONS, unicode: false });
      assert.doesNotMatch(text, /[^\n\x20-\x7e]/);
      assert.match(text, /client (-->|--X) Service/);
    }
  });
});
