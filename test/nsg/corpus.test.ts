/** Recorded NSGs with known answers, where the corpus lies beside the project. The project's own tables stand without it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Nsg } from "../../src/model/nsg.ts";
import { decodeNsgs } from "../../src/nsg/decode.ts";
import { evaluatePath } from "../../src/nsg/path.ts";
import { cidrs, flow } from "./build.ts";

const CORPUS = process.env["NETCHECK_CORPUS"] ?? fileURLToPath(new URL("../../../shared/corpus", import.meta.url));

interface Probe {
  readonly nsg_file: string;
  readonly direction: string;
  /** A word and an address: `Internet 203.0.113.7`. */
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
  readonly expected: string;
  readonly rule: string;
  readonly priority: number;
  readonly unresolved_asg_rules?: readonly string[];
}

function read(...path: readonly string[]): unknown {
  return JSON.parse(readFileSync(join(CORPUS, "nsg", ...path), "utf8"));
}

function nsgOf(...path: readonly string[]): Nsg {
  const decoded = decodeNsgs(read(...path));
  assert.ok(decoded.state === "ok", `${path.join("/")}: ${JSON.stringify(decoded)}`);
  assert.equal(decoded.nsgs.length, 1);
  const nsg = decoded.nsgs[0];
  assert.ok(nsg);
  return nsg;
}

function addressIn(text: string): string {
  return /\d+\.\d+\.\d+\.\d+/.exec(text)?.[0] ?? text;
}

/**
 * The rows leave 168.63.129.16 out of VirtualNetwork, which Azure does not: what they say of probes is then decided by the VirtualNetwork
 * rule before the one they name.
 */
function probeSource(probe: Probe): boolean {
  return addressIn(probe.source) === "168.63.129.16";
}

function judge(folder: string, probe: Probe, vnet: readonly string[]): { readonly row: string; readonly how: string } {
  const request = { ...probe, from: addressIn(probe.source), to: addressIn(probe.destination) };
  const said = evaluatePath({ subnet: nsgOf(folder, probe.nsg_file) }, flow(request), { vnet: cidrs(...vnet) });
  const by = said.deciding?.rule;
  const row = `${probe.nsg_file} ${probe.direction} ${request.from} → ${request.to}:${probe.port}: ${probe.expected} by ${probe.priority} ${probe.rule}; ours ${said.verdict} by ${by?.priority} ${by?.name}`;
  if (said.verdict === probe.expected && by?.name === probe.rule && by.priority === probe.priority)
    return { row, how: "same" };
  if (probeSource(probe) && /^virtualnetwork$/i.test(by?.source.prefixes.join() ?? ""))
    return { row, how: said.verdict === probe.expected ? "probe by the VNet rule" : "probe denied by the VNet rule" };
  if (
    said.verdict === "Unknown" &&
    said.deciding?.candidates.some((rule) => probe.unresolved_asg_rules?.includes(rule.name))
  )
    return { row, how: "unresolved group" };
  return { row, how: "WRONG" };
}

function tally(rows: readonly { readonly row: string; readonly how: string }[]): Readonly<Record<string, number>> {
  const wrong = rows.filter(({ how }) => how === "WRONG").map(({ row }) => row);
  assert.deepEqual(wrong, []);
  return Object.fromEntries(
    [...new Set(rows.map(({ how }) => how))].sort().map((how) => [how, rows.filter((one) => one.how === how).length]),
  );
}

describe("recorded NSGs", () => {
  if (!existsSync(CORPUS)) {
    it("are not here to be judged", (t) => t.diagnostic(`NO CORPUS at ${CORPUS}: the recorded NSGs were not judged`));
    return;
  }

  it("every probe is right, with the deciding rule", (t) => {
    const probes = read("nsg-probes.json") as readonly Probe[];
    const counts = tally(probes.map((probe) => judge("cloud-custodian-cassettes", probe, ["10.240.0.0/16"])));
    t.diagnostic(JSON.stringify(counts));
    assert.deepEqual(counts, { "probe by the VNet rule": 8, same: 59 });
  });

  it("an AKS subnet before and after its fix", (t) => {
    const { probes } = read("azure-vdc-aks", "probes.json") as { readonly probes: readonly Probe[] };
    const counts = tally(probes.map((probe) => judge("azure-vdc-aks", probe, ["10.4.0.0/23", "10.5.0.0/23"])));
    t.diagnostic(JSON.stringify(counts));
    assert.deepEqual(counts, { "probe by the VNet rule": 2, "probe denied by the VNet rule": 3, same: 35 });
  });
});
