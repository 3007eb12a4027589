/** Runs a command line as the executable would, in this process or in one of its own. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { runApp } from "../../src/cli/app.ts";
import { complain } from "../../src/cli/complain.ts";
import type { Report } from "../../src/model/report.ts";

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Around {
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  /** Typed at a terminal; without it there is none. */
  readonly typed?: readonly string[];
}

/** In this process: exit code and both streams. Colours and the environment are off unless `env` says otherwise. */
export async function netcheck(
  line: readonly string[],
  { env = {}, columns = 100, typed }: Around = {},
): Promise<Outcome> {
  let out = "";
  let err = "";
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    stdin: (async function* () {
      for (const text of typed ?? []) yield Buffer.from(text);
    })(),
    env,
    columns,
    tty: typed !== undefined,
    signal: new AbortController().signal,
  };
  try {
    const code = await runApp(line, io);
    return { code, out, err };
  } catch (error) {
    const code = complain(io, error);
    return { code, out, err };
  }
}

/** The report of a command line that ends in one; its exit code beside it. */
export async function reportOf(line: readonly string[]): Promise<{ readonly code: number; readonly report: Report }> {
  const { code, out, err } = await netcheck([...line, "-o", "json"]);
  if (out === "") throw new Error(`no report, but exit code ${code} and: ${err}`);
  return { code, report: JSON.parse(out) as Report };
}

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** In a process of its own, which `during` may send a signal to; resolves when it has ended. One that never ends is killed after a minute. */
export function spawned(
  line: readonly string[],
  during: (pid: number) => Promise<void> = async () => {},
  env: Around["env"] = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...line], {
      env: { PATH: process.env["PATH"] ?? "", ...env },
      timeout: 60_000,
      killSignal: "SIGKILL",
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.on("error", reject);
    // As a shell shows it: 128 and the number of the signal that ended it.
    child.on("close", (code, signal) =>
      resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), out, err }),
    );
    if (child.pid !== undefined) during(child.pid).catch(reject);
  });
}
