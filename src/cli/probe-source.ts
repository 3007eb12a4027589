import { engineOf } from "../checks/net/_policies.ts";
import type { FlowSource } from "../model/check.ts";
import { failureOf, hasLostPackets, type ProbeResult, verdictOfProbe } from "../model/probe-results.ts";
import { itemsOr, type Snapshot } from "../model/snapshot.ts";

/**
 * The test pod as a source for the policy checks, when packets of it got lost: then the question is whether a policy denies it. Where it got through,
 * its way needs no explanation. A refusal comes from the pod itself, unless the engine is one that refuses what policies deny: kube-router answers with
 * ICMP port unreachable (its netpol chains end in REJECT).
 */
export function probedFrom(snapshot: Snapshot): FlowSource | undefined {
  const rejects = engineOf(snapshot.collections).engine === "kube-router";
  const lost = itemsOr(snapshot.collections.probes).find(
    (result) => result.target.hop === "pod" && (hasLostPackets(result) || (rejects && isRefused(result))),
  );
  const pod = lost?.vantage.pod;
  if (lost === undefined || pod === undefined) return undefined;
  const { node } = lost.vantage;
  return { kind: "pod", ...pod, ...(node === undefined ? {} : { node }) };
}

function isRefused(result: ProbeResult): boolean {
  return verdictOfProbe(result) === "failed" && failureOf(result) === "refused";
}
