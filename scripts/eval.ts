/**
 * `npm run eval -- FOLDER`: how right the tool is on cases that others wrote, in folders `broken/<case>/` and `healthy/<set>/` as manifests or dumps. Prints
 * Markdown. Without the folder it says so and passes. Fails on a false error on a healthy set, or a wrong answer on a broken case.
 */
import { existsSync, globSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { reportsOf } from "../src/cli/judging.ts";
import { type DumpSource, dumpSource } from "../src/collect/dump.ts";
import { gather } from "../src/collect/gather.ts";
import { UserError } from "../src/errors.ts";
import type { Finding } from "../src/model/finding.ts";
import { byKey } from "../src/model/labelindex.ts";
import type { Report } from "../src/model/report.ts";
import { EXPECTED, OUT_OF_SCOPE } from "../test/eval/expectations.ts";

async function* nothing(): AsyncGenerator<Uint8Array> {}

const given = process.argv[2] ?? "../shared/corpus";

function folders(name: string): readonly string[] {
  const path = join(given, name);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((entry) => statSync(join(path, entry)).isDirectory())
    .toSorted();
}

/** Everything judged that the files hold; undefined when they hold nothing that can be. */
async function judge(files: readonly string[]): Promise<readonly Report[] | undefined> {
  let source: DumpSource;
  try {
    source = await dumpSource(files, { stdin: nothing() });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
  const reports: Report[] = [];
  for (const namespace of source.namespaces) {
    for (const kind of ["ingress", "svc", "pod"] as const) {
      const request = { kind, namespace, selection: { by: "all" } } as const;
      reports.push(...reportsOf(request, await gather(source, request)));
    }
  }
  return reports;
}

function rootsOf(reports: readonly Report[], severity: string): readonly Finding[] {
  return reports.flatMap((report) =>
    report.findings.filter((finding) => finding.severity === severity && finding.consequenceOf === null),
  );
}

type Score = "right" | "unknown" | "wrong" | "out of scope";

async function scoreOf(name: string): Promise<readonly [score: Score, why: string]> {
  if (OUT_OF_SCOPE.test(name)) return ["out of scope", ""];
  const expected = EXPECTED[name];
  const reports = await judge([join(given, "broken", name)]);
  if (expected === undefined) return ["out of scope", "no reading of its truth"];
  if (reports === undefined) return expected.live ? ["unknown", "holds no object"] : ["wrong", "holds no object"];
  if (reports.length === 0) return ["unknown", "holds no object that is judged"];
  const errors = rootsOf(reports, "error");
  const roots = [...errors, ...rootsOf(reports, "warning")];
  const ids = [...new Set(roots.map(({ id }) => id))];
  if (expected.anyOf.length === 0) return errors.length === 0 ? ["right", ""] : ["wrong", ids.join(", ")];
  if (expected.anyOf.some((id) => ids.includes(id))) return ["right", ""];
  if (errors.length > 0) return ["wrong", ids.join(", ")];
  const open = reports.some(({ verdict }) => verdict === "unknown");
  if (expected.live && open) return ["unknown", "needs live state"];
  return ["wrong", `nothing found${ids.length > 0 ? ` but ${ids.join(", ")}` : ""}`];
}

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |\n`;

async function broken(): Promise<boolean> {
  const names = folders("broken");
  const scores = new Map<Score, string[]>();
  for (const name of names) {
    const [score, why] = await scoreOf(name);
    const told = why === "" ? name : `${name} (${why})`;
    scores.set(score, [...(scores.get(score) ?? []), told]);
  }
  const of = (score: Score): readonly string[] => scores.get(score) ?? [];
  process.stdout.write(
    `### Broken cases\n${line(["right", "unknown", "wrong", "out of scope"])}${line(["---", "---", "---", "---"])}`,
  );
  process.stdout.write(line([of("right").length, of("unknown").length, of("wrong").length, of("out of scope").length]));
  for (const score of ["wrong", "unknown"] as const)
    process.stdout.write(
      `\n${score}:\n${of(score)
        .map((text) => `- ${text}\n`)
        .join("")}`,
    );
  return of("wrong").length === 0;
}

async function healthy(): Promise<boolean> {
  process.stdout.write(
    `\n### Healthy sets\n${line(["set", "files", "objects judged", "false errors", "warnings", "which"])}${line(["---", "---", "---", "---", "---", "---"])}`,
  );
  let clean = true;
  for (const name of folders("healthy")) {
    const files = globSync(join(given, "healthy", name, "**/*.{yaml,yml,json}")).toSorted();
    const installs = byKey(files, dirname);
    let judged = 0;
    const errors: string[] = [];
    const warnings: string[] = [];
    // The files of a folder are one install; a set holds several versions of one app in folders of their own.
    for (const install of installs.values()) {
      const reports = (await judge(install)) ?? [];
      judged += reports.length;
      errors.push(...rootsOf(reports, "error").map(({ id }) => id));
      warnings.push(...rootsOf(reports, "warning").map(({ id }) => id));
    }
    clean &&= errors.length === 0;
    process.stdout.write(
      line([
        name,
        files.length,
        judged,
        errors.length,
        warnings.length,
        [...new Set([...errors, ...warnings])].join(", "),
      ]),
    );
  }
  return clean;
}

if (!existsSync(given)) {
  process.stdout.write(`NO CORPUS at ${given}: nothing was evaluated\n`);
} else {
  const results = [await broken(), await healthy()];
  process.stdout.write(
    "\nNetwork policies, security groups: test/policy/corpus.test.ts and test/nsg/corpus.test.ts judge every probe. Gateway API is out of scope.\n",
  );
  process.exitCode = results.every(Boolean) ? 0 : 1;
}
