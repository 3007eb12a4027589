import type { Access, Nsg, NsgRule } from "../model/nsg.ts";
import { matchAddress } from "./address.ts";
import type { Flow, NetworkContext } from "./flow.ts";
import { matchPort, matchProtocol, matchSourcePort } from "./ports.ts";
import { and3, type Truth } from "./truth.ts";

export type Verdict = Access | "Unknown";

export interface NsgVerdict {
  readonly verdict: Verdict;
  /** The deciding rule; null when the verdict is unknown or no rule matched. */
  readonly rule: NsgRule | null;
  /**
   * Rules that may match before the deciding one. For a known verdict they all say the same as it; for an unknown one this list says
   * which rules it hangs on, ending with the one that decides if none of the others matches.
   */
  readonly candidates: readonly NsgRule[];
}

/** How one rule matches a flow, part by part: what is false or unknown says why. */
export interface RuleMatch {
  readonly protocol: Truth;
  readonly source: Truth;
  readonly sourcePort: Truth;
  readonly destination: Truth;
  readonly port: Truth;
}

export function matchRule(rule: NsgRule, flow: Flow, context: NetworkContext): RuleMatch {
  return {
    protocol: matchProtocol(rule.protocol, flow.protocol),
    source: matchAddress(rule.source, flow.from, rule.isDefault, context),
    sourcePort: matchSourcePort(rule.source.ports, flow.sourcePort),
    destination: matchAddress(rule.destination, flow.to, rule.isDefault, context),
    port: matchPort(rule.destination.ports, flow.port),
  };
}

export function isMatch(match: RuleMatch): Truth {
  return and3(match.protocol, match.source, match.sourcePort, match.destination, match.port);
}

/** Azure's order: the lowest number first. Two of one number and direction cannot be stored; in a hand-made file the stricter goes first. */
function byPriority(a: NsgRule, b: NsgRule): number {
  return a.priority - b.priority || b.access.localeCompare(a.access) || a.name.localeCompare(b.name);
}

/**
 * What one NSG says to a flow: the first rule by priority that matches decides. Rules that may match stand in `candidates`; when one of
 * them says otherwise than the deciding rule, the verdict is unknown.
 */
export function evaluateNsg(nsg: Nsg, flow: Flow, context: NetworkContext): NsgVerdict {
  const doubtful: NsgRule[] = [];
  for (const rule of nsg.rules.filter((one) => one.direction === flow.direction).toSorted(byPriority)) {
    const match = isMatch(matchRule(rule, flow, context));
    if (match === false) continue;
    if (match === "unknown") {
      doubtful.push(rule);
      continue;
    }
    return doubtful.every((other) => other.access === rule.access)
      ? { verdict: rule.access, rule, candidates: doubtful }
      : { verdict: "Unknown", rule: null, candidates: [...doubtful, rule] };
  }
  // Only a list of default rules that was cut gets here: the real one ends with a rule that matches everything.
  return { verdict: "Unknown", rule: null, candidates: doubtful };
}
