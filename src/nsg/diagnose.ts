import { isPrivate, parseAddress } from "../model/cidr.ts";
import type { Nsg, NsgRule, NsgSide } from "../model/nsg.ts";
import { matchRule, type RuleMatch } from "./evaluate.ts";
import { type Flow, isProbeSource, type NetworkContext } from "./flow.ts";
import type { PathStep, PathVerdict } from "./path.ts";
import { elementsOf } from "./ports.ts";
import { and3 } from "./truth.ts";

export type NsgFault =
  | "azure/no-nsg"
  | "azure/nsg-denies-probe"
  | "azure/nsg-denies-inbound"
  | "azure/nsg-no-allow-rule"
  | "azure/nsg-allows-only-probe"
  | "azure/nsg-destination-private"
  | "azure/nsg-source-port-restricted";

/** What keeps an inbound flow out, in the words of the findings, with the rules that somebody meant to let it in. */
export interface NsgDiagnosis {
  readonly fault: NsgFault;
  readonly step: PathStep | null;
  /** True: denied. False: nobody can tell from what was given. */
  readonly certain: boolean;
  /** Rules to show beside the deciding one. */
  readonly rules: readonly NsgRule[];
}

/** Names the fault of an inbound path verdict; undefined when it allows, or when an NSG could not be read. */
export function diagnose(verdict: PathVerdict, flow: Flow, context: NetworkContext = {}): NsgDiagnosis | undefined {
  if (verdict.noNsg) return { fault: "azure/no-nsg", step: null, certain: true, rules: [] };
  const step = verdict.deciding;
  if (step === null || step.nsg === null || step.verdict === "Allow") return undefined;
  const certain = step.verdict === "Deny";
  if (isProbeSource(flow.from)) return { fault: "azure/nsg-denies-probe", step, certain, rules: step.candidates };
  const near = nearMiss(step.nsg, flow, context);
  const denying = step.rule ?? step.candidates.findLast((rule) => rule.access === "Deny");
  if (denying?.isDefault === true && near !== undefined) return { ...near, step, certain };
  if (step.rule?.isDefault === true) return { fault: "azure/nsg-no-allow-rule", step, certain, rules: [] };
  return { fault: "azure/nsg-denies-inbound", step, certain, rules: step.candidates };
}

/** Custom Allow rules for the flow's port and protocol that miss it by one part. The part names the fault. */
function nearMiss(nsg: Nsg, flow: Flow, context: NetworkContext): Pick<NsgDiagnosis, "fault" | "rules"> | undefined {
  const allows = nsg.rules
    .filter((rule) => !rule.isDefault && rule.access === "Allow" && rule.direction === flow.direction)
    .map((rule) => ({ rule, match: matchRule(rule, flow, context) }))
    .filter(({ match }) => and3(match.protocol, match.port) === true);
  const missing = (part: (match: RuleMatch, rule: NsgRule) => boolean): readonly NsgRule[] =>
    allows.filter(({ rule, match }) => part(match, rule)).map(({ rule }) => rule);
  const sourcePort = missing((m) => m.sourcePort !== true && m.source === true && m.destination === true);
  if (sourcePort.length > 0) return { fault: "azure/nsg-source-port-restricted", rules: sourcePort };
  const destination = isPrivate(flow.to)
    ? []
    : missing((m, rule) => m.destination === false && m.source === true && isInside(rule.destination));
  if (destination.length > 0) return { fault: "azure/nsg-destination-private", rules: destination };
  const probes = missing((_, rule) => isOnlyProbe(rule.source));
  if (probes.length > 0 && probes.length === allows.length)
    return { fault: "azure/nsg-allows-only-probe", rules: probes };
  return undefined;
}

/** Whether every prefix of a destination is a private one: then it means the nodes, not the public frontend. */
function isInside(side: NsgSide): boolean {
  const elements = elementsOf(side.prefixes);
  return elements.length > 0 && elements.every(isPrivatePrefix);
}

function isPrivatePrefix(text: string): boolean {
  if (text.toLowerCase() === "virtualnetwork") return true;
  const address = parseAddress(text.replace(/\/.*$/, ""));
  return address !== undefined && isPrivate(address);
}

function isOnlyProbe(side: NsgSide): boolean {
  const elements = elementsOf(side.prefixes);
  return elements.length > 0 && elements.every((text) => text.toLowerCase() === "azureloadbalancer");
}
