import type { FlowSource } from "../model/check.ts";
import { hasLostPackets } from "../model/probe-results.ts";
import { itemsOr, type Snapshot } from "../model/snapshot.ts";

/**
 * The test pod as a source for the policy checks, when packets of it got lost: then the question is whether a policy denies it. Where it got through,
 * its way needs no explanation.
 */
export function probedFrom(snapshot: Snapshot): FlowSource | undefined {
  const lost = itemsOr(snapshot.collections.probes).find(
    (result) => result.target.hop === "pod" && hasLostPackets(result),
  );
  const pod = lost?.vantage.pod;
  if (lost === undefined || pod === undefined) return undefined;
  const { node } = lost.vantage;
  return { kind: "pod", ...pod, ...(node === undefined ? {} : { node }) };
}
