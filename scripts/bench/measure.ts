/** Whole-process timing of commands, taken in turns so that a drifting machine hits all of them alike. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Command {
  readonly name: string;
  /** One or more processes in a row that together make one run. */
  readonly steps: readonly (readonly string[])[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Timing {
  readonly name: string;
  /** Milliseconds. */
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

function once(command: Command): number {
  const before = process.hrtime.bigint();
  for (const [program, ...args] of command.steps) {
    if (program === undefined) continue;
    const { error } = spawnSync(program, args, { stdio: "ignore", env: { ...process.env, ...command.env } });
    if (error !== undefined) throw new Error(`${command.name}: cannot run ${program}: ${error.message}`);
  }
  return Number(process.hrtime.bigint() - before) / 1e6;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Runs each command `runs` times after one warm-up, A B C A B C …. */
export function inTurns(commands: readonly Command[], runs: number): readonly Timing[] {
  for (const command of commands) once(command);
  const times = commands.map((): number[] => []);
  for (let run = 0; run < runs; run += 1) {
    commands.forEach((command, i) => {
      times[i]?.push(once(command));
    });
  }
  return commands.map(({ name }, i) => {
    const all = times[i] ?? [];
    return { name, median: median(all), min: Math.min(...all), max: Math.max(...all) };
  });
}

/**
 * Peak resident memory of one run in MiB: the kernel's own high-water mark, read while the process lives. Undefined where /proc does not tell.
 */
export async function peakMemory(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const child = spawn(program, args, { stdio: "ignore", env: { ...process.env, ...env } });
  let peak: number | undefined;
  const timer = setInterval(() => {
    const status = readStatus(child.pid);
    const found = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
    if (found !== undefined) peak = Math.max(peak ?? 0, Number(found) / 1024);
  }, 1);
  await new Promise((resolve) => child.once("close", resolve));
  clearInterval(timer);
  return peak;
}

function readStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

/** Size of a file in KiB. */
export function sizeOf(path: string): number {
  return readFileSync(path).length / 1024;
}
