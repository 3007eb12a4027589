/** Processes: run one to its end, start one that stays, and know again the one that was started. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  /** Milliseconds; the process is killed after that. Default: none. */
  readonly timeout?: number;
  /** Let the process write to our own streams instead of capturing. */
  readonly inherit?: boolean;
}

/** Runs a command to its end. Never rejects for an exit code; 127 when it cannot be started, 124 after the time-out. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      cwd: options.cwd,
      stdio: options.inherit ? "inherit" : ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    let late = false;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdin?.on("error", () => undefined).end(options.input ?? "");
    const timer = options.timeout
      ? setTimeout(() => {
          late = true;
          child.kill("SIGKILL");
        }, options.timeout)
      : undefined;
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ stdout, stderr: `${stderr}${error.message}`, code: 127 });
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ stdout, stderr, code: late ? 124 : (code ?? 137) });
    });
  });
}

/** Like run, but throws an Error that holds the command and its last output when it fails. Returns stdout. */
export async function must(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { stdout, stderr, code } = await run(command, args, options);
  if (code === 0) return stdout;
  const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-15).join("\n");
  throw new Error(`${[command, ...args].join(" ").slice(0, 300)}: exit code ${code}\n${said}`);
}

/** Starts a process of its own session that outlives us and writes to a log file. */
export function daemon(argv: readonly string[], log: string, env: NodeJS.ProcessEnv = process.env): ProcessId {
  const [command, ...args] = argv;
  if (command === undefined) throw new Error("daemon without a command");
  const out = openSync(log, "a");
  const child = spawn(command, args, { detached: true, stdio: ["ignore", out, out], env });
  closeSync(out);
  child.on("error", () => undefined);
  child.unref();
  if (child.pid === undefined) throw new Error(`cannot start ${command}`);
  return { pid: child.pid, start: startTime(child.pid) ?? "" };
}

/** A process and its start time: a PID alone may be someone else's by now. */
export interface ProcessId {
  readonly pid: number;
  readonly start: string;
}

/** Start time in clock ticks since boot, or undefined when no such process is left (a zombie is none). */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

export function alive(id: ProcessId): boolean {
  return id.start !== "" && startTime(id.pid) === id.start;
}

/** PIDs of a process's children, oldest first. */
export function children(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks again until the answer is not undefined or false.
 * @throws Error naming `what` after `timeout` milliseconds, with the last error it met.
 */
export async function until<T>(
  what: string,
  timeout: number,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  pause = 100,
): Promise<T> {
  const end = Date.now() + timeout;
  let last = "";
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error instanceof Error ? `: ${error.message}` : "";
    }
    if (Date.now() > end) throw new Error(`${what} did not come about within ${timeout / 1000} s${last}`);
    await sleep(pause);
  }
}
