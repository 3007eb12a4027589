import { hasAzureLoadBalancer, isAzureCluster } from "../../model/azure.ts";
import { itemsOr, type Snapshot } from "../../model/snapshot.ts";
import type { Io } from "../io.ts";
import type { AzureOptions } from "./options.ts";

/** With the cluster waiting, Azure may take this long in all. */
const PATIENCE_MS = 20_000;

/**
 * The snapshot with Azure's part, when the target has a load balancer of Azure: from NSG files, from a dump, or from the user's az for a live cluster.
 * A cluster dump alone is judged as it is: its Azure may be another one than this login's. Throws UserError for unusable files.
 */
export async function withAzure(snapshot: Snapshot, options: AzureOptions, io: Io): Promise<Snapshot> {
  const { collections, source } = snapshot;
  const nodes = itemsOr(collections.nodes);
  if (!isAzureCluster(nodes) || !itemsOr(collections.services).some(hasAzureLoadBalancer)) return snapshot;
  if (options.nsgFiles.length > 0) {
    const { fromNsgFiles } = await import("../../azure/nsg-files.ts");
    return { ...snapshot, collections: { ...collections, ...(await fromNsgFiles(options.nsgFiles)) } };
  }
  if (options.dump === undefined && (options.mode === "off" || source.kind !== "live")) return snapshot;
  const { discoverAzure } = await import("../../azure/discover.ts");
  const { azRunner } = await import("../../azure/az.ts");
  const { dumpRunner } = await import("../../azure/dump.ts");
  const ask =
    options.dump === undefined
      ? azRunner({ env: io.env, signal: io.signal, totalMs: PATIENCE_MS })
      : dumpRunner(options.dump);
  const discovered = await discoverAzure(nodes, ask);
  return { ...snapshot, collections: { ...collections, ...discovered.collections } };
}
