/** The real streams of this process. Loaded with every start, so nothing here opens a stream or loads a module before it is used. */
import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { UserError } from "../errors.ts";
import type { Io } from "./io.ts";

const PAGE_WIDTH = 120;
const MIN_WIDTH = 20;

const GONE = new Set(["EPIPE", "EBADF", "EOF", "ECONNRESET"]);

/**
 * The surroundings of a run of the program. Output is written at once and in order. A reader that closes its end (`| head`) is no error: the
 * rest is dropped and the exit code stays the verdict. Any other failure to write (a full disk) is thrown as UserError.
 */
export function terminal(signal: AbortSignal): Io {
  return {
    out: writer(1, "standard output", () => process.stdout),
    err: writer(2, "standard error", () => process.stderr),
    get stdin() {
      return process.stdin;
    },
    env: process.env,
    get columns() {
      return columns();
    },
    get tty() {
      return isatty(1);
    },
    get errTty() {
      return isatty(2);
    },
    signal,
  };
}

function columns(): number {
  const own = isatty(1) ? process.stdout.columns : undefined;
  const found = own ?? Number(process.env["COLUMNS"] || Number.NaN);
  return Number.isFinite(found) && found > 0 ? Math.max(MIN_WIDTH, found) : PAGE_WIDTH;
}

function writer(fd: number, name: string, stream: () => NodeJS.WriteStream): (text: string) => void {
  let gone = false;
  // A Windows console wants UTF-16, which node's stream gives it and a plain write does not.
  let opened = process.platform === "win32" && isatty(fd) ? stream() : undefined;
  const give = (to: NodeJS.WriteStream, bytes: Uint8Array): void => {
    if (to.listenerCount("error") === 0) {
      to.on("error", () => {
        gone = true;
      });
    }
    to.write(bytes);
  };
  return (text) => {
    const bytes = Buffer.from(text);
    let at = 0;
    while (at < bytes.length && !gone) {
      if (opened !== undefined) return give(opened, bytes.subarray(at));
      try {
        at += writeSync(fd, bytes, at);
      } catch (error) {
        const { code = "" } = error as NodeJS.ErrnoException;
        if (code === "EAGAIN") opened = streamOf(stream);
        else if (GONE.has(code)) gone = true;
        else throw new UserError(`cannot write to ${name} (${code})`);
      }
    }
  };
}

/** node's stream for a descriptor that is full. Some pipes cannot be made one (wine's): then we wait a moment for the reader, as a blocking write would. */
function streamOf(stream: () => NodeJS.WriteStream): NodeJS.WriteStream | undefined {
  try {
    return stream();
  } catch {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    return undefined;
  }
}
