import { UserError } from "../errors.ts";
import type { Api } from "../probe/api.ts";
import { type Leftover, leftovers, removeLeftover } from "../probe/sweep.ts";
import type { Io } from "./io.ts";

/** Deletes every Job and pod of ours in the namespace ("" for all) and says which; true when none is left. Throws UserError when they may not be listed. */
export async function cleanUp(api: Api, namespace: string, io: Io): Promise<boolean> {
  let found: readonly Leftover[];
  try {
    found = await leftovers(api, namespace);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const hint = `kubectl auth can-i list pods ${namespace === "" ? "-A" : `-n ${namespace}`}`;
    throw new UserError(`cannot look for test pods: ${error instanceof Error ? error.message : String(error)}`, [hint]);
  }
  if (found.length === 0)
    io.out(`No test pods ${namespace === "" ? "in any namespace" : `in namespace ${namespace}`}.\n`);
  let all = true;
  for (const one of found) {
    const gone = await removeLeftover(api, one);
    all &&= gone;
    const name = `${one.kind.toLowerCase()}/${one.name}`;
    io.out(
      gone
        ? `${name} in namespace ${one.namespace} deleted\n`
        : `${name} in namespace ${one.namespace} could not be deleted\n`,
    );
  }
  return all;
}
