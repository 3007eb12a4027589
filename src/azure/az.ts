import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { type AzCommand, azCommand } from "./az-command.ts";
import { classify } from "./failures.ts";
import type { AzAnswer, AzRunner } from "./runner.ts";

export interface AzOptions {
  /** The program to start; `az` of the PATH by default. */
  readonly program?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How long one call may take, in ms. */
  readonly limitMs?: number;
  /** How long all calls of one runner may take together, in ms, from the first on. */
  readonly totalMs?: number;
  readonly signal?: AbortSignal;
}

/** az takes a second or two to start; a call to a slow resource group some more. */
const LIMIT_MS = 25_000;
const TOTAL_MS = 60_000;
/** Each call is a Python process of its own, which keeps one processor busy while it starts. */
const AT_ONCE = 6;
/** More than any answer we ask for. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Ids, names and flags. On Windows az is a batch file, whose arguments a shell reads: nothing else may pass. */
const PLAIN = /^[\p{L}\p{N}_./:()-]+$/u;

/**
 * Runs the user's own `az` with `args` and JSON output. Never throws, never hangs: at the limit the whole process group is ended and the answer
 * is a failure. Only reading commands are passed in (`show`, `list`).
 */
export function azRunner(options: AzOptions = {}): AzRunner {
  let deadline: number | undefined;
  return inTurn(AT_ONCE, (args) => {
    const now = performance.now();
    deadline ??= now + (options.totalMs ?? TOTAL_MS);
    const limitMs = Math.min(options.limitMs ?? LIMIT_MS, deadline - now);
    const odd = args.find((arg) => !PLAIN.test(arg));
    if (odd !== undefined)
      return Promise.resolve({
        state: "failed",
        kind: "other",
        detail: `unusable argument ${JSON.stringify(odd)}`,
        next: [],
      });
    if (options.signal?.aborted === true) return Promise.resolve(INTERRUPTED);
    if (limitMs <= 0)
      return Promise.resolve({
        state: "failed",
        kind: "timeout",
        detail: "Azure answered too slowly",
        next: [`time az ${args.join(" ")}`],
      });
    return run([...args, "-o", "json", "--only-show-errors"], { ...options, limitMs });
  });
}

/** Lets at most `count` questions be under way; the others wait for their turn. */
function inTurn(count: number, ask: AzRunner): AzRunner {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (args) => {
    if (free === 0) await new Promise<void>((go) => waiting.push(go));
    else free -= 1;
    try {
      return await ask(args);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

const INTERRUPTED: AzAnswer = { state: "failed", kind: "other", detail: "interrupted", next: [] };

/** How az is started here; undefined when it is not installed. */
function commandFor(options: AzOptions, args: readonly string[]): AzCommand | undefined {
  return azCommand(options.program, args, {
    platform: process.platform,
    env: options.env ?? process.env,
    exists: existsSync,
  });
}

function run(args: readonly string[], options: AzOptions & { readonly limitMs: number }): Promise<AzAnswer> {
  const { limitMs } = options;
  const command = commandFor(options, args);
  if (command === undefined) return Promise.resolve(classify("ENOENT", "", args));
  return new Promise((resolve) => {
    const child = spawn(command.file, command.args, {
      stdio: ["ignore", "pipe", "pipe"],
      windowsVerbatimArguments: command.verbatim,
      // A group of its own: az is a script, and its Python child has to end with it.
      detached: process.platform !== "win32",
      windowsHide: true,
      env: {
        ...(options.env ?? process.env),
        AZURE_CORE_NO_COLOR: "true",
        AZURE_EXTENSION_USE_DYNAMIC_INSTALL: "no",
      },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    const finish = (answer: AzAnswer): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", interrupted);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(answer);
    };
    const give = (detail: string, kind: "timeout" | "other" = "other"): void => {
      end(child);
      finish({ state: "failed", kind, detail, next: kind === "timeout" ? [`time az ${args.join(" ")}`] : [] });
    };
    const interrupted = (): void => give("interrupted");
    const timer = setTimeout(() => give(`no answer within ${Math.ceil(limitMs / 100) / 10} s`, "timeout"), limitMs);
    options.signal?.addEventListener("abort", interrupted, { once: true });
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) give("the answer does not come to an end");
      else out.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (err.length < 64) err.push(chunk);
    });
    child.on("error", (error: NodeJS.ErrnoException) => finish(classify(error.code ?? "", error.message, args)));
    child.on("close", (code) => {
      const text = Buffer.concat(out).toString("utf8");
      finish(code === 0 ? parsed(text, args) : classify(String(code), Buffer.concat(err).toString("utf8"), args));
    });
  });
}

function parsed(text: string, args: readonly string[]): AzAnswer {
  for (const candidate of [text, withoutBanner(text)]) {
    try {
      return { state: "ok", json: JSON.parse(candidate) };
    } catch {
      // Then the next, or none.
    }
  }
  const shown = text.trim().replace(/\s+/g, " ").slice(0, 80);
  return {
    state: "failed",
    kind: "garbage",
    detail: shown === "" ? "az printed nothing" : `what az printed is no JSON: ${shown}`,
    next: [`az ${args.join(" ")}`, "az upgrade"],
  };
}

/** Without lines before the JSON: a wrapper, a login script or an extension may have its say on stdout first. */
function withoutBanner(text: string): string {
  return text.slice(/^[[{]/m.exec(text)?.index ?? 0);
}

/** Ends the process group by its id; a process that is gone already is fine. */
function end(child: ChildProcess): void {
  if (child.pid === undefined) return;
  // cmd.exe and the Python below it: Windows knows no groups, and a killed parent leaves its children running.
  if (process.platform === "win32") {
    spawn("taskkill", ["/pid", String(child.pid), "/T", "/F"], { stdio: "ignore", windowsHide: true }).on("error", () =>
      child.kill(),
    );
    return;
  }
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}
