/** What is known of a cluster on disk, and whether it is still there. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Layout } from "./layout.ts";
import { alive, children, type ProcessId } from "./proc.ts";

export interface ClusterState {
  readonly phase: "starting" | "up";
  /** PIDs as the machine sees them: the process that holds the router's namespace, and the outside client's. */
  readonly router: number;
  readonly outside: number;
  readonly nodes: readonly { readonly name: string; readonly ip: string; readonly pid: number }[];
  /** Processes of ours outside the cluster's process namespace; each ends when the daemon that it started does. */
  readonly launchers: readonly ProcessId[];
}

export function readState(layout: Layout): ClusterState | undefined {
  if (!existsSync(layout.stateFile)) return undefined;
  return JSON.parse(readFileSync(layout.stateFile, "utf8")) as ClusterState;
}

export function writeState(layout: Layout, state: ClusterState): void {
  writeFileSync(`${layout.stateFile}.new`, JSON.stringify(state, null, 2));
  renameSync(`${layout.stateFile}.new`, layout.stateFile);
}

/** The process that holds the cluster, if it lives. It writes its own PID before it does anything else. */
export function outerProcess(layout: Layout): ProcessId | undefined {
  if (!existsSync(layout.outerPidFile)) return undefined;
  const [pid, start] = readFileSync(layout.outerPidFile, "utf8").trim().split(" ");
  const id = { pid: Number(pid), start: start ?? "" };
  return alive(id) ? id : undefined;
}

/** PID 1 of the cluster's process namespace, as the machine sees it. */
export function outerInit(layout: Layout): number | undefined {
  const outer = outerProcess(layout);
  return outer && children(outer.pid)[0];
}

/**
 * The state of a cluster that is up.
 * @throws Error when it is not.
 */
export function runningState(layout: Layout): ClusterState {
  const state = readState(layout);
  if (state?.phase !== "up" || !outerProcess(layout)) {
    throw new Error(`The cluster "${layout.name}" is not up: npm run cluster -- up`);
  }
  return state;
}
