/** Lists: what they cost, which rows they have, and that a row says what the command for that one object says. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CHECKS } from "../../src/checks/index.ts";
import type { Io } from "../../src/cli/io.ts";
import { entriesOf, entryOf, rowsOf } from "../../src/cli/judging.ts";
import type { JudgeOptions } from "../../src/cli/options.ts";
import { isRows, print, printRows } from "../../src/cli/print.ts";
import { judgedOf } from "../../src/cli/scopes.ts";
import { gather } from "../../src/collect/gather.ts";
import type { Report } from "../../src/model/report.ts";
import type { Selection, TargetRequest } from "../../src/model/target.ts";
import { arrange, causeOf, type Entry, tally } from "../../src/report/list.ts";
import { crowd } from "../support/crowd.ts";
import { type MemorySource, memorySource } from "../support/memory-source.ts";
import { ago, node, notReady, pod, service, slice } from "../support/objects.ts";
import { deployment, ownedBy } from "../support/workloads.ts";

const SIZE = { services: 40, pods: 120, namespaces: 4, nodes: 5 };

const everything = (kind: TargetRequest["kind"], namespace: string): TargetRequest => ({
  kind,
  namespace,
  selection: { by: "all" },
});

async function judged(source: MemorySource, request: TargetRequest): Promise<readonly Entry<Report>[]> {
  return judgedOf(request, await gather(source, request)).map((judged) => entryOf(judged, CHECKS));
}

const essence = ({ report }: Entry): string =>
  [report.target.name, report.verdict, ...report.findings.map((finding) => `${finding.id} ${finding.summary}`)].join(
    "\n",
  );

describe("what a list costs", () => {
  for (const kind of ["svc", "pod"] as const) {
    for (const namespace of ["", "team-1"]) {
      it(`${kind} ${namespace === "" ? "-A" : "of a namespace"}: one LIST for each kind, however many there are`, async () => {
        const counts = await Promise.all(
          [1, 5].map(async (times) => {
            const source = memorySource(crowd({ ...SIZE, services: 40 * times, pods: 120 * times }));
            await judged(source, everything(kind, namespace));
            assert.ok(source.asked.every((query) => query.type === "list"));
            return source.asked.length;
          }),
        );
        assert.equal(counts[0], counts[1]);
        assert.ok((counts[0] ?? 99) <= 10, `${counts[0]} requests`);
      });
    }
  }

  it("a LoadBalancer adds its events and the Services of all namespaces, ten requests at the most", async () => {
    const balanced = service({
      spec: { type: "LoadBalancer" },
      status: { loadBalancer: { ingress: [{ ip: "20.1.2.3" }] } },
    });
    const pending = service({ metadata: { name: "late" }, spec: { type: "LoadBalancer" } });
    for (const services of [[balanced], [pending], [balanced, pending]]) {
      const source = memorySource([...services, pod(), slice(), node()]);
      await gather(source, everything("svc", "shop"));
      assert.ok(source.asked.length <= 12, source.asked.map((query) => query.collection).join());
      const one = memorySource([...services, pod(), slice(), node()]);
      const name = services[0]?.metadata.name ?? "";
      await gather(one, { kind: "svc", namespace: "shop", selection: { by: "name", name } });
      assert.ok(one.asked.length <= 10, one.asked.map((query) => query.collection).join());
      assert.ok(one.asked.some((query) => query.collection === "allServices"));
    }
  });
});

describe("a row", () => {
  it("says what the command for that Service says, live logs and the labels of other namespaces aside", async () => {
    const world = crowd(SIZE);
    for (const namespace of ["", "team-3"]) {
      const rows = await judged(memorySource(world), everything("svc", namespace));
      for (const row of rows) {
        const selection: Selection = { by: "name", name: row.report.target.name };
        const [alone] = await judged(memorySource(world), {
          kind: "svc",
          namespace: row.report.target.namespace,
          selection,
        });
        assert.ok(alone);
        assert.equal(essence(row), essence(alone));
      }
    }
  });

  it("is the head of the whole report, which a table of rows does without", async () => {
    const request = everything("svc", "");
    const snapshot = await gather(memorySource(crowd(SIZE)), request);
    const whole = [...entriesOf(request, snapshot, CHECKS)];
    assert.ok(whole.length > 1);
    const heads = whole.map(({ entry: { report, ...shown }, ...place }) => {
      const { path, checks, sections, ...head } = report;
      assert.ok(path.length > 0 && checks.length > 0 && sections.length > 0);
      return { entry: { ...shown, report: head }, ...place };
    });
    assert.deepEqual([...rowsOf(request, snapshot, CHECKS)], heads);
  });

  it("for pods is a workload, a bare pod, or a workload that has no pod though it wants some", async () => {
    const rows = await judged(
      memorySource([
        node(),
        deployment({ name: "web", replicas: 2 }),
        pod({ metadata: { name: "web-abc-1", ...ownedBy("web") } }),
        pod({ metadata: { name: "web-abc-2", ...ownedBy("web") }, status: { conditions: notReady() } }),
        pod({ metadata: { name: "alone" } }),
        pod({
          metadata: {
            name: "etcd-node-1",
            ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "node-1", uid: "n", controller: true }],
          },
        }),
        deployment({
          name: "gone",
          replicas: 3,
          status: {
            observedGeneration: 1,
            unavailableReplicas: 3,
            conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota" }],
          },
        }),
        deployment({ name: "asleep", replicas: 0 }),
      ]),
      everything("pod", "shop"),
    );
    assert.deepEqual(rows.map(({ report, ready, pods }) => `${report.target.name} ${ready}/${pods}`).toSorted(), [
      "deployment/gone 0/0",
      "deployment/web 1/2",
      "pod/alone 1/1",
      "pod/etcd-node-1 1/1",
    ]);
    const gone = rows.find(({ report }) => report.target.name === "deployment/gone");
    assert.notEqual(gone?.report.verdict, "healthy");
  });

  it("judges ten crashing replicas once, and leaves an evicted one beside ready ones alone", async () => {
    const member = (name: string, status: Parameters<typeof pod>[0] = {}) =>
      pod({ metadata: { name, ...ownedBy("web") }, ...status });
    const evicted = { status: { phase: "Failed", reason: "Evicted", conditions: [], containerStatuses: [] } };
    const rows = await judged(
      memorySource([node(), deployment({ replicas: 1 }), member("web-abc-1"), member("web-abc-2", evicted)]),
      everything("pod", "shop"),
    );
    assert.equal(rows.length, 1);
    assert.equal(rows[0]?.report.verdict, "healthy");
  });
});

describe("the order and the choice of rows", () => {
  const at = (
    name: string,
    created: number,
    conditions = pod().status?.conditions ?? [],
  ): readonly Parameters<typeof memorySource>[0][number][] => [
    service({ metadata: { name, creationTimestamp: ago(created) }, spec: { selector: { app: name } } }),
    pod({ metadata: { name: `${name}-1`, labels: { app: name } }, status: { conditions } }),
    slice({
      metadata: { name: `${name}-s`, labels: { "kubernetes.io/service-name": name } },
      endpoints: [
        {
          addresses: ["10.244.1.15"],
          conditions: { ready: conditions.at(-1)?.status === "True" },
          nodeName: "node-1",
          targetRef: { kind: "Pod", name: `${name}-1`, uid: `uid-${name}-1` },
        },
      ],
    }),
  ];
  const world = [node(), ...at("b-fine", 10_000), ...at("c-old", 90_000, notReady()), ...at("a-new", 5000)];
  const names = (entries: readonly Entry[]): string => entries.map(({ report }) => report.target.name).join(" ");

  it("is worst first, by name, or youngest first", async () => {
    const entries = await judged(memorySource(world), everything("svc", "shop"));
    assert.equal(names(arrange(entries, "verdict", false)), "c-old a-new b-fine");
    assert.equal(names(arrange(entries, "name", false)), "a-new b-fine c-old");
    assert.equal(names(arrange(entries, "age", false)), "a-new b-fine c-old");
    assert.equal(names(arrange(entries, "verdict", true)), "c-old");
    assert.equal(tally(entries), "3 Services: 1 broken, 2 healthy");
  });

  it("a healthy row names no cause, any other the first root", async () => {
    const entries = await judged(memorySource(world), everything("svc", "shop"));
    for (const { report } of entries)
      assert.equal(causeOf(report), report.verdict === "healthy" ? "" : (report.findings[0]?.summary ?? "none"));
  });

  async function printed(
    output: JudgeOptions["output"],
    onlyProblems = false,
    columns = 120,
  ): Promise<{ readonly out: string; readonly err: string }> {
    let out = "";
    let err = "";
    const io = {
      out: (text: string) => {
        out += text;
      },
      err: (text: string) => {
        err += text;
      },
      env: { LANG: "C.UTF-8" },
      columns,
      tty: false,
    } as unknown as Io;
    const options = { output, onlyProblems, sortBy: "verdict", color: "never" } as unknown as JudgeOptions;
    const request = everything("svc", "shop");
    const entries = await judged(memorySource(world), request);
    await (isRows(request, options) ? printRows(entries, request, options, io) : print(entries, request, options, io));
    return { out, err };
  }

  it("the table is one row each with the counts below; nothing of progress on a pipe", async () => {
    const { out, err } = await printed("table");
    assert.equal(err, "");
    assert.match(out, /SERVICE +VERDICT +READY +AGE +FIRST CAUSE\n/);
    assert.match(out, /c-old +broken +0\/1 +25h +\S/);
    assert.match(out, /3 Services: 1 broken, 2 healthy\n/);
  });

  it("on a narrow terminal a cause keeps its beginning, and is told in full rather than in a few letters", async () => {
    const narrow = (await printed("table", false, 60)).out;
    assert.match(
      narrow,
      /^ {2}c-old {3}VERDICT broken {3}READY 0\/1 {3}AGE 25h\n {6}FIRST CAUSE pod c-old-1 is not ready for 10m:\n {6}\S/,
    );
    assert.equal(narrow.includes("…"), false);
    assert.match((await printed("table", false, 75)).out, /c-old +broken +0\/1 +25h +pod c-old-1 is .*…\n/);
  });

  it("json is a ReportList, also of one", async () => {
    const list = JSON.parse((await printed("json", true)).out) as {
      readonly kind: string;
      readonly items: readonly unknown[];
    };
    assert.equal(list.kind, "ReportList");
    assert.equal(list.items.length, 1);
  });
});
