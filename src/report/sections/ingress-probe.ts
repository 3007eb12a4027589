import { canonicalIp } from "../../model/cidr.ts";
import { upstreamInShort } from "../../model/ingress/accesslog.ts";
import { appUrl } from "../../model/ingress/appurl.ts";
import { type Arrival, accessLines, arrivalOf, type Logged, seenOf } from "../../model/ingress/arrival.ts";
import { peersOf, readingOf, resolve } from "../../model/ingress/resolve.ts";
import { isVia, loggedOf, ownAddresses, proxiesOf, urlOf } from "../../model/ingress/through.ts";
import type { Ingress } from "../../model/kube.ts";
import { describeProbe, hostPort, type ProbeHop, type ProbeResult, verdictOfProbe } from "../../model/probe-results.ts";
import type { Cell } from "../../model/report.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { cell, whole } from "./cells.ts";
import type { SectionInput, Table } from "./context.ts";

/** I6: what the host resolves to, here and in the cluster, and whose address that is. Undefined when nobody asked. */
export function nameTable(ingress: Ingress, { snapshot }: SectionInput): Table | undefined {
  const { collections } = snapshot;
  const named = itemsOr(collections.probes).filter(({ target }) => target.hop === "host");
  const here = named.find(({ vantage }) => vantage.kind === "local");
  const inside = named.find(({ vantage }) => vantage.kind === "pod" || vantage.kind === "client-pod");
  const host = (here ?? inside)?.target.host;
  if (host === undefined) return undefined;
  const own = ownAddresses(ingress, collections);
  const addresses = here?.resolved?.addresses ?? inside?.resolved?.addresses ?? [];
  const known = new Set(own.map(canonicalIp));
  const front = here === undefined ? [] : proxiesOf(here);
  const owner = (): Cell => {
    if (addresses.length === 0) return cell("-", "dim");
    if (addresses.some((address) => known.has(canonicalIp(address)))) return cell("this controller", "ok");
    if (front.length > 0) return cell(front.map(({ title }) => title).join(", "));
    return known.size === 0 ? cell("not known", "dim") : cell("somebody else", "warn");
  };
  const chain = here?.resolved?.cnames ?? [];
  return {
    columns: ["HOST", "THIS MACHINE", "CLUSTER", "CONTROLLER", "OWNER"].map(whole),
    rows: [[cell(host), answerCell(here), answerCell(inside), cell(own.join(",")), owner()]],
    notes: chain.length === 0 ? [] : [`${host} is an alias of ${chain.join(" → ")}`],
  };
}

function answerCell(result: ProbeResult | undefined): Cell {
  if (result === undefined) return cell("not asked", "dim");
  const addresses = result.resolved?.addresses ?? [];
  if (addresses.length > 0) return cell(addresses.slice(0, 4).join(","));
  const all = (name: ProbeResult["attempts"][number]["class"]): boolean =>
    result.attempts.every((one) => one.class === name);
  if (all("dns")) return cell("no such name", "bad");
  return all("dns-timeout") ? cell("no answer", "warn") : cell("not known", "dim");
}

/** I7: each marked request, and where it was seen. Undefined when none was sent. */
export function requestTable(ingress: Ingress, input: SectionInput): Table | undefined {
  const { collections } = input.snapshot;
  const probes = itemsOr(collections.probes);
  const sent = probes.filter((one) => isVia(one));
  const [first] = sent;
  if (first === undefined) return undefined;
  const logged = loggedOf(ingress, probes, collections);
  const rows = sent.map((one): readonly Cell[] => {
    const arrival = arrivalOf(one, logged);
    const access =
      arrival.kind === "arrived" ? arrival.seen.find(({ access }) => access !== undefined)?.access : undefined;
    const verdict = verdictOfProbe(one);
    const mark = verdict === "failed" || statusOf(one) >= 500 ? "bad" : verdict === "ok" ? "ok" : "warn";
    return [
      cell(one.marker, one.marker === undefined ? "dim" : undefined),
      cell(one.vantage.label),
      cell(
        `${TO[one.target.hop] ?? ""} ${one.target.hop === "host" ? one.target.host : hostPort(one.target.host, one.target.port)}`,
      ),
      cell(shortOf(one), mark),
      seenCell(one, arrival),
      access === undefined ? cell("-", "dim") : cell(upstreamInShort(access)),
    ];
  });
  return {
    columns: ["MARKER", "FROM", "TO", "ANSWER", "IN THE LOG", "UPSTREAM"].map(whole),
    rows,
    notes: [`tried as ${urlOf(first)}${choiceOf(ingress, input)}`, ...verdictNotes(sent, logged)],
  };
}

/** The stations in fewer words than elsewhere: this table is about the controller alone. */
const TO: Readonly<Partial<Record<ProbeHop, string>>> = {
  "controller-pod": "pod",
  "controller-ip": "cluster IP",
  "controller-lb": "LB",
  host: "name",
};

function statusOf({ attempts }: ProbeResult): number {
  return attempts.flatMap(({ status }) => status ?? []).at(-1) ?? 0;
}

function shortOf(result: ProbeResult): string {
  const times = result.attempts.filter(({ status }) => status !== undefined).map(({ total }) => total);
  const status = statusOf(result);
  const same = result.attempts.every((one) => one.status === status);
  return same && status > 0 ? `${status} ${Math.min(...times)}ms` : describeProbe(result);
}

function seenCell(result: ProbeResult, arrival: Arrival): Cell {
  switch (arrival.kind) {
    case "arrived": {
      const count = arrival.seen.length;
      return cell(`${count} ${count === 1 ? "line" : "lines"}`, "ok");
    }
    case "not-arrived":
      // In the cluster an address may lead to another controller's pod on purpose; only the way from outside is judged.
      return cell("NO", result.vantage.kind === "local" ? "bad" : "warn");
    case "not-sent":
      return cell("not sent", "dim");
    case "undecidable":
      return cell("undecidable", "warn");
  }
}

/** One sentence for each verdict from outside, with its reason. */
function verdictNotes(sent: readonly ProbeResult[], logged: Logged): readonly string[] {
  const outside = sent.filter(({ vantage }) => vantage.kind === "local");
  const notes = outside.map((one) => {
    const by = `${one.vantage.label} by ${one.target.hop === "host" ? "name" : "the load balancer's address"}`;
    return `${by}: ${verdictText(arrivalOf(one, logged))}`;
  });
  const none = outside.length > 0 ? [] : ["nothing was tried from this machine, so the way from outside is not judged"];
  const faults = sent
    .flatMap(({ marker }) => (marker === undefined ? [] : seenOf(marker, logged.logs)))
    .filter((one, _, all) => !accessLines(all).includes(one)).length;
  return [...new Set(notes), ...none, ...(faults > 0 ? [`${faults} lines about faults of these requests`] : [])];
}

function verdictText(arrival: Arrival): string {
  switch (arrival.kind) {
    case "arrived": {
      const client = arrival.seen[0]?.access?.client;
      const pods = [...new Set(arrival.seen.map(({ pod }) => pod))];
      if (client === undefined)
        return `arrived at ${pods.join(", ")} (the format of the line is not known, so no more is read from it)`;
      return `arrived at ${pods.join(", ")}, which saw ${client} as the client`;
    }
    case "not-arrived": {
      const pods = [...new Set(arrival.controls.map(({ pod }) => pod))].join(", ");
      return `never reached the controller; proven, since the control from inside is in the log of ${pods}`;
    }
    case "not-sent":
      return `no request was sent: ${arrival.why}`;
    case "undecidable":
      return `whether it arrived is undecidable: ${arrival.why}`;
  }
}

/** Where the URL comes from that was tried: the user's words, or one of the rules. */
function choiceOf(ingress: Ingress, { snapshot, scope }: SectionInput): string {
  const { allIngresses, ingressClasses, controllerPods } = snapshot.collections;
  const [classes, pods] = [itemsOr(ingressClasses), itemsOr(controllerPods)];
  const peers = peersOf(ingress, itemsOr(allIngresses), classes, pods);
  const url = appUrl(ingress, peers, scope, readingOf(resolve(ingress, classes, pods)));
  return url === undefined ? "" : ` (host and path: ${url.from})`;
}
