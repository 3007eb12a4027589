import { type Address, parseAddress } from "../model/cidr.ts";
import type { Direction, NsgRule } from "../model/nsg.ts";
import type { Verdict } from "./evaluate.ts";
import { type Flow, type NetworkContext, PROBE_SOURCE } from "./flow.ts";
import { isObject, textOf } from "./json.ts";
import { evaluatePath, type NsgPath, type PathVerdict } from "./path.ts";

/** A flow as people write it: options of the command, or one line of a flows file. Numbers may be strings. */
export interface FlowRequest {
  readonly from?: unknown;
  readonly to?: unknown;
  readonly port?: unknown;
  readonly protocol?: unknown;
  readonly direction?: unknown;
  readonly sourcePort?: unknown;
}

/** The public address that stands for "some client" (TEST-NET-3, RFC 5737: nobody's). */
export const SAMPLE_CLIENT: Address = { family: 4, value: 0xcb007107n };

/** The flow, or what is wrong with the request. `Internet` stands for some public client, `AzureLoadBalancer` for the health probe. */
export function parseFlow(request: FlowRequest): Flow | { readonly problem: string } {
  const from = addressOf(request.from);
  if (from === undefined) return { problem: `from: ${shown(request.from)} is no IP address` };
  const to = addressOf(request.to);
  if (to === undefined) return { problem: `to: ${shown(request.to)} is no IP address` };
  const direction = directionOf(request.direction);
  if (direction === undefined)
    return { problem: `direction: ${shown(request.direction)} is neither Inbound nor Outbound` };
  const protocol = textOf(request.protocol ?? "TCP").toUpperCase();
  if (!/^(TCP|UDP|SCTP|ICMP|ESP|AH)$/.test(protocol))
    return { problem: `protocol: ${shown(request.protocol)} is none of TCP, UDP, SCTP, ICMP, ESP, AH` };
  const port = portOf(request.port);
  const withPorts = /^(TCP|UDP|SCTP)$/.test(protocol);
  if (port === "bad" || (port === undefined && withPorts))
    return { problem: `port: ${shown(request.port)} is no port number from 0 to 65535` };
  const sourcePort = portOf(request.sourcePort);
  if (sourcePort === "bad")
    return { problem: `sourcePort: ${shown(request.sourcePort)} is no port number from 0 to 65535` };
  return {
    direction,
    protocol,
    from,
    to,
    ...(port === undefined ? {} : { port }),
    ...(sourcePort === undefined ? {} : { sourcePort }),
  };
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}

function addressOf(value: unknown): Address | undefined {
  const text = textOf(value).trim();
  if (text.toLowerCase() === "internet") return SAMPLE_CLIENT;
  return text.toLowerCase() === "azureloadbalancer" ? PROBE_SOURCE : parseAddress(text);
}

function directionOf(value: unknown): Direction | undefined {
  const text = textOf(value ?? "Inbound").toLowerCase();
  if (text === "inbound") return "Inbound";
  return text === "outbound" ? "Outbound" : undefined;
}

function portOf(value: unknown): number | undefined | "bad" {
  if (value === undefined || value === null) return undefined;
  const text = String(value);
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : "bad";
}

export interface RuleAnswer {
  readonly name: string;
  readonly priority: number;
  readonly access: string;
}

/** The answer to one flow, as the command prints it. */
export interface FlowAnswer {
  readonly verdict: Verdict;
  /** Name of the deciding rule; null when unknown, or when no NSG is attached. */
  readonly rule: string | null;
  readonly priority: number | null;
  /** Name of the NSG that decides. */
  readonly nsg: string | null;
  readonly candidates: readonly RuleAnswer[];
  readonly path: readonly {
    readonly place: "subnet" | "nic";
    readonly nsg: string | null;
    readonly verdict: Verdict;
    readonly rule: string | null;
  }[];
  /** Why there is no rule to name; absent otherwise. */
  readonly reason?: string;
}

const ruleAnswer = ({ name, priority, access }: NsgRule): RuleAnswer => ({ name, priority, access });

export function answerOf(verdict: PathVerdict): FlowAnswer {
  const { deciding } = verdict;
  const reason = reasonOf(verdict);
  return {
    verdict: verdict.verdict,
    rule: deciding?.rule?.name ?? null,
    priority: deciding?.rule?.priority ?? null,
    nsg: deciding?.nsg?.name ?? null,
    candidates: (deciding?.candidates ?? []).map(ruleAnswer),
    path: verdict.steps.map(({ place, nsg, verdict: said, rule }) => ({
      place,
      nsg: nsg?.name ?? null,
      verdict: said,
      rule: rule?.name ?? null,
    })),
    ...(reason === undefined ? {} : { reason }),
  };
}

function reasonOf({ deciding, noNsg }: PathVerdict): string | undefined {
  if (noNsg)
    return "no NSG is attached to subnet or NIC, and a Standard public frontend is closed until one allows the traffic";
  if (deciding === null) return "no NSG is attached to subnet or NIC";
  if (deciding.rule !== null) return undefined;
  if (deciding.nsg === null) return `the NSG of the ${deciding.place} could not be read`;
  return "whether the candidates match depends on facts that are not given (service tags, group members, prefixes, source port)";
}

/** One flow of a flows file: its place (the line, or in a JSON array the element, from 1) and its answer, or what is wrong with it. */
export type FlowLine =
  | { readonly line: number; readonly request: FlowRequest; readonly said: PathVerdict }
  | { readonly line: number; readonly problem: string };

/**
 * Judges every flow of a text: JSON lines (`{"from","to","port","protocol","direction","sourcePort"}`, empty lines are passed over), or one JSON array of
 * such objects.
 */
export function evaluateFlows(text: string, path: NsgPath, context: NetworkContext = {}): readonly FlowLine[] {
  return requestsOf(text).map(({ line, request }): FlowLine => {
    if (!isObject(request)) return { line, problem: "no JSON object" };
    const flow = parseFlow(request);
    return "problem" in flow
      ? { line, problem: flow.problem }
      : { line, request, said: evaluatePath(path, flow, context) };
  });
}

function requestsOf(text: string): readonly { readonly line: number; readonly request: unknown }[] {
  const clean = text.replace(/^\uFEFF/, "");
  const whole = clean.trimStart().startsWith("[") ? parsed(clean) : undefined;
  if (Array.isArray(whole)) return whole.map((request: unknown, i) => ({ line: i + 1, request }));
  return clean
    .split(/\r?\n/)
    .map((content, i) => ({ line: i + 1, content }))
    .filter(({ content }) => content.trim() !== "")
    .map(({ line, content }) => ({ line, request: parsed(content) }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
