import type { ProbeAttempt, ProbeResult, ProbeScheme, ProbeTarget, Vantage } from "../model/probe-results.ts";
import { attemptOf } from "./classify.ts";
import { type Marking, markerFor } from "./script.ts";

const MARK = "NETCHECK {";

interface Line {
  readonly id: number;
  readonly turn: number;
  readonly speaks: ProbeScheme | undefined;
  readonly attempt: ProbeAttempt;
}

function lineOf(text: string, targets: readonly ProbeTarget[]): Line | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text.slice(MARK.length - 1));
  } catch {
    // The termination message ends after 4096 bytes, in the middle of a line.
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const field = (name: string): unknown => (value as Readonly<Record<string, unknown>>)[name];
  const string = (name: string): string => (typeof field(name) === "string" ? String(field(name)) : "");
  const number = (name: string): number => (typeof field(name) === "number" ? Number(field(name)) : 0);
  const id = /^\d+$/.test(string("id")) ? Number(string("id")) : -1;
  const target = targets[id];
  if (target === undefined) return undefined;
  const speaks = string("speaks");
  return {
    id,
    turn: number("try"),
    speaks: speaks === "http" || speaks === "https" ? speaks : undefined,
    attempt: attemptOf({
      exit: number("exit"),
      http: string("http"),
      connects: number("nc"),
      connect: number("tc"),
      total: number("tt"),
      said: string("said"),
      body: string("body").trim(),
      plainTcp: target.scheme === "tcp" || target.scheme === "udp",
      tool: string("tool"),
      ip: string("ip"),
    }),
  };
}

/**
 * The results in a test pod's output, one for each target that has any line. Other text (a shell's complaint, a cut last line) is left out.
 * A server that answered only in the other scheme is reached; its attempts say what it speaks.
 */
export function resultsOf(
  output: string,
  targets: readonly ProbeTarget[],
  vantage: Vantage,
  marking?: Marking,
): readonly ProbeResult[] {
  const lines = output
    .split("\n")
    .filter((line) => line.startsWith(MARK))
    .flatMap((line) => lineOf(line, targets) ?? [])
    .toSorted((a, b) => a.turn - b.turn);
  return targets.flatMap((target, id): readonly ProbeResult[] => {
    const own = lines.filter((line) => line.id === id);
    const other = own.find((line) => line.speaks !== undefined && line.attempt.class === "ok");
    const attempts = own
      .filter((line) => line.speaks === undefined)
      .map(({ attempt }): ProbeAttempt => {
        if (other?.speaks === undefined) return attempt;
        return { ...other.attempt, speaks: other.speaks, evidence: `${attempt.evidence}; ${other.speaks} is answered` };
      });
    if (attempts.length === 0) return [];
    const marker = marking === undefined ? undefined : markerFor(target, id, marking);
    return [
      { vantage, target, attempts, ...resolvedBy(target, attempts), ...(marker === undefined ? {} : { marker }) },
    ];
  });
}

/** curl tells the address that it took of a name, not the aliases on the way. */
function resolvedBy(target: ProbeTarget, attempts: readonly ProbeAttempt[]): Pick<ProbeResult, "resolved"> {
  if (target.hop !== "host") return {};
  const addresses = [...new Set(attempts.flatMap(({ peer }) => peer ?? []))];
  return { resolved: { addresses, cnames: [] } };
}
