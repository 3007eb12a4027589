import { compared, passedThoughDenied } from "../checks/net/_compared.ts";
import { engineOf } from "../checks/net/_policies.ts";
import type { Scope } from "../model/check.ts";
import type { ProbeResult } from "../model/probe-results.ts";
import { type Gathered, itemsOr, type Snapshot } from "../model/snapshot.ts";

/**
 * Results of test pods that got through although policies deny it: engines isolate a new pod only some moments after its start, so these were perhaps
 * sent too early to mean anything. Where no engine runs, or none is known, waiting changes nothing. Pure.
 */
export function perhapsTooEarly(scope: Scope, { collections }: Snapshot): readonly ProbeResult[] {
  const { engine } = engineOf(collections);
  if (engine === "none" || engine === "unknown" || collections.networkPolicies.state !== "ok") return [];
  const tests = itemsOr(collections.probes).filter(({ vantage }) => vantage.kind === "pod");
  return compared(scope, tests, collections.networkPolicies.items, collections)
    .filter(passedThoughDenied)
    .map(({ result }) => result);
}

/** The results with the later ones in place of the earlier of the same address. What the early ones met besides stays. Pure. */
export function replaced(before: Gathered<ProbeResult>, later: Gathered<ProbeResult>): Gathered<ProbeResult> {
  if (before.state !== "ok" || later.state !== "ok") return before;
  const isSame = (a: ProbeResult, b: ProbeResult): boolean =>
    a.vantage.label === b.vantage.label && a.target.host === b.target.host && a.target.port === b.target.port;
  return {
    ...before,
    items: before.items.map((one) => later.items.find((other) => isSame(one, other)) ?? one),
  };
}
