import type { GatewayWish } from "../../azure/gateways.ts";
import type { AzRunner } from "../../azure/runner.ts";
import { frontendIps, hasAzureLoadBalancer, isAzureCluster } from "../../model/azure.ts";
import { classOf } from "../../model/ingress/class.ts";
import { itemsOr, type Snapshot } from "../../model/snapshot.ts";
import { unlessInterrupted } from "../interrupt.ts";
import type { Io } from "../io.ts";
import { Progress } from "../progress.ts";
import type { AzureOptions } from "./options.ts";

/** With the cluster waiting, Azure may take this long in all; a gateway's health takes longer, since it probes its servers for the answer. */
const PATIENCE_MS = 20_000;
const GATEWAY_PATIENCE_MS = 40_000;

/**
 * The snapshot with Azure's part, when the target has a load balancer or an Application Gateway of Azure: from NSG files, from a dump, or from the user's
 * az for a live cluster. Other clusters cost nothing: no module is loaded and nothing is asked. A cluster dump alone is judged as it is: its Azure may
 * be another one than this login's. Throws UserError for unusable files, and when the user interrupts.
 *
 * Why az is asked also where all looks well: the load balancer's address answers inside the cluster without crossing Azure, so only Azure knows whether
 * anybody outside gets through; leaving it out would hide the last hop of exactly the Services that look healthy. It costs what three calls of az
 * take, one after the other (README). Not asked: where the address is still missing. Every question about Azure begins with it, and why it is missing
 * the provider's events say.
 */
export async function withAzure(snapshot: Snapshot, options: AzureOptions, io: Io): Promise<Snapshot> {
  const { collections, source } = snapshot;
  const nodes = itemsOr(collections.nodes);
  if (!isAzureCluster(nodes)) return snapshot;
  const wish = gatewaysOf(snapshot);
  // Of an Ingress the controller's load balancer is the way in.
  const balanced = [...itemsOr(collections.services), ...itemsOr(collections.controllerServices)].filter(
    hasAzureLoadBalancer,
  );
  if (balanced.length === 0 && wish === "none") return snapshot;
  const given = (more: Partial<Snapshot["collections"]>): Snapshot => ({
    ...snapshot,
    collections: { ...collections, ...more },
  });
  if (options.nsgFiles.length > 0) {
    const { fromNsgFiles } = await import("../../azure/nsg-files.ts");
    return given(await unlessInterrupted(fromNsgFiles(options.nsgFiles), io.signal));
  }
  const { discoverAzure } = await import("../../azure/discover.ts");
  if (options.dump !== undefined) {
    const { checkDump, dumpRunner } = await import("../../azure/dump.ts");
    await checkDump(options.dump);
    return given((await discoverAzure(nodes, dumpRunner(options.dump), wish)).collections);
  }
  const addressed = balanced.some((service) => frontendIps(service).length > 0);
  if (options.mode === "off" || source.kind !== "live" || !(addressed || wish !== "none")) return snapshot;
  const { azRunner } = await import("../../azure/az.ts");
  const totalMs = options.timeoutMs ?? (wish === "none" ? PATIENCE_MS : GATEWAY_PATIENCE_MS);
  const progress = new Progress(io);
  try {
    const ask = watched(azRunner({ env: io.env, signal: io.signal, totalMs }), totalMs, progress);
    const { collections: found } = await discoverAzure(nodes, ask, wish);
    io.signal.throwIfAborted();
    return given(found);
  } finally {
    progress.clear();
  }
}

/** Says on a terminal how far it is: questions come up as others are answered. */
function watched(ask: AzRunner, totalMs: number, progress: Progress): AzRunner {
  let [asked, answered] = [0, 0];
  const say = (): void =>
    progress.say(
      `asking Azure: ${answered} of ${asked} answered, ${Math.ceil(totalMs / 1000)} s at most (--azure=off: not at all)`,
    );
  return async (args) => {
    asked += 1;
    say();
    try {
      return await ask(args);
    } finally {
      answered += 1;
      say();
    }
  };
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
