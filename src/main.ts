import { runApp } from "./cli/app.ts";
import { EXIT } from "./cli/exit.ts";
import { terminal } from "./cli/terminal.ts";

async function main(): Promise<void> {
  const controller = new AbortController();
  // The first signal lets the run take away what it made in the cluster, the second does not wait for that.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      controller.abort();
      process.once(signal, () => process.exit(EXIT.interrupted));
    });
  }
  const io = terminal(controller.signal);
  try {
    process.exitCode = await runApp(process.argv.slice(2), io);
    // A credential plugin that is still busy must not hold up the tab key.
    if (process.argv[2] === "__complete") process.exit();
  } catch (error) {
    if (controller.signal.aborted) process.exitCode = EXIT.interrupted;
    else process.exitCode = (await import("./cli/complain.ts")).complain(io, error);
  }
}

/** Settled when the run is over; the code cache's warm-up waits for it. */
export const finished = main();
