import { runApp } from "./cli/app.ts";
import { EXIT } from "./cli/exit.ts";
import type { Io } from "./cli/io.ts";
import { UserError } from "./errors.ts";

const PAGE_WIDTH = 120;
const MIN_WIDTH = 20;

function realIo(signal: AbortSignal): Io {
  const columns = process.stdout.columns ?? Number(process.env["COLUMNS"] ?? Number.NaN);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    stdin: process.stdin,
    env: process.env,
    columns: Number.isFinite(columns) && columns > 0 ? Math.max(MIN_WIDTH, columns) : PAGE_WIDTH,
    tty: process.stdout.isTTY === true,
    signal,
  };
}

/** `| head` closes our output: that is the reader's good right, and no error. */
function leaveQuietlyOnClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || error.code === "EBADF") process.exit(process.exitCode ?? EXIT.fine);
    throw error;
  });
}

function complain(io: Io, error: unknown): number {
  if (error instanceof UserError) {
    io.err(`error: ${error.message}\n${error.hints.map((hint) => `  ${hint}\n`).join("")}`);
    return EXIT.failed;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.err(`error: this is a bug in netcheck, please report it with the command that you ran\n${text}\n`);
  return EXIT.failed;
}

async function main(): Promise<void> {
  leaveQuietlyOnClosedPipe(process.stdout);
  leaveQuietlyOnClosedPipe(process.stderr);
  const controller = new AbortController();
  process.once("SIGINT", () => {
    controller.abort();
    process.once("SIGINT", () => process.exit(EXIT.interrupted));
  });
  const io = realIo(controller.signal);
  try {
    process.exitCode = await runApp(process.argv.slice(2), io);
  } catch (error) {
    process.exitCode = controller.signal.aborted ? EXIT.interrupted : complain(io, error);
  }
}

void main();
