import type { Ingress, IngressClass, Pod } from "../kube.ts";
import { type ClassClaim, classOf } from "./class.ts";
import type { ControllerKind } from "./controllers.ts";
import { accepts, type FoundController, foundControllers } from "./found.ts";
import type { PathReading } from "./routes.ts";

/** Who takes an Ingress, as far as classes and installed controllers tell. */
export interface Resolution {
  readonly claim: ClassClaim;
  /** Every controller that was found. */
  readonly found: readonly FoundController[];
  /** Those that take this Ingress by its class. */
  readonly takers: readonly FoundController[];
  /** What is known of the controller: by what was found, else by its class. Undefined: only generic rules can be judged. */
  readonly kind: ControllerKind | undefined;
}

/** Resolves the class of an Ingress against the classes and the pods of the controllers that were found. */
export function resolve(ingress: Ingress, classes: readonly IngressClass[], pods: readonly Pod[]): Resolution {
  const claim = classOf(ingress, classes);
  const found = foundControllers(pods);
  const takers = found.filter((controller) => accepts(controller, ingress, classes) === true);
  return { claim, found, takers, kind: takers[0]?.kind ?? (claim.by === "nothing" ? undefined : claim.kind) };
}

/** How the controller of an Ingress reads paths. */
export function readingOf(resolution: Resolution): PathReading {
  return resolution.kind?.paths ?? "standard";
}

/** Equal for two Ingresses that the same controller takes, when no controller could be found. */
function claimKey(ingress: Ingress, classes: readonly IngressClass[]): string {
  const claim = classOf(ingress, classes);
  switch (claim.by) {
    case "nothing":
      return "";
    case "field":
      return claim.controller === "" ? `class ${claim.name}` : claim.controller;
    case "annotation":
      return claim.object?.spec?.controller ?? claim.kind?.controllers[0] ?? `class ${claim.name}`;
  }
}

/**
 * The Ingresses that share the controller of `ingress`, itself among them: their rules are one routing table.
 * By the controllers that take them; where none was found, by the controller that their classes name.
 */
export function peersOf(
  ingress: Ingress,
  all: readonly Ingress[],
  classes: readonly IngressClass[],
  pods: readonly Pod[],
): readonly Ingress[] {
  const { takers } = resolve(ingress, classes, pods);
  const key = claimKey(ingress, classes);
  const others = all.filter((other) => {
    if (isSame(other, ingress)) return false;
    if (takers.length > 0) return takers.some((controller) => accepts(controller, other, classes) === true);
    return claimKey(other, classes) === key;
  });
  return [ingress, ...others];
}

/** Whether two references are to one Ingress. */
export function isSame(a: Ingress, b: Ingress): boolean {
  return a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace;
}

/** Addresses that a controller wrote into the Ingress' status: proof that one took it, at some time. */
export function addressesOf(ingress: Ingress): readonly string[] {
  return (ingress.status?.loadBalancer?.ingress ?? []).flatMap((entry) => entry.ip ?? entry.hostname ?? []);
}
