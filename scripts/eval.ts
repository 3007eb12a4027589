/**
 * `npm run eval -- [FOLDER] [--cluster]`: how right the tool is on cases that others wrote, in folders `broken/<case>/`, `healthy/<set>/` and
 * `routing/ingress-conformance/<feature>/` of FOLDER (`../shared/corpus`). Prints Markdown. Without the folder it says so and passes.
 *
 * With `--cluster`, cases that are manifests without a state are applied to the running test bed and asked about there; without it they are `unknown`, and the
 * table says so. Fails on a wrong answer, on a false error on a healthy set, and with `--cluster` on less than 90 % right of the broken cases in scope.
 */
import { existsSync, globSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { CHECKS } from "../src/checks/index.ts";
import { reportsOf } from "../src/cli/judging.ts";
import { type DumpSource, dumpSource } from "../src/collect/dump.ts";
import { gather } from "../src/collect/gather.ts";
import { UserError } from "../src/errors.ts";
import type { Finding } from "../src/model/finding.ts";
import { byKey } from "../src/model/labelindex.ts";
import type { Report } from "../src/model/report.ts";
import type { Answer } from "../test/eval/answer.ts";
import { answerFromFiles, CORPUS } from "../test/eval/case.ts";
import { conformance } from "../test/eval/conformance.ts";
import { EXPECTED, OUT_OF_SCOPE, RIGHT_WARNINGS } from "../test/eval/expectations.ts";

async function* nothing(): AsyncGenerator<Uint8Array> {}

const given = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? CORPUS;
const onCluster = process.argv.includes("--cluster");
/** Of the broken cases in scope. */
const GOAL = 0.9;

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
      reports.push(...reportsOf(request, await gather(source, request), CHECKS));
    }
  }
  return reports;
}

function rootsOf(reports: readonly Report[], severity: string): readonly Finding[] {
  return reports.flatMap((report) =>
    report.findings.filter((finding) => finding.severity === severity && finding.consequenceOf === null),
  );
}

type Score = Answer["score"] | "out of scope";

async function scoreOf(name: string): Promise<{ readonly score: Score; readonly why: string }> {
  const folder = join(given, "broken", name);
  // Also what is not scored must load and be judged, without a crash.
  await judge([folder]);
  const out = OUT_OF_SCOPE[name];
  if (out !== undefined) return { score: "out of scope", why: out };
  const expected = EXPECTED[name];
  if (expected === undefined)
    return given === CORPUS
      ? { score: "wrong", why: "nobody has read its truth: add it to test/eval/expectations.ts" }
      : { score: "out of scope", why: "its truth is in no file that we read" };
  const fromFiles = await answerFromFiles(folder, expected.questions);
  if (expected.from === "files") return fromFiles;
  // An intent says nothing of the state: right or unknown, never wrong. That a target is "not there" is right of files that do not hold it.
  const missing = expected.questions.some(({ says }) => says !== undefined);
  if (fromFiles.score === "wrong" && !missing) return { score: "wrong", why: `from the files alone: ${fromFiles.why}` };
  if (!onCluster)
    return fromFiles.score === "right" ? fromFiles : { score: "unknown", why: "a manifest without a state: --cluster" };
  const { applied } = await import("../test/eval/on-cluster.ts");
  const one = await applied(folder, expected.questions);
  try {
    const answer = await one.answer();
    const changes = one.changes.join("; ");
    return { ...answer, why: [answer.why, "on the cluster", changes].filter((text) => text !== "").join("; ") };
  } finally {
    await one.remove();
  }
}

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |\n`;
const head = (cells: readonly string[]): string => `${line(cells)}${line(cells.map(() => "---"))}`;

async function broken(): Promise<boolean> {
  const scores = new Map<Score, string[]>();
  for (const name of folders("broken")) {
    const { score, why } = await scoreOf(name);
    scores.set(score, [...(scores.get(score) ?? []), why === "" ? name : `${name}: ${why}`]);
  }
  const all = ["right", "unknown", "wrong", "out of scope"] as const;
  const of = (score: Score): readonly string[] => scores.get(score) ?? [];
  const [right, unknown, wrong] = [of("right").length, of("unknown").length, of("wrong").length];
  const share = right / Math.max(1, right + unknown + wrong);
  process.stdout.write(`### broken/: the right root finding comes first\n${head([...all, "right of those in scope"])}`);
  process.stdout.write(line([...all.map((score) => of(score).length), `${(share * 100).toFixed(0)} %`]));
  for (const score of [...all].reverse())
    if (of(score).length > 0)
      process.stdout.write(
        `\n${score}:\n${of(score)
          .map((text) => `- ${text}\n`)
          .join("")}`,
      );
  if (!onCluster && unknown > 0)
    process.stdout.write(
      `\nNOT SHOWN: ${unknown} cases are manifests without a state. They are applied by \`npm run eval -- --cluster\` and by test/e2e/corpus.e2e.ts.\n`,
    );
  return wrong === 0 && (!onCluster || share >= GOAL);
}

async function healthy(): Promise<boolean> {
  process.stdout.write(
    `\n### healthy/: nothing is said to be wrong\n${head(["set", "files", "objects judged", "false errors", "wrong warnings", "right warnings", "which"])}`,
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
    const right = warnings.filter((id) => RIGHT_WARNINGS[name]?.[id] !== undefined);
    const wrong = warnings.length - right.length;
    clean &&= errors.length === 0 && wrong === 0;
    process.stdout.write(
      line([
        name,
        files.length,
        judged,
        errors.length,
        wrong,
        right.length,
        [...new Set([...errors, ...warnings])].join(", "),
      ]),
    );
  }
  return clean;
}

function routing(): boolean {
  const requests = conformance(given);
  const wrong = requests.filter((request) => request.wrong !== undefined);
  process.stdout.write(
    `\n### routing/ingress-conformance/: every request to its backend\n${head(["requests", "right", "wrong"])}`,
  );
  process.stdout.write(line([requests.length, requests.length - wrong.length, wrong.length]));
  for (const request of wrong) process.stdout.write(`- ${request.wrong}\n`);
  return wrong.length === 0;
}

if (!existsSync(given)) {
  process.stdout.write(`NO CORPUS at ${given}: NOTHING was evaluated\n`);
} else {
  const results = [await broken(), await healthy(), routing()];
  process.stdout.write(
    "\nnetworkpolicy/, nsg/, dumps/: test/policy/corpus.test.ts, test/nsg/corpus.test.ts, test/azure/corpus.test.ts and test/collect/dump-corpus.test.ts judge every probe. routing/gateway-api/ is out of scope: no command for it yet.\n",
  );
  process.exitCode = results.every(Boolean) ? 0 : 1;
}
