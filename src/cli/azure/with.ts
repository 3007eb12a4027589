import type { GatewayWish } from "../../azure/gateways.ts";
import { hasAzureLoadBalancer, isAzureCluster } from "../../model/azure.ts";
import { classOf } from "../../model/ingress/class.ts";
import { itemsOr, type Snapshot } from "../../model/snapshot.ts";
import type { Io } from "../io.ts";
import type { AzureOptions } from "./options.ts";

/** With the cluster waiting, Azure may take this long in all; a gateway's health takes longer, since it probes its servers for the answer. */
const PATIENCE_MS = 20_000;
const GATEWAY_PATIENCE_MS = 40_000;

/**
 * The snapshot with Azure's part, when the target has a load balancer or an Application Gateway of Azure: from NSG files, from a dump, or from the user's
 * az for a live cluster. Other clusters cost nothing: no module is loaded and nothing is asked. A cluster dump alone is judged as it is: its Azure may
 * be another one than this login's. Throws UserError for unusable files.
 */
export async function withAzure(snapshot: Snapshot, options: AzureOptions, io: Io): Promise<Snapshot> {
  const { collections, source } = snapshot;
  const nodes = itemsOr(collections.nodes);
  if (!isAzureCluster(nodes)) return snapshot;
  const wish = gatewaysOf(snapshot);
  if (!itemsOr(collections.services).some(hasAzureLoadBalancer) && wish === "none") return snapshot;
  if (options.nsgFiles.length > 0) {
    const { fromNsgFiles } = await import("../../azure/nsg-files.ts");
    return { ...snapshot, collections: { ...collections, ...(await fromNsgFiles(options.nsgFiles)) } };
  }
  if (options.dump === undefined && (options.mode === "off" || source.kind !== "live")) return snapshot;
  const { discoverAzure } = await import("../../azure/discover.ts");
  const { azRunner } = await import("../../azure/az.ts");
  const { dumpRunner } = await import("../../azure/dump.ts");
  const totalMs = options.timeoutMs ?? (wish === "none" ? PATIENCE_MS : GATEWAY_PATIENCE_MS);
  if (options.dump === undefined && io.tty)
    io.err(`asking Azure with az, for ${totalMs / 1000} s at most (--azure=off leaves it out)\n`);
  const ask =
    options.dump === undefined ? azRunner({ env: io.env, signal: io.signal, totalMs }) : dumpRunner(options.dump);
  const discovered = await discoverAzure(nodes, ask, wish);
  return { ...snapshot, collections: { ...collections, ...discovered.collections } };
}

/** The addresses of the Ingresses that an Application Gateway serves. Without an address nobody can tell which gateway is theirs. */
function gatewaysOf({ collections }: Snapshot): GatewayWish {
  const classes = itemsOr(collections.ingressClasses);
  const served = itemsOr(collections.ingresses).filter((ingress) => {
    const claim = classOf(ingress, classes);
    return claim.by !== "nothing" && claim.kind?.id === "agic";
  });
  const addresses = served.flatMap((one) => (one.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []));
  return addresses.length === 0 ? "none" : addresses;
}
