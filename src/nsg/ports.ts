import { or3, type Truth } from "./truth.ts";

interface Range {
  readonly first: number;
  readonly last: number;
}

const EPHEMERAL: Range = { first: 1024, last: 65535 };
const ALL: Range = { first: 0, last: 65535 };

/** `*`, `80`, `8000-8100`. Undefined for anything else: Azure would not have stored it, so nothing is concluded from it. */
function parseRange(text: string): Range | undefined {
  if (text === "*" || text.toLowerCase() === "any") return ALL;
  const match = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  return first <= last && last <= ALL.last ? { first, last } : undefined;
}

/** Elements as they stand in a rule; some writers put a comma list into one string. */
export function elementsOf(values: readonly string[]): readonly string[] {
  return values
    .flatMap((value) => value.split(","))
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

/** Whether the ranges together contain every port from `wanted.first` to `wanted.last`. */
function cover(ranges: readonly Range[], wanted: Range): boolean {
  const reached = ranges
    .toSorted((a, b) => a.first - b.first)
    .reduce((next, range) => (range.first <= next ? Math.max(next, range.last + 1) : next), wanted.first);
  return reached > wanted.last;
}

/** Whether the ports of a rule contain `port`. Without a port (ICMP) only a rule for all ports is sure to match. */
export function matchPort(values: readonly string[], port: number | undefined): Truth {
  const ranges = elementsOf(values).map(parseRange);
  if (ranges.length === 0) return "unknown";
  if (port === undefined) return coversAll(ranges, ALL);
  return or3(ranges.map((range) => (range === undefined ? "unknown" : range.first <= port && port <= range.last)));
}

/** As `matchPort`, for a source port: when the client picks an ephemeral one, ranges that cover 1024–65535 match surely, others perhaps. */
export function matchSourcePort(values: readonly string[], port: number | undefined): Truth {
  if (port !== undefined) return matchPort(values, port);
  return coversAll(elementsOf(values).map(parseRange), EPHEMERAL);
}

function coversAll(ranges: readonly (Range | undefined)[], wanted: Range): Truth {
  const known = ranges.filter((range) => range !== undefined);
  return cover(known, wanted) ? true : "unknown";
}

const PROTOCOLS = new Set(["tcp", "udp", "icmp", "esp", "ah"]);

/** Whether a rule's protocol (lower case) is that of the flow. A word that no NSG knows is unknown. */
export function matchProtocol(rule: string, flow: string): Truth {
  if (rule === "*" || rule === "any" || rule === "all") return true;
  if (!PROTOCOLS.has(rule)) return "unknown";
  return rule === flow.toLowerCase();
}
