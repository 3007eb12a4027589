/** Puts a scenario into the cluster, asks netcheck about it, and takes the same state as a dump. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Finding } from "../../../src/model/finding.ts";
import type { Report } from "../../../src/model/report.ts";
import type { Scenario } from "./scenario.ts";

const PLUGIN =
  process.env["NETCHECK_BINARY"] ?? fileURLToPath(new URL("../../../dist/kubectl-netcheck", import.meta.url));
const KUBECTL = process.env["NETCHECK_KUBECTL"] ?? "kubectl";
const ENV = { ...process.env, KUBECONFIG: process.env["NETCHECK_E2E_KUBECONFIG"] ?? process.env["KUBECONFIG"] };

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], input?: string): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { env: ENV, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : 1;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end(input ?? "");
  });
}

export const netcheck = (...args: readonly string[]): Promise<Result> => run(PLUGIN, args);

export async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await run(KUBECTL, args, input);
  assert.equal(code, 0, `kubectl ${args.join(" ")}: ${stderr}`);
  return stdout;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Applies the scenario's objects into namespaces named after it. */
export async function install(scenario: Scenario, namespace: string): Promise<void> {
  const place = (object: object): object => {
    const { metadata, ...rest } = object as { readonly metadata: { readonly namespace?: string } };
    return {
      ...rest,
      metadata: { ...metadata, namespace: metadata.namespace === "other" ? `${namespace}-other` : namespace },
    };
  };
  for (const name of usesOther(scenario) ? [namespace, `${namespace}-other`] : [namespace]) {
    await kubectl(["create", "namespace", name]);
    // Pods are refused until their service account exists, shortly after the namespace.
    await until(async () => (await run(KUBECTL, ["-n", name, "get", "serviceaccount", "default"])).code === 0, 20);
  }
  for (const object of scenario.objects) await kubectl(["apply", "-f", "-"], JSON.stringify(place(object)));
  await scenario.afterwards?.(kubectl, namespace);
}

export async function remove(namespace: string): Promise<void> {
  await run(KUBECTL, ["delete", "namespace", namespace, `${namespace}-other`, "--wait=false", "--ignore-not-found"]);
}

async function until(holds: () => Promise<boolean>, seconds: number): Promise<boolean> {
  for (let left = seconds; left > 0; left -= 1) {
    if (await holds()) return true;
    await pause(1000);
  }
  return holds();
}

/** What netcheck says of the scenario in json: from the cluster, or with `-f` from a dump. */
export async function report(
  scenario: Scenario,
  namespace: string,
  more: readonly string[] = [],
): Promise<{ readonly report: Report; readonly code: number }> {
  const { stdout, stderr, code } = await netcheck(...scenario.command, "-n", namespace, "-o", "json", ...more);
  assert.equal(stderr, "");
  return { report: JSON.parse(stdout) as Report, code };
}

const label = (finding: Finding, like: string): string =>
  like.includes(" ") ? `${finding.id} ${finding.severity}` : finding.id;

/** Why the report is not what the scenario expects, or undefined. */
export function complaint(
  scenario: Scenario,
  given: { readonly report: Report; readonly code: number },
): string | undefined {
  const { findings, verdict } = given.report;
  const roots = findings.filter((finding) => finding.consequenceOf === null && finding.severity !== "info");
  const first = scenario.first.map((like, i) => (roots[i] === undefined ? "-" : label(roots[i], like)));
  if (first.join() !== scenario.first.join())
    return `first are ${roots.map((finding) => finding.id).join() || "none"} (${verdict})`;
  const missing = (scenario.consequences ?? []).find(
    (id) => !findings.some((finding) => finding.id === id && finding.consequenceOf !== null),
  );
  if (missing !== undefined) return `${missing} is not there as a consequence`;
  const wrong = findings.find((finding) => scenario.never.some((like) => forbids(like, finding)));
  if (wrong !== undefined) return `${wrong.id} (${wrong.severity}) must not be said: ${wrong.summary}`;
  return given.code === scenario.exit ? undefined : `exit code ${given.code}, not ${scenario.exit} (${verdict})`;
}

function forbids(like: string, finding: Finding): boolean {
  const [pattern = "", severity] = like.split(" ");
  const matches = pattern.endsWith("*") ? finding.id.startsWith(pattern.slice(0, -1)) : finding.id === pattern;
  return matches && (severity === undefined || finding.severity === severity);
}

/** Waits until the cluster has come into the state that the scenario describes; the last complaint otherwise. */
export async function settled(scenario: Scenario, namespace: string): Promise<string | undefined> {
  let last: string | undefined = "never asked";
  await until(async () => {
    last = complaint(scenario, await report(scenario, namespace));
    return last === undefined;
  }, scenario.seconds ?? 60);
  return last;
}

const DUMPED = "services,pods,endpointslices,deployments,replicasets,statefulsets,daemonsets,jobs,events";

/**
 * The state as `kubectl get -o yaml` prints it, in files that `use` may read. The node leases are renewed every few seconds: with them a dump knows when it
 * was taken, which the age of anything is counted from. A scenario in two namespaces is dumped with -A, as a user would.
 */
export async function withDump<T>(
  scenario: Scenario,
  namespace: string,
  use: (files: readonly string[]) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "netcheck-dump-"));
  const scope = usesOther(scenario) ? ["-A"] : ["-n", namespace];
  try {
    const asked = {
      objects: ["get", DUMPED, ...scope],
      nodes: ["get", "nodes"],
      leases: ["-n", "kube-node-lease", "get", "leases"],
    };
    const files: string[] = [];
    for (const [name, args] of Object.entries(asked)) {
      const file = join(folder, `${name}.yaml`);
      writeFileSync(file, await kubectl([...args, "-o", "yaml"]));
      files.push(file);
    }
    return await use(files);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function usesOther(scenario: Scenario): boolean {
  return JSON.stringify(scenario.objects).includes('"namespace":"other"');
}

/** What must be the same whether asked live or from a dump: verdict, exit code, and every error or warning in order. */
export function essence(given: { readonly report: Report; readonly code: number }): string {
  const findings = given.report.findings
    .filter((finding) => finding.severity !== "info")
    .map(
      (finding) =>
        `${finding.id} ${finding.severity} ${finding.object.name}${finding.consequenceOf === null ? "" : ` after ${finding.consequenceOf}`}`,
    );
  return [`${given.report.verdict}, exit ${given.code}`, ...findings].join("\n");
}
