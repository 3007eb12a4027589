import {
  hostPort,
  isReached,
  type ProbeAttempt,
  type ProbeHop,
  type ProbeResult,
  type ProbeTarget,
  verdictOfProbe,
} from "../../model/probe-results.ts";
import { isLoopback, isWildcard } from "../../model/probe-sockets.ts";
import type { Cell, Section } from "../../model/report.ts";
import { judgedPorts } from "../target.ts";
import { cell, elastic, whole } from "./cells.ts";
import { type SectionInput, section } from "./context.ts";

const SHORT: Readonly<Record<ProbeAttempt["class"], string>> = {
  ok: "open",
  refused: "REFUSED",
  "timeout-connect": "TIMEOUT (connect)",
  "no-route": "NO ROUTE",
  "reset-connect": "RESET",
  "empty-reply": "EMPTY REPLY",
  "timeout-response": "TIMEOUT (answer)",
  "tls-on-plain": "open, no TLS",
  "plain-on-tls": "open, wants TLS",
  "tls-verify": "open, bad certificate",
  "tls-alert": "open, TLS refused",
  "not-http": "open, not HTTP",
  dns: "NO SUCH NAME",
  "dns-timeout": "DNS TIMEOUT",
  "udp-silent": "silent",
  unclear: "?",
};

function attemptText({ class: found, status, total }: ProbeAttempt): string {
  return status === undefined ? SHORT[found] : `${status} ${total}ms`;
}

/** `200 3ms`; `REFUSED`; `3/5 200 4ms, else REFUSED` when the tries differ. */
function resultCell(result: ProbeResult | undefined): Cell {
  if (result === undefined) return cell("-", "dim");
  const reached = result.attempts.filter(isReached);
  const failed = result.attempts.filter((attempt) => !isReached(attempt));
  const verdict = verdictOfProbe(result);
  const [best] = reached;
  const [worst] = failed;
  if (verdict === "mixed" && best !== undefined && worst !== undefined)
    return cell(`${reached.length}/${result.attempts.length} ${attemptText(best)}, else ${attemptText(worst)}`, "warn");
  const shown = best ?? worst;
  if (shown === undefined) return cell("-", "dim");
  const mark = verdict === "failed" || (shown.status ?? 0) >= 500 ? "bad" : verdict === "unclear" ? "warn" : "ok";
  return cell(attemptText(shown), mark);
}

const HOPS: Readonly<Record<ProbeHop, string>> = {
  pod: "pod",
  "cluster-ip": "cluster IP",
  "service-proxy": "Service, by proxy",
  "dns-name": "name",
  "node-port": "node port",
  "load-balancer": "load balancer",
  "controller-pod": "controller pod",
  "controller-ip": "controller cluster IP",
  "controller-lb": "controller load balancer",
  host: "host name",
};

/** P4, what really listens: only with `--sockets`. */
export function socketSections(input: SectionInput): readonly Section[] {
  const { sockets } = input.snapshot.collections;
  if (sockets.state !== "ok") return [];
  return sockets.items.map((table) => {
    const rows = table.sockets.map((socket) => {
      const reach = isLoopback(socket) ? "this pod only" : isWildcard(socket) ? "everybody" : "clients of that address";
      return [
        cell(`${socket.port}/${socket.protocol}`),
        cell(socket.address),
        cell(reach, isLoopback(socket) ? "dim" : undefined),
      ];
    });
    const notes = rows.length === 0 ? ["nothing listens in this pod"] : [];
    return section(
      "P4",
      `SOCKETS  pod ${table.pod}`,
      { columns: ["PORT", "BIND-ADDRESS", "FOR"].map(whole), rows, notes },
      input,
    );
  });
}

function addressOf({ host, port, scheme }: ProbeTarget): string {
  return `${hostPort(host, port)}${scheme === "udp" ? "/UDP" : ""}`;
}

/** Targets down, places across: what answered to whom. One row for each address, from the inside out. */
export function probeSections(input: SectionInput): readonly Section[] {
  const { probes, vantages } = input.snapshot.collections;
  if (vantages.state !== "ok") return [];
  const results = probes.state === "ok" ? probes.items : [];
  const places = [...new Set(results.map(({ vantage }) => vantage.label))];
  const keyOf = ({ target }: ProbeResult): string => `${target.hop} ${addressOf(target)}`;
  const rows = [...new Set(results.map(keyOf))].map((key) => {
    const own = results.filter((result) => keyOf(result) === key);
    const target = own[0]?.target;
    if (target === undefined) return [];
    return [
      cell(HOPS[target.hop]),
      cell(target.object.name),
      cell(addressOf(target)),
      ...places.map((place) => resultCell(own.find(({ vantage }) => vantage.label === place))),
    ];
  });
  const used = vantages.items
    .filter(({ outcome }) => outcome === "used")
    .map(({ what, detail }) => `${what}: ${detail}`);
  const notUsed = vantages.items
    .filter(({ outcome }) => outcome !== "used" && outcome !== "leftover")
    .map(({ what, detail }) => `${what} not used: ${detail.split("\n")[0] ?? ""}`);
  const udpTried = results.some(({ target }) => target.scheme === "udp");
  const udp = input.scope.services
    .flatMap((service) => judgedPorts(service, input.scope))
    .filter(({ protocol }) => protocol === "UDP")
    .map(({ port }) =>
      udpTried
        ? `${port}/UDP is never judged: silence may be a drop, or a server that has nothing to say to a stranger; --sockets shows whether it is open`
        : `${port}/UDP was not tried: silence on UDP may be a drop, or a server that has nothing to say`,
    );
  const nothing =
    results.length === 0 && notUsed.length === 0
      ? [
          input.scope.target === "pod"
            ? "there was nothing to try: no Service sends to it and it declares no port; name one with --port"
            : "there was nothing to try: no usable endpoint with a TCP port",
        ]
      : [];
  const columns = [whole("STATION"), elastic("OBJECT"), whole("ADDRESS"), ...places.map((place) => whole(place))];
  return [section("S8", "PROBES", { columns, rows, notes: [...used, ...notUsed, ...udp, ...nothing] }, input)];
}
