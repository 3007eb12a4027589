/**
 * `node scripts/bench/lists.ts [services] [pods]`: what a list of everything costs, and one Service in such a crowd, judged from memory; prints Markdown. Each
 * row is a process of its own, so that its memory is its own; the objects themselves are part of it.
 */
import { spawnSync } from "node:child_process";
import { CHECKS } from "../../src/checks/index.ts";
import { entryOf } from "../../src/cli/judging.ts";
import { judgedOf } from "../../src/cli/scopes.ts";
import { gather } from "../../src/collect/gather.ts";
import type { TargetRequest } from "../../src/model/target.ts";
import { crowd } from "../../test/support/crowd.ts";
import { memorySource } from "../../test/support/memory-source.ts";

interface Row {
  readonly title: string;
  readonly kind: TargetRequest["kind"];
  readonly services: number;
  readonly pods: number;
  /** Over so many namespaces; in one, a selector that matches nothing has all pods for near misses. */
  readonly namespaces: number;
  /** One object instead of all. */
  readonly name?: string;
}

async function measure({ title, kind, services, pods, namespaces, name }: Row): Promise<string> {
  const source = memorySource(crowd({ services, pods, namespaces, nodes: 100 }));
  // Time of the processor, not of the wall: other work on the machine is not ours.
  const now = (): number => process.cpuUsage().user / 1e6;
  const began = now();
  const selection = name === undefined ? ({ by: "all" } as const) : ({ by: "name", name } as const);
  const request: TargetRequest = { kind, namespace: namespaces === 1 ? "team-0" : "", selection };
  const snapshot = await gather(source, request);
  const gathered = now();
  const entries = judgedOf(request, snapshot).map((judged) => entryOf(judged, CHECKS));
  const done = now();
  const broken = entries.filter(({ report }) => report.verdict === "broken").length;
  const mib = process.resourceUsage().maxRSS / 2 ** 10;
  return `| ${title} | ${services} | ${pods} | ${entries.length} (${broken} broken) | ${source.asked.length} | ${(gathered - began).toFixed(2)} | ${(done - gathered).toFixed(2)} | ${mib.toFixed(0)} |`;
}

const only = process.argv[2] === "--row" ? process.argv[3] : undefined;
if (only !== undefined) {
  process.stdout.write(`${await measure(JSON.parse(only) as Row)}\n`);
} else {
  const [services = 1000, pods = 10_000] = process.argv.slice(2).map(Number);
  const all: readonly Row[] = [
    { title: "`svc -A`, half the pods", kind: "svc", services, pods: pods / 2, namespaces: 40 },
    { title: "`svc -A`", kind: "svc", services, pods, namespaces: 40 },
    { title: "`svc -A`, twice the pods", kind: "svc", services, pods: pods * 2, namespaces: 40 },
    { title: "`svc`, one namespace", kind: "svc", services, pods, namespaces: 1 },
    {
      title: "`svc`, one namespace, a hundred selectors without a pod",
      kind: "svc",
      services: 2000,
      pods,
      namespaces: 1,
    },
    { title: "`pod -A`", kind: "pod", services, pods, namespaces: 40 },
    { title: "`svc app-0`, healthy, in one namespace", kind: "svc", services, pods, namespaces: 1, name: "app-0" },
    { title: "`svc app-7`, its selector matches nothing", kind: "svc", services, pods, namespaces: 1, name: "app-7" },
  ];
  process.stdout.write("| list | Services | pods | rows | requests | plan CPU s | judge CPU s | peak RSS MiB |\n");
  process.stdout.write("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (const row of all) {
    const { stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, "--row", JSON.stringify(row)], {
      encoding: "utf8",
    });
    process.stdout.write(stdout === "" ? stderr : stdout);
  }
}
