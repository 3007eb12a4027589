/** `node scripts/bench/lists.ts [services] [pods]`: what a list of everything costs, judged from memory; prints Markdown. */
import { entryOf } from "../../src/cli/judging.ts";
import { judgedOf } from "../../src/cli/scopes.ts";
import { gather } from "../../src/collect/gather.ts";
import type { TargetRequest } from "../../src/model/target.ts";
import { type CrowdSize, crowd } from "../../test/support/crowd.ts";
import { memorySource } from "../../test/support/memory-source.ts";

const [services = 2000, pods = 10_000] = process.argv.slice(2).map(Number);

async function measure(
  title: string,
  kind: TargetRequest["kind"],
  namespace: string,
  size: CrowdSize,
): Promise<string> {
  const source = memorySource(crowd(size));
  // Time of the processor, not of the wall: other work on the machine is not ours.
  const now = (): number => process.cpuUsage().user / 1e6;
  const began = now();
  const request: TargetRequest = { kind, namespace, selection: { by: "all" } };
  const snapshot = await gather(source, request);
  const gathered = now();
  const entries = judgedOf(request, snapshot).map(entryOf);
  const done = now();
  const broken = entries.filter(({ report }) => report.verdict === "broken").length;
  const mib = process.memoryUsage().rss / 2 ** 20;
  return `| ${title} | ${size.services} | ${size.pods} | ${entries.length} (${broken} broken) | ${source.asked.length} | ${(gathered - began).toFixed(2)} | ${(done - gathered).toFixed(2)} | ${mib.toFixed(0)} |`;
}

const spread = { services, pods, namespaces: 40, nodes: 100 };
const rows = [
  "| list | Services | pods | rows | requests | plan CPU s | judge CPU s | RSS MiB after |",
  "| --- | --- | --- | --- | --- | --- | --- | --- |",
  await measure("`svc -A`, half", "svc", "", { ...spread, services: services / 2, pods: pods / 2 }),
  await measure("`svc -A`", "svc", "", spread),
  await measure("`pod -A`", "pod", "", spread),
  await measure("`svc`, one namespace", "svc", "team-0", { ...spread, namespaces: 1 }),
];
process.stdout.write(`${rows.join("\n")}\n`);
