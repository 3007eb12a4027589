/**
 * The scenarios whose verdict needs probe results (⚑ of the catalogue): the dumps of test/cases with answers to requests laid beside them, as `--probe` would
 * have left them. What the address of the load balancer answers inside the cluster is among them: it must not count for the way from outside.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { discoverAzure } from "../../src/azure/discover.ts";
import { dumpRunner } from "../../src/azure/dump.ts";
import { fromNsgFiles } from "../../src/azure/nsg-files.ts";
import { CHECKS } from "../../src/checks/index.ts";
import { reportsOf } from "../../src/cli/judging.ts";
import { svcSelection } from "../../src/cli/target.ts";
import { dumpSource } from "../../src/collect/dump.ts";
import { gather } from "../../src/collect/gather.ts";
import type { ProbeClass, ProbeHop, ProbeResult, Vantage } from "../../src/model/probe-results.ts";
import type { Report } from "../../src/model/report.ts";
import { itemsOr, type Snapshot } from "../../src/model/snapshot.ts";
import { renderTable } from "../../src/render/table.ts";
import { LOCAL, result, vantage } from "../probe/support.ts";

const CASES = fileURLToPath(new URL("../cases", import.meta.url));
const ADDRESS = "20.62.1.9";
const lost = ["timeout-connect", "timeout-connect"] as const;

interface Answers {
  /** From a test pod: of every pod, of the cluster IP, and of the load balancer's address, which kube-proxy answers in its place. */
  readonly inside: readonly (number | ProbeClass)[];
  /** From the user's machine, of the load balancer's address. */
  readonly outside: readonly (number | ProbeClass)[];
}

async function snapshotOf(folder: string, name: string): Promise<Snapshot> {
  const source = await dumpSource([`${CASES}/${folder}/dump.yaml`], { stdin: process.stdin });
  return gather(source, { kind: "svc", namespace: "shop", selection: svcSelection(name) });
}

/** The snapshot with the answers to what `--probe` asks of each port of the Service. */
function probed(snapshot: Snapshot, name: string, { inside, outside }: Answers): Snapshot {
  const service = itemsOr(snapshot.collections.services).find(({ metadata }) => metadata.name === name);
  const pods = itemsOr(snapshot.collections.pods);
  const object = { kind: "Service", namespace: "shop", name };
  const items = (service?.spec?.ports ?? []).flatMap((port): readonly ProbeResult[] => {
    const scheme = port.appProtocol === "https" ? "https" : "http";
    const common = { scheme, guessed: false, path: "/", servicePort: port.port ?? 0 } as const;
    const to = (hop: ProbeHop, host: string, said: Answers["inside"], from: Vantage = vantage("aks-node-0")) =>
      result({ ...common, hop, host, port: port.port ?? 0, object }, said, from);
    return [
      ...pods.map((pod) =>
        result(
          {
            ...common,
            hop: "pod",
            host: pod.status?.podIP ?? "",
            port: 8080,
            object: { kind: "Pod", namespace: "shop", name: pod.metadata.name },
          },
          inside,
          vantage("aks-node-0"),
        ),
      ),
      to("cluster-ip", service?.spec?.clusterIP ?? "", inside),
      to("load-balancer", ADDRESS, inside),
      to("load-balancer", ADDRESS, outside, LOCAL),
    ];
  });
  const vantages = [vantage("aks-node-0"), LOCAL].map(
    ({ label }) => ({ what: label, outcome: "used", detail: "", namespace: "shop", names: [] }) as const,
  );
  return {
    ...snapshot,
    collections: {
      ...snapshot.collections,
      probes: { state: "ok", items },
      vantages: { state: "ok", items: vantages },
    },
  };
}

function reportOf(snapshot: Snapshot, name: string): Report {
  const [report, ...more] = reportsOf(
    { kind: "svc", namespace: "shop", selection: svcSelection(name) },
    snapshot,
    CHECKS,
  );
  assert.ok(report !== undefined && more.length === 0);
  return report;
}

const roots = ({ findings }: Report): readonly string[] =>
  findings
    .filter(({ severity, consequenceOf }) => severity !== "info" && consequenceOf === null)
    .map(({ id, severity }) => `${id} ${severity}`);
const consequences = ({ findings }: Report): readonly string[] =>
  findings.flatMap(({ id, consequenceOf }) => (consequenceOf === null ? [] : [`${id} ← ${consequenceOf}`]));

/** What a careless reading of "the address answers inside" would print. */
const CARELESS = /NSGs? (is|are) fine|load balancer (works|is fine|answers)|reachable from outside/i;
const printed = (report: Report): string =>
  renderTable(report, { columns: 120, colour: false, unicode: true, wide: false });

describe("AKS dumps with probe results", () => {
  const NSGS = ["subnet-nsg.json", "nic-nsg.json"].map((file) => `${CASES}/azure-19/${file}`);

  async function nineteen(answers: Answers, files = NSGS): Promise<Report> {
    const snapshot = probed(await snapshotOf("azure-19", "web"), "web", answers);
    const collections = { ...snapshot.collections, ...(await fromNsgFiles(files)) };
    return reportOf({ ...snapshot, collections }, "web");
  }

  it("19: lost from outside, 200 at the load balancer's address inside: the subnet's security group is the cause", async () => {
    const report = await nineteen({ inside: [200, 200], outside: lost });
    assert.deepEqual(roots(report), ["azure/nsg-no-allow-rule error"]);
    assert.deepEqual(consequences(report), ["probe/external-timeout ← azure/nsg-no-allow-rule"]);
    assert.equal(report.verdict, "broken");
    assert.match(report.summary, /subnet NSG hub-subnet-nsg stops clients/);
    assert.doesNotMatch(printed(report), CARELESS);
    assert.ok(!report.findings.some(({ id }) => id === "azure/nsg-cluster-rule-missing"));
  });

  it("19, not tried from outside: what the address answers inside changes nothing", async () => {
    const snapshot = probed(await snapshotOf("azure-19", "web"), "web", { inside: [200, 200], outside: lost });
    const inside = itemsOr(snapshot.collections.probes).filter((one) => one.vantage.kind !== "local");
    const probes = { state: "ok", items: inside } as const;
    const collections = { ...snapshot.collections, probes, ...(await fromNsgFiles(NSGS)) };
    assert.deepEqual(roots(reportOf({ ...snapshot, collections }, "web")), ["azure/nsg-no-allow-rule error"]);
  });

  it("19, but this machine gets through: then the files are not those of the nodes, and nothing is said of them", async () => {
    const report = await nineteen({ inside: [200, 200], outside: [200, 200] });
    assert.deepEqual([roots(report), report.verdict], [[], "healthy"]);
  });

  it("19, mended, and still lost from outside: the loss stays an error of its own, without a cause made up", async () => {
    const mended = NSGS.map((file) => file.replace("subnet-nsg.json", "subnet-nsg-mended.json"));
    const report = await nineteen({ inside: [200, 200], outside: lost }, mended);
    assert.deepEqual(roots(report), ["probe/external-timeout error"]);
  });

  it("20: the controller answers / with 404, so Azure takes every node for down", async () => {
    const name = "ingress-nginx-controller";
    const snapshot = probed(await snapshotOf("azure-20", name), name, { inside: [404, 404], outside: lost });
    const report = reportOf(snapshot, name);
    assert.deepEqual(roots(report), ["azure/probe-http-default-path error", "azure/probe-http-default-path error"]);
    assert.ok(consequences(report).every((one) => one === "probe/external-timeout ← azure/probe-http-default-path"));
    assert.equal(consequences(report).length, 2);
    assert.ok(!report.findings.some(({ id }) => /^(ingress\/controller|svc\/no-ready)/.test(id)));
    assert.match(printed(report), /GET \/ on the pods +HTTP 404/);
  });

  it("20, but / answers 200: no fault, and no word of it", async () => {
    const name = "ingress-nginx-controller";
    const snapshot = probed(await snapshotOf("azure-20", name), name, { inside: [200, 200], outside: [200, 200] });
    assert.deepEqual(roots(reportOf(snapshot, name)), []);
  });

  it("21: lost from outside, everything leaves through a firewall, the security groups let all through", async () => {
    const snapshot = probed(await snapshotOf("azure-21", "web"), "web", { inside: [200, 200], outside: lost });
    const { collections } = await discoverAzure(
      itemsOr(snapshot.collections.nodes),
      dumpRunner(`${CASES}/azure-21/azure`),
    );
    const report = reportOf({ ...snapshot, collections: { ...snapshot.collections, ...collections } }, "web");
    assert.deepEqual(roots(report), ["azure/asymmetric-route error"]);
    assert.deepEqual(consequences(report), ["probe/external-timeout ← azure/asymmetric-route"]);
    assert.ok(!report.findings.some(({ id }) => id.startsWith("azure/nsg")));
  });
});
