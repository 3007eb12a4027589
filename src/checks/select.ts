import { hasAzureLoadBalancer } from "../model/azure.ts";
import { type Check, outlined, type TargetKind } from "../model/check.ts";
import { itemsOr, type Snapshot } from "../model/snapshot.ts";
import { withoutLoadBalancer } from "./azure/_shared.ts";
import { OF_AZURE, OF_PROBES } from "./lists/outlines.ts";

/** Loads what every run of a command asks, while its first answers are under way. */
export async function loadChecks(target: TargetKind): Promise<readonly Check[]> {
  switch (target) {
    case "pod":
      return (await import("./lists/pod.ts")).CHECKS;
    case "svc":
      return (await import("./lists/svc.ts")).CHECKS;
    case "ingress":
      return (await import("./lists/ingress.ts")).CHECKS;
  }
}

/**
 * All checks for a command over `snapshot`. Half of their code is about Azure and about probes; where there is neither, those checks are there by their
 * outline, and are skipped for the same reason. To load them costs more time than to run the others.
 */
export async function checksFor(target: TargetKind, snapshot: Snapshot): Promise<readonly Check[]> {
  return [
    ...(await loadChecks(target)),
    ...(isProbed(snapshot) ? (await import("./lists/probes.ts")).CHECKS : OF_PROBES.map((one) => outlined(one))),
    ...(isBalancedByAzure(snapshot)
      ? (await import("./lists/azure.ts")).CHECKS
      : OF_AZURE.map((one) => outlined(one, withoutLoadBalancer))),
  ];
}

function isProbed({ collections: { probes, vantages } }: Snapshot): boolean {
  return [probes, vantages].some((one) => one.state === "ok" || one.reason !== "not-requested");
}

/** Whether any Service may be served by Azure's provider; whether the cluster is on Azure at all, the checks ask themselves. */
function isBalancedByAzure({ collections: { services, controllerServices } }: Snapshot): boolean {
  return [services, controllerServices].some((one) => itemsOr(one).some(hasAzureLoadBalancer));
}
