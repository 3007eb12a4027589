import { spawn } from "node:child_process";
import { basename } from "node:path";
import { UserError } from "../errors.ts";
import type { Surroundings } from "./flags.ts";
import type { ExecEntry } from "./kubeconfig.ts";
import { loginHints } from "./login-hints.ts";

/** What a credential plugin hands out: a token, a client certificate with its key, or both. */
export interface ExecCredential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** `spec.cluster` of an ExecCredential (client.authentication.k8s.io/v1), sent when the kubeconfig says provideClusterInfo. */
export type ExecCluster = Readonly<Record<string, unknown>>;

/**
 * Runs a credential plugin once and reads the ExecCredential from its stdout. Its stderr is the user's terminal (device-code logins
 * print there); stdin too, when the plugin may ask and there is a terminal. Rules: kubernetes.io, "client-go credential plugins".
 * Throws UserError when it is missing, fails, or prints something else. `server` is for the message.
 */
export async function runExecPlugin(
  exec: ExecEntry,
  cluster: ExecCluster,
  around: Surroundings,
  server: string,
  signal?: AbortSignal,
): Promise<ExecCredential> {
  const name = basename(exec.command);
  if (exec.interactiveMode === "Always" && !around.stdinIsTerminal)
    throw new UserError(`the credential plugin ${name} for ${server} needs a terminal to ask you something`, [
      "run this in a terminal, or log in first",
    ]);
  const interactive = exec.interactiveMode !== "Never" && around.stdinIsTerminal;
  const info = {
    kind: "ExecCredential",
    apiVersion: exec.apiVersion,
    spec: { ...(exec.provideClusterInfo ? { cluster } : {}), interactive },
  };
  const env = { ...around.env, ...exec.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const output = await run(exec, env, interactive, around, server, signal);
  return credentialOf(output, exec, server);
}

function run(
  exec: ExecEntry,
  env: NodeJS.ProcessEnv,
  interactive: boolean,
  around: Surroundings,
  server: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const name = basename(exec.command);
  return new Promise((resolve, reject) => {
    const child = spawn(exec.command, [...exec.args], {
      env,
      cwd: around.cwd,
      stdio: [interactive ? "inherit" : "ignore", "pipe", around.stderr],
      windowsHide: true,
      // It has no time-out, since a login takes as long as it takes; but it ends with us.
      ...(signal === undefined ? {} : { signal }),
    });
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (signal?.aborted === true) return reject(error);
      const missing = error.code === "ENOENT";
      const why = missing ? "is not installed or not on PATH" : `cannot be run (${error.code ?? error.message})`;
      const hint = exec.installHint?.trim().split("\n") ?? [];
      reject(
        new UserError(
          `the credential plugin ${name} for ${server} ${why}`,
          missing ? [...hint, ...installHint(name)] : [],
        ),
      );
    });
    child.on("close", (status, signal) => {
      if (status === 0) resolve(Buffer.concat(chunks).toString("utf8"));
      else
        reject(
          new UserError(
            `the credential plugin ${name} for ${server} failed (${signal ?? `exit code ${status}`}); its own message is above`,
            loginHints(exec),
          ),
        );
    });
  });
}

function installHint(name: string): readonly string[] {
  return name.startsWith("kubelogin") ? ["install it: az aks install-cli"] : [];
}

function credentialOf(output: string, exec: ExecEntry, server: string): ExecCredential {
  const name = basename(exec.command);
  const refuse = (what: string): UserError =>
    new UserError(`the credential plugin ${name} for ${server} ${what}`, ["run it by hand, as the kubeconfig does"]);
  let parsed: unknown;
  try {
    parsed = JSON.parse(output);
  } catch {
    throw refuse("printed no JSON");
  }
  const credential = record(parsed);
  if (credential["kind"] !== "ExecCredential") throw refuse("printed no ExecCredential");
  if (credential["apiVersion"] !== exec.apiVersion)
    throw refuse(`answers in ${String(credential["apiVersion"])}, but the kubeconfig asks for ${exec.apiVersion}`);
  const status = record(credential["status"]);
  const token = text(status["token"]);
  const cert = text(status["clientCertificateData"]);
  const key = text(status["clientKeyData"]);
  if ((cert === undefined) !== (key === undefined)) throw refuse("gave a certificate without its key, or a key alone");
  if (token === undefined && cert === undefined) throw refuse("gave neither a token nor a client certificate");
  return {
    ...(token === undefined ? {} : { token }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
