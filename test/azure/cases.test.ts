/**
 * The dumps of test/cases/azure-*: which findings are the roots, which ones must not be there, and the verdict. The transcripts show what people
 * read; a transcript alone does not say what would be wrong in it.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { read, run, type Said } from "./run.ts";

interface Scenario {
  readonly folder: string;
  readonly name: string;
  /** What follows `svc`, file names relative to the folder. */
  readonly argv: readonly string[];
  readonly code: number;
  readonly verdict: string;
  /** Errors and warnings that are roots, in order: the first is the one that people read. */
  readonly roots: readonly string[];
  /** Beginnings of ids that a naive check would raise. */
  readonly silent: readonly string[];
}

const SCENARIOS: readonly Scenario[] = [
  {
    folder: "azure-15",
    name: "policy Local, pods on an excluded node only",
    argv: ["web", "-f", "dump.yaml"],
    code: 1,
    verdict: "broken",
    roots: ["svc/external-local-on-excluded-nodes error"],
    silent: ["svc/external-local-partial", "svc/external-local-no-endpoint"],
  },
  {
    folder: "azure-17",
    name: "pending: the identity may not join the subnet",
    argv: ["web", "-f", "dump.yaml"],
    code: 1,
    verdict: "broken",
    roots: ["azure/event-authorization error"],
    silent: ["svc/lb-no-provider", "azure/event-subnet", "azure/event-timeout"],
  },
  {
    folder: "azure-18",
    name: "pending: the subnet does not exist",
    argv: ["web", "-f", "dump.yaml"],
    code: 1,
    verdict: "broken",
    roots: ["azure/event-subnet-not-found error"],
    silent: ["azure/event-subnet-full", "azure/event-authorization", "svc/lb-no-provider"],
  },
  {
    folder: "azure-19",
    name: "an NSG of your own on the subnet, without a rule",
    argv: ["web", "-f", "dump.yaml", "--nsg-file", "subnet-nsg.json", "--nsg-file", "nic-nsg.json"],
    code: 1,
    verdict: "broken",
    roots: ["azure/nsg-no-allow-rule error"],
    silent: ["azure/nsg-cluster-rule", "azure/nsg-denies-probe", "azure/nsg-denies-intra-cluster", "azure/no-nsg"],
  },
  {
    folder: "azure-19",
    name: "the same, mended by the command of the remedy",
    argv: ["web", "-f", "dump.yaml", "--nsg-file", "subnet-nsg-mended.json", "--nsg-file", "nic-nsg.json"],
    code: 0,
    verdict: "healthy",
    roots: [],
    silent: ["azure/"],
  },
  {
    folder: "azure-20",
    name: "a health probe of / that ingress-nginx answers with 404",
    argv: ["ingress-nginx-controller", "-f", "dump.yaml"],
    code: 0,
    verdict: "degraded",
    roots: ["azure/probe-http-default-path warning", "azure/probe-http-default-path warning"],
    silent: ["ingress/controller-not-ready", "svc/no-ready-endpoints", "azure/nsg"],
  },
  {
    folder: "azure-21",
    name: "answers leave through a firewall",
    argv: ["web", "-f", "dump.yaml", "--azure-dump", "azure"],
    code: 0,
    verdict: "degraded",
    roots: ["azure/asymmetric-route warning"],
    silent: ["azure/nsg", "azure/no-nsg", "azure/lb-", "azure/unavailable"],
  },
  {
    folder: "azure-22",
    name: "a source range with host bits, and no event",
    argv: ["web", "-f", "dump.yaml"],
    code: 1,
    verdict: "broken",
    roots: ["azure/source-ranges-invalid error"],
    silent: ["azure/source-ranges-not-enforced-in-vnet", "azure/event-"],
  },
  {
    folder: "azure-23",
    name: 'internal: "yes"',
    argv: ["web", "-f", "dump.yaml"],
    code: 0,
    verdict: "degraded",
    roots: ["azure/internal-annotation-ineffective warning"],
    silent: ["azure/internal-but-client-external", "azure/annotation-unknown"],
  },
  {
    folder: "azure-h9",
    name: 'policy Local on three of ten nodes, one cordoned, internal: "True"',
    argv: ["web", "-f", "dump.yaml"],
    code: 0,
    verdict: "healthy",
    roots: [],
    silent: ["azure/internal-annotation-ineffective", "azure/probe-http-default-path", "azure/nsg"],
  },
  {
    folder: "azure-h12",
    name: "Azure NPM with default-deny behind a load balancer, a readiness gate that is met",
    argv: ["web", "-f", "dump.yaml", "--azure-dump", "azure"],
    code: 0,
    verdict: "healthy",
    roots: [],
    silent: ["net/policy-denies", "pod/readiness-gate-unmet", "azure/"],
  },
  {
    folder: "azure-h12",
    name: "what KEDA put to zero is a warning",
    argv: ["reports", "-f", "dump.yaml"],
    code: 0,
    verdict: "degraded",
    roots: ["workload/scaled-to-zero warning"],
    silent: ["svc/selector-matches-nothing error", "azure/"],
  },
];

const CASES = fileURLToPath(new URL("../cases", import.meta.url));
const FILE = /\.(yaml|json)$|^azure$/;

async function judge({ folder, argv }: Scenario): Promise<Said> {
  const words = argv.map((word) => (FILE.test(word) ? `${CASES}/${folder}/${word}` : word));
  return read(await run(["svc", ...words, "-n", "shop", "-o", "json"]));
}

describe("AKS dumps", () => {
  for (const one of SCENARIOS)
    it(`${one.folder}: ${one.name}`, async () => {
      const said = await judge(one);
      assert.deepEqual(
        said.findings.filter((finding) => / (error|warning)$/.test(finding)),
        one.roots,
      );
      assert.deepEqual([said.code, said.verdict], [one.code, one.verdict]);
      const all = [...said.findings, ...said.findings.map((finding) => finding.replace(/ .*/, ""))];
      for (const id of one.silent) {
        // The info beside a healthy Service is welcome where the scenario forbids the warning only.
        const worse = id.startsWith("svc/external-local-partial") ? `${id} warning` : id;
        assert.ok(!all.some((finding) => finding.startsWith(worse)), `${id} in ${said.findings.join(", ")}`);
      }
    });
});
