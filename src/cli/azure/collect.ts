import { azRunner } from "../../azure/az.ts";
import { discoverAzure } from "../../azure/discover.ts";
import { fileOf, recording } from "../../azure/dump.ts";
import { list } from "../../collect/plan/queries.ts";
import { UserError } from "../../errors.ts";
import type { KubeNode } from "../../model/kube.ts";
import { EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { open } from "../open.ts";
import type { JudgeOptions } from "../options.ts";

/**
 * `netcheck azure collect`: writes what az says of the network around the nodes into a folder, for somebody without rights in Azure. Gives the exit
 * code: 0 when something was written, 2 when nothing could be. Throws UserError.
 */
export async function collectCommand(options: JudgeOptions, folder: string | undefined, io: Io): Promise<number> {
  if (folder === undefined)
    throw new UserError("--azure-dump DIR is missing", ["kubectl netcheck azure collect --azure-dump azure-dump"]);
  const opened = await open(options, io);
  try {
    const nodes = await opened.source.list(list("nodes", ""));
    if (nodes.state === "unavailable")
      throw new UserError(`cannot read nodes: ${nodes.detail}`, ["kubectl auth can-i list nodes"]);
    const ask = recording(
      folder,
      azRunner({
        env: io.env,
        signal: io.signal,
        ...(options.azure.timeoutMs === undefined ? {} : { totalMs: options.azure.timeoutMs }),
      }),
    );
    const { asked, collections } = await discoverAzure(nodes.items as readonly KubeNode[], ask, "all");
    if (asked.length === 0 && collections.azurePools.state === "unavailable")
      throw new UserError(collections.azurePools.detail, ["Is this the right context? kubectl config current-context"]);
    for (const { args, answer } of asked) {
      // An extension that hardly anybody has: no loss.
      if (answer.state === "failed" && args[1] === "manager") continue;
      const line = `az ${args.join(" ")}`;
      if (answer.state === "failed")
        io.err(`${line}\n  ${answer.detail}${answer.next.map((step) => `\n  next: ${step}`).join("")}\n`);
      else if (args[0] !== "account") io.out(`${folder}/${fileOf(args)}\n`);
    }
    const written = asked.some(({ args, answer }) => answer.state === "ok" && args[0] !== "account");
    return written ? EXIT.fine : EXIT.failed;
  } finally {
    opened.close();
  }
}
