/** Many flows at once: JSON lines in, one verdict line each out. */
import { evaluate } from "./evaluate.ts";
import { policyName } from "./flow.ts";
import { worstVerdict } from "./match.ts";
import type { End, FlowResult } from "./types.ts";
import type { PolicyWorld } from "./world.ts";

/** One line of the input file. */
export interface FlowLine {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: string;
}

const PROTOCOLS: readonly string[] = ["TCP", "UDP", "SCTP"];

function fieldsOf(text: string): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Reads one line; a text says what is wrong with it. `protocol` may be left out and is then TCP. */
export function parseFlowLine(text: string): FlowLine | string {
  const fields = fieldsOf(text);
  if (fields === undefined) return "not a JSON object";
  const { from, to, port, protocol = "TCP" } = fields;
  if (typeof from !== "string" || typeof to !== "string") return "from and to must be strings";
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65535) {
    return "port must be a number from 1 to 65535";
  }
  const upper = typeof protocol === "string" ? protocol.toUpperCase() : "";
  if (!PROTOCOLS.includes(upper)) return "protocol must be TCP, UDP or SCTP";
  return { from, to, port, protocol: upper };
}

/** Where a flow arrives: behind a Service the pod's own port, which is what policies see. */
export interface Target {
  readonly end: End;
  readonly port: number;
}

/** An end that may well exist but could not be read, and why. */
export interface Unread {
  readonly unread: string;
}

export type Resolved<T> = readonly T[] | string | Unread;

/** Finds the ends that a line names; a text says what is wrong with the name. Several (a workload's pods): the worst of them is told. */
export interface Resolver {
  sources(text: string): Resolved<End>;
  targets(text: string, port: number, protocol: string): Resolved<Target>;
}

function openLine(line: FlowLine, { unread }: Unread): object {
  return { ...line, verdict: "unknown", policy: null, rule: null, reason: unread, families: [] };
}

function answerLine(world: PolicyWorld, line: FlowLine, resolve: Resolver): object {
  const from = resolve.sources(line.from);
  const to = resolve.targets(line.to, line.port, line.protocol);
  if (typeof from === "string" || typeof to === "string")
    return { ...line, error: typeof from === "string" ? from : to };
  if ("unread" in from) return openLine(line, from);
  if ("unread" in to) return openLine(line, to);
  const results: readonly FlowResult[] = from.flatMap((source) =>
    to.map(({ end, port }) => evaluate(world, { from: source, to: end, port, protocol: line.protocol })),
  );
  const verdict = worstVerdict(results.map((result) => result.verdict));
  const worst = results.find((result) => result.verdict === verdict);
  if (worst === undefined) return { ...line, error: "no pod to judge" };
  const by = worst.decidedBy;
  return {
    ...line,
    verdict,
    policy: by === undefined ? null : policyName(by.policy),
    rule: by?.rule ?? null,
    reason: worst.reason,
    families: worst.families.map(({ family, verdict }) => ({ family: family ?? "any", verdict })),
  };
}

/** One JSON text for each line that is not empty, in order. A line that cannot be read or resolved carries `error`, and the others still count. */
export function judgeLines(world: PolicyWorld, lines: readonly string[], resolve: Resolver): readonly string[] {
  return lines
    .filter((text) => text.trim() !== "")
    .map((text) => {
      const line = parseFlowLine(text);
      return JSON.stringify(typeof line === "string" ? { line: text, error: line } : answerLine(world, line, resolve));
    });
}
