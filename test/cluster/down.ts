/** Takes a cluster down, whole or half-way up, and removes every trace of it but the shared cache. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { removeCgroups } from "./cgroups.ts";
import type { Layout } from "./layout.ts";
import { alive, startTime, until } from "./proc.ts";
import { outerInit, outerProcess, readState } from "./state.ts";

/**
 * Ends PID 1 of the cluster, and with it every process of it, mounts, links and network namespaces; then removes its cgroups
 * and folder. Nothing is ended by name. Does nothing when there is nothing.
 */
export async function down(layout: Layout): Promise<void> {
  const outer = outerProcess(layout);
  const init = outerInit(layout);
  const launchers = existsSync(layout.stateFile) ? (readState(layout)?.launchers ?? []) : [];
  if (outer) process.kill(outer.pid, "SIGKILL"); // takes its child, PID 1, along: --kill-child
  // PID 1 of a process namespace is gone only when all others in it are.
  if (init !== undefined) await until("the end of the cluster's processes", 30_000, () => gone(init), 20);
  await until("the end of the cluster's launchers", 10_000, () => !launchers.some(alive), 20);
  await removeCgroups(layout.cgroup);
  rmSync(layout.dir, { recursive: true, force: true, maxRetries: 5 });
}

function gone(pid: number): boolean {
  if (startTime(pid) === undefined) return true;
  return !readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("outer.sh");
}
