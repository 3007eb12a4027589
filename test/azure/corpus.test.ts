/** Recorded NSGs through the command line, in every shape that az and ARM write them in, where the corpus lies beside the project. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "./run.ts";

const CORPUS = process.env["NETCHECK_CORPUS"] ?? fileURLToPath(new URL("../../../shared/corpus", import.meta.url));
const PAIR = join(CORPUS, "nsg", "azure-vdc-aks");

async function judge(file: string, ...flags: readonly string[]) {
  const nsg = join(PAIR, file);
  const { code, out } = await run(
    ["azure", "nsg", "--nsg-file", nsg, "--to", "10.5.0.4", "--vnet", "10.4.0.0/23,10.5.0.0/23", "-o", "json"].concat(
      flags,
    ),
  );
  return {
    code,
    ...(JSON.parse(out) as { readonly verdict: string; readonly rule: string }),
  };
}

describe("the AKS pair of the corpus", () => {
  if (!existsSync(PAIR)) {
    it("absent", (t) => t.diagnostic(`no corpus at ${CORPUS}: the recorded AKS pair was NOT judged`));
    return;
  }
  const probe = ["--from", "AzureLoadBalancer", "--port", "31080"];

  it("before: health probes of the node ports are denied by deny-vnet", async () => {
    const { code, verdict, rule } = await judge("before-fix.json", ...probe);
    assert.deepEqual([code, verdict, rule], [1, "Deny", "deny-vnet"]);
  });

  it("after: they are allowed by the rule that was added", async () => {
    const { code, verdict, rule } = await judge("after-fix.json", ...probe);
    assert.deepEqual([code, verdict, rule], [0, "Allow", "allow-azure-loadbalancer"]);
  });
});

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
}

interface Answer {
  readonly line: number;
  readonly verdict: string;
  readonly rule: string | null;
  readonly priority: number | null;
  readonly nsg: string | null;
  readonly candidates: readonly object[];
}

type Json = Readonly<Record<string, unknown>>;

/** Fields that stand beside `properties` in ARM's shape. */
const OUTSIDE = new Set(["id", "name", "type", "location", "etag", "tags", "resourceGroup"]);

function nested(value: Json): Json {
  const { properties, ...flat } = value as Json & { readonly properties?: Json };
  const all: Json = { ...flat, ...properties };
  const entries = (own: boolean) => Object.entries(all).filter(([key]) => OUTSIDE.has(key) === own);
  return { ...Object.fromEntries(entries(true)), properties: Object.fromEntries(entries(false)) };
}

function flat(value: Json): Json {
  const { properties, ...own } = value as Json & { readonly properties?: Json };
  return { ...own, ...properties };
}

/** The NSG of a recorded file in another shape: `turn` for it and each of its rules. */
function reshaped(document: unknown, turn: (value: Json) => Json): Json {
  const nsg = flat(document as Json);
  const rules = (name: string): Json => {
    const list = nsg[name];
    return Array.isArray(list) ? { [name]: list.map((rule) => turn(rule as Json)) } : {};
  };
  return turn({ ...nsg, ...rules("securityRules"), ...rules("defaultSecurityRules") });
}

const SHAPES: readonly (readonly [string, (document: unknown) => unknown])[] = [
  ["as recorded", (document) => document],
  ["flat, as az prints", (document) => reshaped(document, flat)],
  ["nested, as ARM answers", (document) => reshaped(document, nested)],
  ["in a list of ARM", (document) => ({ value: [reshaped(document, nested)] })],
  ["in a list of az", (document) => [reshaped(document, flat)]],
  ["as az network nsg create prints", (document) => ({ NewNSG: reshaped(document, flat) })],
];

describe("recorded NSGs through the command", () => {
  if (!existsSync(CORPUS)) {
    it("absent", (t) => t.diagnostic(`no corpus at ${CORPUS}: the recorded NSGs were NOT judged`));
    return;
  }
  const dir = mkdtempSync(join(tmpdir(), "netcheck-nsg-corpus-"));
  after(() => rmSync(dir, { recursive: true }));
  const read = (...path: readonly string[]): unknown => JSON.parse(readFileSync(join(CORPUS, "nsg", ...path), "utf8"));
  const addressIn = (text: string): string => /\d+\.\d+\.\d+\.\d+/.exec(text)?.[0] ?? text;

  /** Asks the command about all rows of one file at once. */
  async function ask(document: unknown, vnet: string, probes: readonly Probe[]): Promise<readonly Answer[]> {
    const nsg = join(dir, "nsg.json");
    const flows = join(dir, "flows.jsonl");
    writeFileSync(nsg, JSON.stringify(document));
    const lines = probes.map(({ source, destination, protocol, port, direction }) =>
      JSON.stringify({ from: addressIn(source), to: addressIn(destination), protocol, port, direction }),
    );
    writeFileSync(flows, `${lines.join("\n")}\n`);
    const { out } = await run(["azure", "nsg", "--nsg-file", nsg, "--vnet", vnet, "--flows", flows, "-o", "json"]);
    return out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Answer);
  }

  /**
   * What is wrong with an answer; undefined when nothing is. Rows about probes leave 168.63.129.16 out of VirtualNetwork, which Azure does not: there the
   * VirtualNetwork rule before the named one may decide (the corpus' README), and it has to be the one that does.
   */
  function fault(document: unknown, probe: Probe, answer: Answer | undefined): string | undefined {
    if (answer?.verdict === probe.expected && answer.rule === probe.rule && answer.priority === probe.priority)
      return undefined;
    const ofProbes = addressIn(probe.source) === "168.63.129.16";
    const { securityRules = [], defaultSecurityRules = [] } = reshaped(document, flat) as Record<string, Json[]>;
    const rule = [...securityRules, ...defaultSecurityRules].find(({ name }) => name === answer?.rule);
    if (ofProbes && rule?.["sourceAddressPrefix"] === "VirtualNetwork") return undefined;
    return `${JSON.stringify(probe)}: ${JSON.stringify(answer)}`;
  }

  const { probes: pair } = existsSync(PAIR)
    ? (read("azure-vdc-aks", "probes.json") as { readonly probes: readonly Probe[] })
    : { probes: [] };
  const sets = [
    { folder: "cloud-custodian-cassettes", vnet: "10.240.0.0/16", probes: read("nsg-probes.json") as readonly Probe[] },
    { folder: "azure-vdc-aks", vnet: "10.4.0.0/23,10.5.0.0/23", probes: pair },
  ];
  for (const [shape, turn] of SHAPES)
    it(`${shape}: every row right, by the rule that it names`, async (t) => {
      let judged = 0;
      const faults: string[] = [];
      for (const { folder, vnet, probes } of sets)
        for (const file of new Set(probes.map(({ nsg_file }) => nsg_file))) {
          const rows = probes.filter(({ nsg_file }) => nsg_file === file);
          const answers = await ask(turn(read(folder, file)), vnet, rows);
          assert.deepEqual(
            answers.map(({ line }) => line),
            rows.map((_, i) => i + 1),
          );
          faults.push(...rows.flatMap((row, i) => fault(read(folder, file), row, answers[i]) ?? []));
          judged += rows.length;
        }
      t.diagnostic(`${judged} rows`);
      assert.deepEqual(faults, []);
      assert.equal(judged, 107);
    });

  it("output that is no security group is refused in one sentence, never judged", async () => {
    const folder = join(CORPUS, "nsg", "vijayrod-demo");
    for (const file of readdirSync(folder)) {
      const argv = ["azure", "nsg", "--nsg-file", join(folder, file), "--from", "Internet", "--to", "10.5.0.4"];
      await assert.rejects(run([...argv, "--port", "80"]), (error: Error) => {
        assert.equal(error.name, "UserError");
        assert.ok(error.message.includes(basename(file)) && !error.message.includes("\n"), error.message);
        return true;
      });
    }
  });
});
