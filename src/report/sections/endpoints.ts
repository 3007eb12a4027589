import {
  type Endpoint,
  type EndpointPort,
  expectedEndpoints,
  hasSelector,
  mergeSlices,
  slicesOf,
  usable,
} from "../../model/endpoints.ts";
import type { Service } from "../../model/kube.ts";
import type { Cell } from "../../model/report.ts";
import { groupBy } from "../group.ts";
import { byName } from "../order.ts";
import { nodesOf } from "../target.ts";
import { cell, elastic, whole, wideOnly } from "./cells.ts";
import type { SectionInput, Table } from "./context.ts";

/** One address with what is listed and what should be. A slice may list an address twice, with different ports. */
interface Pair {
  readonly ip: string;
  readonly listed: readonly Endpoint[];
  readonly expected: Endpoint | undefined;
}

function pairUp(listed: readonly Endpoint[], expected: readonly Endpoint[]): readonly Pair[] {
  // hostNetwork pods share their node's address: the pod belongs to the key.
  const keyOf = (endpoint: Endpoint): string => `${endpoint.ip} ${endpoint.pod ?? ""}`;
  const there = groupBy(listed, keyOf);
  const should = new Map(expected.map((endpoint) => [keyOf(endpoint), endpoint]));
  const keys = [...new Set([...should.keys(), ...there.keys()])];
  return keys.map((key) => ({
    ip: key.slice(0, key.indexOf(" ")),
    listed: there.get(key) ?? [],
    expected: should.get(key),
  }));
}

const portText = (port: EndpointPort): string => `${port.name === "" ? "" : `${port.name}:`}${port.number}`;

function portsOf(endpoints: readonly Endpoint[]): readonly string[] {
  return [...new Set(endpoints.flatMap((endpoint) => endpoint.ports.map(portText)))];
}

/** The difference in words. `=` means: listed as it should be, and in use. */
function difference(pair: Pair, service: Service, knowable: boolean): Cell {
  const { listed, expected } = pair;
  const first = listed[0];
  if (first === undefined) return cell("missing", "bad");
  if (!knowable) return first.ready ? cell("=") : cell("not ready", "warn");
  if (expected === undefined) return cell(first.pod === undefined ? "no such pod" : "stale: no such pod", "bad");
  if (expected.podUid !== undefined && first.podUid !== undefined && expected.podUid !== first.podUid)
    return cell("stale: another pod of that name", "bad");
  const wanted = (service.spec?.ports ?? []).length;
  const lost = portsOf([expected]).filter((port) => !portsOf(listed).includes(port));
  if (lost.length > 0) return cell(`port ${lost.join(",")} missing`, "bad");
  if (expected.ports.length < wanted) return cell("port unresolved", "bad");
  if (expected.ready !== first.ready) return cell(`should be ${expected.ready ? "ready" : "not ready"}`, "warn");
  if (first.terminating) return cell("terminating", "warn");
  return first.ready ? cell("=") : cell("pod not ready", "bad");
}

function expectedText(pair: Pair, knowable: boolean): Cell {
  if (!knowable) return cell("-", "dim");
  if (pair.expected === undefined) return cell("not expected");
  return cell(pair.expected.ready ? "ready" : pair.expected.terminating ? "terminating" : "not ready");
}

const REJECTED = {
  terminal: "finished (phase Succeeded or Failed)",
  "no-ip": "no pod IP yet",
  "node-missing": "its node object is gone",
} as const;

/** S4: what the EndpointSlices list against what the controller should have written. */
export function endpoints(service: Service, input: SectionInput): Table & { readonly heading: string } {
  const { endpointSlices, pods } = input.snapshot.collections;
  const listed = endpointSlices.state === "ok" ? mergeSlices(slicesOf(service, endpointSlices.items)) : [];
  // SERVING and TERM differ from READY only while pods are being deleted.
  const going = listed.some((endpoint) => endpoint.terminating);
  const columns = [
    ...["POD", "POD-IP", "PORTS", "READY"].map(whole),
    ...["SERVING", "TERM"].map((title) => (going ? whole(title) : wideOnly(whole(title)))),
    wideOnly(elastic("NODE")),
    whole("EXPECTED"),
    whole("DIFF"),
  ];
  if (endpointSlices.state !== "ok")
    return {
      heading: "ENDPOINTS  not read",
      columns,
      rows: [],
      notes: [`${endpointSlices.reason}: ${endpointSlices.detail}`],
      shows: "?",
    };
  const slices = slicesOf(service, endpointSlices.items);
  const knowable = pods.state === "ok" && hasSelector(service);
  const should = knowable ? expectedEndpoints(service, pods.items, nodesOf(input.snapshot)) : undefined;
  const expected = should?.endpoints ?? [];
  const rows = pairUp(listed, expected)
    .map((pair) => ({ pair, cells: rowOf(pair, service, knowable) }))
    .toSorted((a, b) => troubled(b.cells) - troubled(a.cells) || byName(nameOf(a.pair), nameOf(b.pair)))
    .map(({ cells }) => cells);
  const families = [...new Set(slices.map((slice) => slice.addressType ?? "IPv4"))].join(",");
  const heading = [
    ...(should === undefined ? [] : [`expected ${expected.length}`]),
    `listed ${listed.length}`,
    `usable ${usable(listed).length}`,
    `slices ${slices.length}${families === "" ? "" : ` (${families})`}`,
  ].join(" · ");
  const notes = (should?.rejected ?? []).map(
    ({ pod, reason }) => `${pod.metadata.name} is no endpoint: ${REJECTED[reason]}`,
  );
  return { heading: `ENDPOINTS  ${heading}`, columns, rows, notes, empty: usable(listed).length === 0 };
}

function nameOf(pair: Pair): string {
  return `${pair.listed[0]?.pod ?? pair.expected?.pod ?? ""} ${pair.ip}`;
}

function troubled(cells: readonly Cell[]): number {
  return cells.some(({ mark }) => mark === "bad") ? 2 : cells.some(({ mark }) => mark === "warn") ? 1 : 0;
}

function rowOf(pair: Pair, service: Service, knowable: boolean): readonly Cell[] {
  const shown = pair.listed[0] ?? pair.expected;
  const flag = (value: boolean | undefined): Cell => cell(value === undefined ? "-" : value ? "yes" : "no");
  const numbers = portsOf(pair.listed.length > 0 ? pair.listed : pair.expected === undefined ? [] : [pair.expected]);
  return [
    cell(shown?.pod),
    cell(pair.ip),
    numbers.length === 0
      ? cell("(none)", (service.spec?.ports ?? []).length > 0 ? "bad" : undefined)
      : cell(numbers.join(",")),
    flag(pair.listed[0]?.ready),
    flag(pair.listed[0]?.serving),
    flag(pair.listed[0]?.terminating),
    cell(shown?.node),
    expectedText(pair, knowable),
    difference(pair, service, knowable),
  ];
}
