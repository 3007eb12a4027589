/** The outside client ("the user's laptop"): how a command is started there. */
import { dirname } from "node:path";
import { daemonEnvironment, type Programs } from "./daemons.ts";
import type { Layout } from "./layout.ts";
import { outsideFlags } from "./namespaces.ts";
import { runningState } from "./state.ts";

export interface Start {
  readonly argv: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Command line that runs `command` on the outside client, in our working folder, with kubectl, curl and dig at hand and
 * KUBECONFIG set to one that works from there.
 * @throws Error when the cluster is not up.
 */
export function onOutside(layout: Layout, programs: Programs, command: readonly string[]): Start {
  const { outside: pid } = runningState(layout);
  const path = [dirname(process.execPath), process.env["PATH"], daemonEnvironment(programs)["PATH"]].join(":");
  return {
    argv: ["nsenter", "-t", String(pid), ...outsideFlags, `--wd=${process.cwd()}`, "--", ...command],
    env: { ...process.env, PATH: path, KUBECONFIG: layout.outsideKubeconfig },
  };
}
