/** The packaged program of this machine's platform, and ways to run it as a shell would. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hostTarget, nameOf, programName, type Target } from "../../../scripts/package/targets.ts";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const PACKAGES = process.env["NETCHECK_PACKAGES"] || `${ROOT}dist/packages`;
export const DEMO = `${ROOT}test/cases/demo`;

export const host: Target = hostTarget() ?? fail("no package is made for this machine's platform");

/** Path of the executable for a platform. */
export const programOf = (target: Target): string => `${PACKAGES}/${nameOf(target)}/${programName(target)}`;

export const BINARY: string = process.env["NETCHECK_BINARY"] || programOf(host);
if (!existsSync(BINARY)) fail(`${BINARY} is not there: npm run package -- host`);

function fail(what: string): never {
  throw new Error(what);
}

export interface Ran {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  /** The whole environment; PATH alone by default. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
}

const PATH = process.env["PATH"] ?? "";

/** Runs the program with nothing of this process's environment but PATH. */
export function netcheck(args: readonly string[], around: Surroundings = {}): Ran {
  return spawned(BINARY, args, around);
}

/** Runs a line of shell in which `$NETCHECK` is the program. */
export function shell(line: string, around: Surroundings = {}): Ran {
  return spawned("bash", ["--norc", "-c", line], { ...around, env: { ...around.env, NETCHECK: BINARY } });
}

function spawned(program: string, args: readonly string[], around: Surroundings): Ran {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    env: { PATH, ...around.env },
    cwd: around.cwd ?? DEMO,
    input: around.input ?? "",
    encoding: "utf8",
    timeout: 120_000,
  });
  if (error !== undefined) throw error;
  return { code: status, signal, stdout, stderr };
}

/** Starts the program, and ends it with `signal` as soon as `when` holds. */
export function interrupted(args: readonly string[], signal: NodeJS.Signals, when: Promise<unknown>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(BINARY, args, { env: { PATH }, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code, ended) => resolve({ code, signal: ended, stdout, stderr }));
    void when.then(() => child.kill(signal));
  });
}
