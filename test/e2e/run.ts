/**
 * `npm run test:e2e -- [--keep] [FILE…]`: brings a test bed up, runs test/e2e/**\/*.e2e.ts on it, takes it down.
 *
 * NETCHECK_E2E_KUBECONFIG runs the tests on that cluster instead (kind, AKS, …), without the files about the bed itself.
 * NETCHECK_CLUSTER names a bed; one that is up already is used and left up. Nothing is skipped to pass: what is missing on
 * the machine is said in one sentence, and the exit code is 1.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { down } from "../cluster/down.ts";
import { cacheRoot, layoutOf } from "../cluster/layout.ts";
import { preflight } from "../cluster/preflight.ts";
import { run, startTime } from "../cluster/proc.ts";
import { ensurePrograms } from "../cluster/programs.ts";
import { outerProcess, readState } from "../cluster/state.ts";
import { up } from "../cluster/up.ts";
import { sniff } from "./support/sniff.ts";

/** About the bed itself: they enter its namespaces or start another one. */
const bedOnly = [
  "test/e2e/smoke-bed.e2e.ts",
  "test/e2e/smoke-lifecycle.e2e.ts",
  "test/e2e/policy-without-engine.e2e.ts",
];

const root = join(import.meta.dirname, "../..");
const log = (line: string): void => console.error(line);

async function main(args: readonly string[]): Promise<number> {
  const keep = args.includes("--keep");
  const given = args.filter((argument) => !argument.startsWith("--"));
  const foreign = process.env["NETCHECK_E2E_KUBECONFIG"];
  const all = globSync("test/e2e/**/*.e2e.ts", { cwd: root }).sort();
  const files = (given.length > 0 ? given : all).filter((file) => !foreign || !bedOnly.includes(file));
  if (files.length === 0) throw new Error("There is no e2e test to run.");
  if (foreign) return onForeignCluster(foreign, files);
  return onOwnCluster(files, keep);
}

async function onForeignCluster(kubeconfig: string, files: readonly string[]): Promise<number> {
  if (!existsSync(kubeconfig)) throw new Error(`NETCHECK_E2E_KUBECONFIG names ${kubeconfig}, which is not there.`);
  const kubectl = process.env["NETCHECK_KUBECTL"] || "kubectl";
  const { code } = await run(kubectl, ["version", "--client"]);
  if (code !== 0) throw new Error(`The e2e tests need kubectl to talk to another cluster; ${kubectl} does not run.`);
  log(`on the cluster of ${kubeconfig}, without the tests of the bed itself: ${bedOnly.join(", ")}`);
  return test(files, { KUBECONFIG: kubeconfig });
}

async function onOwnCluster(files: readonly string[], keep: boolean): Promise<number> {
  await preflight();
  await sweep();
  // A name of this run's own: two runs on one machine do not meet.
  const layout = layoutOf(process.env["NETCHECK_CLUSTER"] || (keep ? "e2e" : `e2e-${process.pid}`));
  const programs = await ensurePrograms(log);
  const wasUp = readState(layout)?.phase === "up" && outerProcess(layout) !== undefined;
  const sniffer = await sniff([join(programs.bed, "bed")]);
  try {
    await up(layout, readState(layout)?.nodes.length ?? 2, log);
    const code = await test(files, {
      NETCHECK_CLUSTER: layout.name,
      NETCHECK_E2E_KUBECONFIG: layout.kubeconfig,
      KUBECONFIG: layout.kubeconfig,
      NETCHECK_KUBECTL: join(programs.kubernetes, "kubectl"),
      PATH: [dirname(process.execPath), process.env["PATH"], programs.kubernetes].join(":"),
    });
    const { seen, hits, first } = await sniffer();
    log(
      `of ${seen} packets on the machine's own interfaces ${hits} were of the cluster's ranges${first ? `: ${first}` : ""}`,
    );
    return hits > 0 ? 1 : code;
  } finally {
    await sniffer();
    if (!keep && !wasUp) await down(layout);
  }
}

/** Takes down what earlier runs left that were killed: beds named after a process that is no more. */
async function sweep(): Promise<void> {
  const clusters = join(cacheRoot(), "clusters");
  for (const name of existsSync(clusters) ? readdirSync(clusters) : []) {
    const pid = /^(?:e2e|life)-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || startTime(Number(pid)) !== undefined) continue;
    log(`taking down ${name}, which a run that was killed left`);
    await down(layoutOf(name));
  }
}

/** Builds the plugin and runs the tests with these settings. */
async function test(files: readonly string[], settings: NodeJS.ProcessEnv): Promise<number> {
  const env = { ...process.env, ...settings };
  const node = (args: readonly string[]): number =>
    spawnSync(process.execPath, args, { cwd: root, env, stdio: "inherit" }).status ?? 1;
  if (!env["NETCHECK_BINARY"] && node(["scripts/build.ts"]) !== 0) throw new Error("The plugin could not be built.");
  const folder = mkdtempSync(join(tmpdir(), "netcheck-e2e-"));
  try {
    const failed = join(folder, "failed");
    const told = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
    const listed = [
      `--test-reporter=${join(import.meta.dirname, "support/failed-files.ts")}`,
      `--test-reporter-destination=${failed}`,
    ];
    if (node(["--test", ...told, ...listed, "--test-concurrency=2", ...files]) === 0) return 0;
    const again = (existsSync(failed) ? readFileSync(failed, "utf8") : "").split("\n").filter((file) => file !== "");
    if (again.length === 0) return 1;
    // A real cluster on a busy machine misses a time limit now and then. Once more, alone, and never silently: a fault fails twice.
    log(`SECOND TRY, because these failed: ${again.map((file) => relative(root, file)).join(", ")}`);
    return node(["--test", "--test-reporter=spec", "--test-concurrency=1", ...again]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
