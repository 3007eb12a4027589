import type { Nsg, NsgRule } from "../model/nsg.ts";
import { evaluateNsg, type Verdict } from "./evaluate.ts";
import { type Flow, isPublic, type NetworkContext } from "./flow.ts";

/** A place where an NSG may be attached. `none`: nothing is attached there; `unreadable`: something is, but it could not be read. */
export type NsgSlot = Nsg | "none" | "unreadable";

/** The NSGs a packet meets. A place that is not given has none. */
export interface NsgPath {
  readonly subnet?: NsgSlot;
  readonly nic?: NsgSlot;
}

export interface PathStep {
  readonly place: "subnet" | "nic";
  /** Null when there is no NSG at this place, or it could not be read. */
  readonly nsg: Nsg | null;
  readonly verdict: Verdict;
  readonly rule: NsgRule | null;
  readonly candidates: readonly NsgRule[];
}

export interface PathVerdict {
  readonly verdict: Verdict;
  /** The step that decides: the first that denies; else the first that is unknown; else the last that has a rule. Null without any NSG. */
  readonly deciding: PathStep | null;
  /** True when the packet is denied because nothing is attached at all: a Standard public frontend is closed until an NSG opens it. */
  readonly noNsg: boolean;
  /** In the order in which the packet meets them. */
  readonly steps: readonly PathStep[];
}

/**
 * Judges a flow by the NSGs on its way: inbound the subnet's, then the NIC's; outbound the other way round. All have to allow; a place without
 * an NSG does. With none at all a public frontend is closed (Standard SKU load balancers and addresses are "secure by default").
 * Security admin rules of a network manager run before all this and are not part of it.
 */
export function evaluatePath(path: NsgPath, flow: Flow, context: NetworkContext = {}): PathVerdict {
  const subnet = stepOf("subnet", path.subnet ?? "none", flow, context);
  const nic = stepOf("nic", path.nic ?? "none", flow, context);
  const steps = flow.direction === "Inbound" ? [subnet, nic] : [nic, subnet];
  const noNsg = steps.every((step) => step.nsg === null && step.verdict === "Allow") && isPublicFrontend(flow, context);
  if (noNsg) return { verdict: "Deny", deciding: null, noNsg, steps };
  const deciding =
    steps.find((step) => step.verdict === "Deny") ??
    steps.find((step) => step.verdict === "Unknown") ??
    steps.findLast((step) => step.nsg !== null) ??
    null;
  return { verdict: deciding?.verdict ?? "Allow", deciding, noNsg, steps };
}

function stepOf(place: PathStep["place"], slot: NsgSlot, flow: Flow, context: NetworkContext): PathStep {
  if (slot === "none") return { place, nsg: null, verdict: "Allow", rule: null, candidates: [] };
  if (slot === "unreadable") return { place, nsg: null, verdict: "Unknown", rule: null, candidates: [] };
  return { place, nsg: slot, ...evaluateNsg(slot, flow, context) };
}

function isPublicFrontend(flow: Flow, context: NetworkContext): boolean {
  return flow.direction === "Inbound" && (context.publicFrontend ?? isPublic(flow.to));
}

/** `client → subnet NSG custom: DENY by 65500 DenyAllInBound → NIC NSG aks-nsg: ALLOW by 500 …`, one line for people. */
export function describePath(verdict: PathVerdict): string {
  const parts = verdict.steps.map((step) => {
    const place = step.place === "nic" ? "NIC NSG" : "subnet NSG";
    if (step.nsg === null) return `${place}: ${step.verdict === "Allow" ? "none" : "unreadable"}`;
    const by = step.rule === null ? "" : ` by ${describeRule(step.rule)}`;
    const perhaps = step.verdict === "Unknown" ? ` (hangs on ${step.candidates.map(describeRule).join(", ")})` : "";
    return `${place} ${step.nsg.name}: ${step.verdict.toUpperCase()}${by}${perhaps}`;
  });
  return ["client", ...parts].join(" → ");
}

/** `500 allow-web`. */
export function describeRule(rule: NsgRule): string {
  return `${rule.priority} ${rule.name}`;
}
