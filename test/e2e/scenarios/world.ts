/** Puts a scenario into the cluster, asks netcheck about it, and takes the same state as a dump. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "../../../src/model/finding.ts";
import type { Report } from "../../../src/model/report.ts";
import { eventually, kubectl, kubectlRun, netcheck } from "../support/cluster.ts";
import type { Scenario } from "./scenario.ts";

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
    await eventually(() => kubectl(["-n", name, "get", "serviceaccount", "default"]), { timeout: 20_000 });
  }
  for (const object of scenario.objects) await kubectl(["apply", "-f", "-"], JSON.stringify(place(object)));
  await scenario.afterwards?.(kubectl, namespace);
}

export async function remove(namespace: string): Promise<void> {
  await kubectlRun(["delete", "namespace", namespace, `${namespace}-other`, "--wait=false", "--ignore-not-found"]);
}

/** What netcheck says of the scenario in json: from the cluster, or with `-f` from a dump. */
export async function report(
  scenario: Scenario,
  namespace: string,
  more: readonly string[] = [],
): Promise<{ readonly report: Report; readonly code: number }> {
  const { stdout, stderr, code } = await netcheck([...scenario.command, "-n", namespace, "-o", "json", ...more]);
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

/** Waits until the cluster has come into the state that the scenario describes; throws the last complaint otherwise. */
export async function settled(scenario: Scenario, namespace: string): Promise<void> {
  await eventually(
    async () => {
      assert.equal(complaint(scenario, await report(scenario, namespace)), undefined);
      return true;
    },
    { timeout: (scenario.seconds ?? 60) * 1000, what: scenario.title },
  );
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

/**
 * What must be the same whether asked live or from a dump: verdict, exit code, and the root errors and warnings in order. Consequences may differ: a dump that
 * holds no pod at all cannot tell "none" from "not taken", and says less or more of what follows.
 */
export function essence(given: { readonly report: Report; readonly code: number }): string {
  const roots = given.report.findings
    .filter((finding) => finding.severity !== "info" && finding.consequenceOf === null)
    .map((finding) => `${finding.id} ${finding.severity} ${finding.object.name}`);
  return [`${given.report.verdict}, exit ${given.code}`, ...roots].join("\n");
}
