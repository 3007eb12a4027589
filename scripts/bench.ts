/**
 * `npm run bench [-- --crowd]`: what netcheck costs, as ratios taken in one run. Needs a cluster: NETCHECK_E2E_KUBECONFIG, or the test cluster when it is up; prints
 * Markdown. Figures are for comparing within one table, never asserted by a test.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Command, inTurns, peakMemory, sizeOf, type Timing } from "./bench/measure.ts";
import { recordingProxy } from "./bench/recording-proxy.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PLUGIN = process.env["NETCHECK_BINARY"] ?? `${ROOT}dist/kubectl-netcheck`;
const RUNS = Number(process.env["NETCHECK_BENCH_RUNS"] ?? 15);
/** Probes take seconds. */
const PROBE_RUNS = Math.min(RUNS, 7);
const NAMESPACE = "netcheck-bench";
const CURL_IMAGE = process.env["NETCHECK_PROBE_IMAGE"] ?? "docker.io/curlimages/curl:8.10.1";
const KUBECTL = process.env["NETCHECK_KUBECTL"] ?? "kubectl";

function kubeconfig(): string {
  const given = process.env["NETCHECK_E2E_KUBECONFIG"];
  if (given !== undefined && given !== "") return given;
  const { stdout, status } = spawnSync(process.execPath, ["test/cluster/cluster.ts", "kubeconfig"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const path = stdout.trim().split("\n").at(-1) ?? "";
  if (status === 0 && existsSync(path)) return path;
  throw new Error("bench needs a cluster: run `npm run cluster -- up` first, or set NETCHECK_E2E_KUBECONFIG");
}

const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${NAMESPACE}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "netcheck.test/web:1", ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: ${NAMESPACE}}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: broken, namespace: ${NAMESPACE}}
spec: {selector: {app: webb}, ports: [{port: 80, targetPort: 8080}]}
`;

function kubectl(config: string, args: readonly string[], input?: string): void {
  const { status, stderr, error } = spawnSync(KUBECTL, ["--kubeconfig", config, ...args], { input, encoding: "utf8" });
  if (error !== undefined) throw new Error(`bench needs kubectl: ${error.message}; set NETCHECK_KUBECTL`);
  if (status !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr.trim()}`);
}

function table(title: string, rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return `### ${title}\n${line(head)}\n${line(head.map(() => "---"))}\n${body.map(line).join("\n")}\n\n`;
}

function timingTable(title: string, timings: readonly Timing[]): string {
  const base = timings[0]?.median ?? 1;
  const rows = timings.map(({ name, median, min, max }) => [
    `\`${name}\``,
    median.toFixed(0),
    `${min.toFixed(0)}–${max.toFixed(0)}`,
    (median / base).toFixed(2),
  ]);
  return table(title, [["command", "median ms", "min–max", `ratio to \`${timings[0]?.name}\``], ...rows]);
}

/**
 * The same question, does the Service answer, by a test pod: ours reads the static side as well and tries every endpoint, the cluster IP and the name.
 * Both from this machine against one API server, both until their pod is deleted; the image is on every node.
 */
async function probes(config: string, folder: string, env: Readonly<Record<string, string>>): Promise<string> {
  const url = `http://web.${NAMESPACE}.svc/`;
  const args = ["--rm", "-i", "--restart=Never", `--image=${CURL_IMAGE}`, "--", "curl", "-sS", url];
  // A pod of its own each time: the last one may still be going.
  const curl = ["sh", "-c", `exec "$0" -n ${NAMESPACE} run "bench-$$" "$@"`, KUBECTL, ...args];
  const probe = [PLUGIN, "svc", "web", "-n", NAMESPACE, "--probe=pod", "--yes"];
  const asked: readonly Command[] = [
    { name: "kubectl run --rm -i … curl", steps: [curl], env },
    { name: "kubectl netcheck svc --probe", steps: [probe], env },
  ];
  const timings = timingTable(
    `A healthy Service, tried from a test pod, ${PROBE_RUNS} runs in turns`,
    inTurns(asked, PROBE_RUNS),
  );
  const proxy = await recordingProxy(config, join(folder, "recorded-probe.json"));
  proxy.take();
  await ran([...probe.slice(1), "--kubeconfig", proxy.kubeconfig]);
  const seen = proxy.take();
  proxy.close();
  const made = seen.filter((one) => /^POST .*\/(jobs|pods)(\?|$)/.test(one) && !one.includes("dryRun")).length;
  const deleted = seen.filter((one) => one.startsWith("DELETE ")).length;
  return `${timings}${table("What that probe asks of the API server", [
    ["what", "count"],
    ["test pods made (as Jobs), and deleted again", `${made}, ${deleted}`],
    ["requests in all, static side and waiting included", String(seen.length)],
  ])}`;
}

/** Not spawnSync: the proxy lives in this process and must go on answering. */
async function ran(args: readonly string[]): Promise<void> {
  const { spawn } = await import("node:child_process");
  const child = spawn(PLUGIN, args, { stdio: "ignore" });
  await new Promise((resolve) => child.once("close", resolve));
}

async function requests(config: string, folder: string): Promise<string> {
  const proxy = await recordingProxy(config, join(folder, "recorded.json"));
  const count = async (args: readonly string[]): Promise<number> => {
    proxy.take();
    await ran([...args, "--kubeconfig", proxy.kubeconfig, "-n", NAMESPACE]);
    return proxy.take().length;
  };
  const rows = [
    ["command", "requests"],
    ["`netcheck svc web` (healthy)", String(await count(["svc", "web"]))],
    ["`netcheck svc broken` (selector matches nothing)", String(await count(["svc", "broken"]))],
    ["`netcheck pod deploy/web`", String(await count(["pod", "deploy/web"]))],
  ];
  proxy.close();
  return table("Requests to the API server, counted at a recording proxy", rows);
}

/** Milliseconds to the API server and back: from an office to a region of a cloud. */
const FAR = 20;

/** `use` with a kubeconfig for the same API server from farther away. */
async function fromAfar<T>(config: string, folder: string, use: (config: string) => T): Promise<T> {
  const { spawn } = await import("node:child_process");
  const out = join(folder, "far.json");
  const child = spawn(process.execPath, ["scripts/bench/far.ts", config, out, String(FAR)], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once("data", () => resolve());
      child.once("close", () => reject(new Error("scripts/bench/far.ts ended")));
    });
    return use(out);
  } finally {
    child.kill();
  }
}

/** The evaluator alone, in a cluster bigger than any at hand. */
function policies(): string {
  const { stdout } = spawnSync(process.execPath, ["scripts/bench/policy.ts"], { cwd: ROOT, encoding: "utf8" });
  return `### One flow against many policies\n${stdout}\n`;
}

/** A thousand Services and ten thousand pods on the API server itself: to make them takes it minutes. */
function liveCrowd(config: string): void {
  spawnSync(process.execPath, ["scripts/bench/live-crowd.ts"], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, KUBECONFIG: config, NETCHECK_BINARY: PLUGIN },
  });
}

/** A thousand Services and ten thousand pods, from memory; with `--crowd` also on the real API server. */
function crowds(): string {
  const { stdout } = spawnSync(process.execPath, ["scripts/bench/lists.ts"], { cwd: ROOT, encoding: "utf8" });
  return `### A thousand Services, ten thousand pods\n${stdout}\n`;
}

async function main(): Promise<void> {
  const config = kubeconfig();
  if (!existsSync(PLUGIN)) spawnSync(process.execPath, ["scripts/build.ts"], { cwd: ROOT, stdio: "inherit" });
  const folder = mkdtempSync(join(tmpdir(), "netcheck-bench-"));
  try {
    kubectl(config, ["apply", "-f", "-"], MANIFEST);
    kubectl(config, ["-n", NAMESPACE, "rollout", "status", "deploy/web", "--timeout=120s"]);
    const env = { KUBECONFIG: config };
    const own = (...args: string[]): string[] => [PLUGIN, ...args];
    const their = (...args: string[]): string[] => [KUBECTL, ...args];
    const start: readonly Command[] = [
      { name: "node -e 0", steps: [[process.execPath, "-e", "0"]] },
      { name: "kubectl netcheck --version", steps: [own("--version")] },
      { name: "kubectl version --client", steps: [their("version", "--client")] },
    ];
    const svc: readonly Command[] = [
      { name: "kubectl describe svc", steps: [their("-n", NAMESPACE, "describe", "svc", "web")], env },
      { name: "kubectl netcheck svc", steps: [own("svc", "web", "-n", NAMESPACE)], env },
      {
        name: "get svc + describe svc + get endpoints",
        steps: [
          their("-n", NAMESPACE, "get", "svc", "web"),
          their("-n", NAMESPACE, "describe", "svc", "web"),
          their("-n", NAMESPACE, "get", "endpointslices"),
        ],
        env,
      },
    ];
    process.stdout.write(timingTable(`Start-up, ${RUNS} runs in turns`, inTurns(start, RUNS)));
    process.stdout.write(timingTable(`One Service on the cluster, ${RUNS} runs in turns`, inTurns(svc, RUNS)));
    const far = await fromAfar(config, folder, (KUBECONFIG) =>
      inTurns(
        svc.map((one) => ({ ...one, env: { KUBECONFIG } })),
        RUNS,
      ),
    );
    process.stdout.write(timingTable(`The same from ${FAR} ms away (there and back)`, far));
    process.stdout.write(await probes(config, folder, env));
    process.stdout.write(await requests(config, folder));
    process.stdout.write(policies());
    process.stdout.write(crowds());
    const peak = await peakMemory(PLUGIN, ["svc", "web", "-n", NAMESPACE], env);
    process.stdout.write(
      table("Size", [
        ["what", "value"],
        ["dist/kubectl-netcheck", `${sizeOf(PLUGIN).toFixed(0)} KiB`],
        ["peak resident memory of `netcheck svc`", peak === undefined ? "not measured" : `${peak.toFixed(0)} MiB`],
      ]),
    );
    if (process.argv.includes("--crowd")) liveCrowd(config);
  } finally {
    rmSync(folder, { recursive: true });
    kubectl(config, ["delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false"]);
  }
}

await main();
