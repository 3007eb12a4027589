import { existsSync } from "node:fs";
import { runApp } from "./cli/app.ts";
import { EXIT } from "./cli/exit.ts";
import { terminal } from "./cli/terminal.ts";

const SHELL = "/bin/sh";

/** Milliseconds for what is still being written when the run is over. */
const LAST_WORDS = 300;

async function main(): Promise<void> {
  const controller = new AbortController();
  let isOver = false;
  // The first signal lets the run take away what it made in the cluster, the second does not wait for that.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      if (isOver) die();
      controller.abort();
      process.once(signal, die);
    });
  }
  const io = terminal(controller.signal);
  try {
    process.exitCode = await runApp(process.argv.slice(2), io);
    // A credential plugin that is still busy must not hold up the tab key.
    if (process.argv[2] === "__complete") leave();
  } catch (error) {
    if (controller.signal.aborted) process.exitCode = EXIT.interrupted;
    else process.exitCode = (await import("./cli/complain.ts")).complain(io, error);
  }
  isOver = true;
  setTimeout(controller.signal.aborted ? die : leaveLookups, LAST_WORDS).unref();
}

/** Waits no longer than for what is still to be written when only a name look-up is left, which a silent DNS server draws out for half a minute. */
function leaveLookups(): void {
  if (!isLookingUp()) return;
  if (process.stdout.writableLength + process.stderr.writableLength === 0) leave();
  else setTimeout(leaveLookups, LAST_WORDS).unref();
}

function isLookingUp(): boolean {
  return process.getActiveResourcesInfo().includes("GetAddrInfoReqWrap");
}

/** Ends the process with its exit code. process.exit() waits for a look-up that hangs, another program in this one's place does not. */
function leave(): never {
  if (isLookingUp() && process.execve !== undefined && existsSync(SHELL))
    process.execve(SHELL, [SHELL, "-c", `exit ${Number(process.exitCode ?? EXIT.fine)}`], {});
  process.exit();
}

/**
 * Ends the process even when a system call hangs: a name look-up with a silent DNS server, a file on a server that is gone. Node cannot end such a call, and
 * process.exit() waits for it; a signal does not. The shell shows 128 and the signal's number: 130.
 */
function die(): void {
  if (process.platform === "win32") process.exit(EXIT.interrupted);
  process.removeAllListeners("SIGINT");
  process.kill(process.pid, "SIGINT");
}

/** Settled when the run is over; the code cache's warm-up waits for it. */
export const finished = main();
