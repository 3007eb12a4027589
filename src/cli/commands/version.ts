import { EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { COMMIT, VERSION } from "../version.ts";

/** `netcheck version [-o json]` and `--version`. */
export function versionCommand(output: string | undefined, io: Io): number {
  const facts = {
    version: `v${VERSION}`,
    commit: COMMIT,
    node: process.version,
    platform: `${process.platform}/${process.arch}`,
  };
  io.out(
    output === "json"
      ? `${JSON.stringify(facts, null, 2)}\n`
      : `kubectl-netcheck ${facts.version} (${facts.commit}, node ${facts.node}, ${facts.platform})\n`,
  );
  return EXIT.fine;
}
