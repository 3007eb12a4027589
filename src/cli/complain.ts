import { UserError } from "../errors.ts";
import { lines, oneLine } from "../render/sanitise.ts";
import { EXIT } from "./exit.ts";
import type { Io } from "./io.ts";

/** Warnings on standard error, a line each. They quote a dump or the cluster: no control character of them reaches the terminal. */
export function warn(io: Io, warnings: readonly string[]): void {
  for (const warning of warnings) io.err(`warning: ${oneLine(warning)}\n`);
}

/** One line on standard error that is no complaint, beside the report and not in it. */
export function note(io: Io, text: string): void {
  io.err(`${oneLine(text)}\n`);
}

/**
 * Says on standard error what went wrong, and gives the exit code: one message with hints for what the user can mend, the stack for a bug of
 * ours. Both may quote the cluster, a file or the command line, so no control character of them reaches the terminal.
 */
export function complain(io: Io, error: unknown): number {
  if (error instanceof UserError) {
    const said = [`error: ${error.message}`, ...error.hints.map((hint) => `  ${hint}`)];
    io.err(`${said.flatMap(lines).join("\n")}\n`);
    return EXIT.failed;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.err(
    `error: this is a bug in netcheck, please report it with the command that you ran\n${lines(text).join("\n")}\n`,
  );
  return EXIT.failed;
}
