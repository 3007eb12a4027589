import { matchOf } from "./match.ts";
import type { ClauseTrace, Flow, Match, PodEnd, PortClause } from "./types.ts";

/** `TCP 8000-8090`, `UDP http`, `TCP any port`. */
export function describePortClause(clause: PortClause): string {
  if (clause.unrecognised) return "a port with no known field";
  const protocol = clause.protocol === undefined ? "" : `${clause.protocol} `;
  if (clause.port === undefined) return `${protocol}any port`;
  return `${protocol}${clause.port}${clause.endPort === undefined ? "" : `-${clause.endPort}`}`;
}

/** `http=8080/TCP, metrics=9090/TCP` of the named ports that the end declares; `no named port` for none. */
function namedPorts(pod: PodEnd): string {
  const named = pod.ports.filter((port) => (port.name ?? "") !== "");
  return named.length === 0
    ? "no named port"
    : named.map((port) => `${port.name}=${port.number}/${port.protocol}`).join(", ");
}

/**
 * A named port, looked up on the destination pod in both directions. API text of `port`: "either be a numerical or named port on a pod. […]
 * If present, only traffic on the specified protocol AND port will be matched." Nodes, externals and host-network pods have no ports of their own.
 */
function matchNamed(name: string, clause: PortClause, flow: Flow): { readonly match: Match; readonly why: string } {
  const { to } = flow;
  if (to.kind !== "pod") return { match: "no", why: `port name "${name}" means nothing on a ${to.kind} end` };
  if (to.hostNetwork) return { match: "no", why: `port name "${name}" does not count on a host-network pod` };
  const hit = to.ports.some(
    (port) =>
      port.name === name &&
      port.number === flow.port &&
      port.protocol === flow.protocol &&
      (clause.protocol ?? flow.protocol) === flow.protocol,
  );
  return {
    match: matchOf(hit),
    why: `the pod declares ${namedPorts(to)}, the flow goes to ${flow.port}/${flow.protocol}`,
  };
}

/**
 * A port number or range. API text of `endPort`: "indicates that the range of ports from port to endPort if set, inclusive, should be allowed
 * by the policy."
 */
function matchNumber(first: number, clause: PortClause, flow: Flow): { readonly match: Match; readonly why: string } {
  const hit = flow.port >= first && flow.port <= (clause.endPort ?? first);
  return { match: matchOf(hit), why: `port: wants ${describePortClause(clause)}, the flow goes to ${flow.port}` };
}

/** One item of a port list against a flow. `path` is its place in the rule. */
export function matchPort(clause: PortClause, flow: Flow, path: string): ClauseTrace {
  const text = describePortClause(clause);
  const traced = (match: Match, why: string): ClauseTrace => ({
    path,
    match,
    parts: [{ text, match, why: match === "yes" ? [] : [why] }],
    confidence: "certain",
  });
  if (clause.unrecognised) return traced("maybe", "this kind of port is not known here");
  if (clause.protocol !== undefined && clause.protocol !== flow.protocol) {
    return traced("no", `protocol: wants ${clause.protocol}, the flow is ${flow.protocol}`);
  }
  if (clause.port === undefined) return traced("yes", "");
  const { match, why } =
    typeof clause.port === "number" ? matchNumber(clause.port, clause, flow) : matchNamed(clause.port, clause, flow);
  return traced(match, why);
}
