/**
 * What an exit code says, in a few words. 128+n is "ended by signal n" (POSIX shell convention, followed by container runtimes).
 * 137 is called an out-of-memory kill only when the runtime says OOMKilled: a kill after a failed liveness probe or an
 * expired grace period ends with the same code.
 */
export function exitMeaning(exitCode: number, reason = ""): string {
  if (reason === "OOMKilled") return "killed by the kernel: it used more memory than its limit";
  if (reason === "ContainerStatusUnknown") return "its state was lost, e.g. in a restart of the node";
  const known = EXIT_CODES[exitCode];
  if (known !== undefined) return known;
  if (exitCode > 128 && exitCode < 128 + 65) return `ended by signal ${exitCode - 128}`;
  return "the application ended with an error of its own";
}

const EXIT_CODES: Readonly<Record<number, string>> = {
  0: "it ended as if its work was done",
  1: "the application gave up with an error",
  2: "wrong usage: a bad argument, or a shell error",
  125: "the container could not be run",
  126: "the command was found but may not be executed",
  127: "the command was not found in the image",
  128: "the command could not be started",
  129: "ended by SIGHUP",
  130: "ended by SIGINT",
  134: "aborted itself (SIGABRT)",
  135: "bus error (SIGBUS)",
  136: "arithmetic error (SIGFPE)",
  137: "killed with SIGKILL, and not marked OOMKilled: a failed liveness probe, or it did not stop within its grace period",
  139: "segmentation fault (SIGSEGV)",
  143: "asked to stop with SIGTERM, e.g. after a failed liveness probe",
  255: "the application gave up with an error, or its state was lost in a restart of the node",
};

/** `exit code 1 (the application gave up with an error)`, with the reason when it says more than "Error". */
export function describeExit(terminated: { readonly exitCode?: number; readonly reason?: string }): string {
  const { exitCode, reason } = terminated;
  if (exitCode === undefined) return reason ?? "unknown exit";
  const named = reason === undefined || reason === "Error" || reason === "Completed" ? "" : `${reason}, `;
  return `${named}exit code ${exitCode} (${exitMeaning(exitCode, reason)})`;
}
