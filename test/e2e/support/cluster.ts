/** Helpers for e2e tests: kubectl, namespaces that clean up after themselves, netcheck itself, the outside client. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { onOutside } from "../../cluster/outside.ts";
import { type RunOptions, type RunResult, run, until } from "../../cluster/proc.ts";
import { target } from "./target.ts";

export type { RunResult } from "../../cluster/proc.ts";
export { images } from "./target.ts";

const environment = { ...process.env, KUBECONFIG: target.kubeconfig };

/** Runs kubectl; does not throw for its exit code. */
export function kubectlRun(args: readonly string[], input?: string): Promise<RunResult> {
  return run(target.kubectl, args, { env: environment, timeout: 120_000, ...(input === undefined ? {} : { input }) });
}

/** Runs kubectl and returns what it printed. @throws AssertionError with its message when it fails. */
export async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectlRun(args, input);
  assert.equal(code, 0, `kubectl ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** `kubectl … -o json`, parsed. */
export async function kubectlJson<T>(args: readonly string[]): Promise<T> {
  return JSON.parse(await kubectl([...args, "-o", "json"])) as T;
}

/** Applies YAML or JSON text, or plain objects, into a namespace. */
export async function apply(namespace: string, manifest: string | readonly object[]): Promise<void> {
  // One List: not every kubectl takes several JSON documents with `---` between them.
  const text =
    typeof manifest === "string" ? manifest : JSON.stringify({ apiVersion: "v1", kind: "List", items: manifest });
  await kubectl(["-n", namespace, "apply", "-f", "-"], text);
}

/**
 * Gives `use` a fresh namespace whose default service account exists (pods are refused before), and deletes it afterwards
 * without waiting.
 */
export async function withNamespace<T>(
  use: (namespace: string) => Promise<T>,
  labels: readonly string[] = [],
): Promise<T> {
  const namespace = `netcheck-e2e-${randomBytes(4).toString("hex")}`;
  await kubectl(["create", "namespace", namespace]);
  try {
    if (labels.length > 0) await kubectl(["label", "namespace", namespace, ...labels]);
    await eventually(async () => kubectl(["-n", namespace, "get", "serviceaccount", "default"]), { timeout: 20_000 });
    return await use(namespace);
  } finally {
    await kubectlRun(["delete", "namespace", namespace, "--wait=false"]);
  }
}

/**
 * Repeats `check` until it does not throw and its answer is not false or undefined; returns that answer.
 * @throws Error holding the last complaint after `timeout` milliseconds (default 60 s).
 */
export function eventually<T>(
  check: () => Promise<T | undefined | false>,
  { timeout = 60_000, what = "the expected state" }: { timeout?: number; what?: string } = {},
): Promise<T> {
  return until(what, timeout, check, 300);
}

/** Runs a command on the outside client; on a foreign cluster, on this machine. */
export function outside(command: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunResult> {
  const [program, ...args] = command;
  if (!target.bed) return run(program, args, { timeout: 60_000, ...options, env: { ...environment, ...options.env } });
  const { argv, env } = onOutside(target.bed.layout, target.bed.programs, command);
  const [enter, ...rest] = argv;
  return run(enter, rest, { timeout: 60_000, ...options, env: { ...env, ...options.env } });
}

/**
 * Runs the built plugin as a user would: on the outside client, which alone reaches LoadBalancer addresses and sends no
 * packet anywhere else.
 */
export function netcheck(args: readonly string[], { env = {} }: { env?: NodeJS.ProcessEnv } = {}): Promise<RunResult> {
  return outside([target.binary, ...args], { env, timeout: 120_000 });
}

/** Runs a command in a pod's container. Does not throw for its exit code. */
export function exec(namespace: string, pod: string, command: readonly string[]): Promise<RunResult> {
  return kubectlRun(["-n", namespace, "exec", pod, "--", ...command]);
}

/** curl from a pod; exit code 28 is a time-out (3 s), 7 a refused connection, 6 an unknown name. */
export function curlFrom(namespace: string, pod: string, url: string): Promise<RunResult> {
  return exec(namespace, pod, ["curl", "-sS", "-m", "3", url]);
}
