/** An Ingress on AKS: its last hop is the load balancer of the controller's own Service. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { fromNsgFiles } from "../../src/azure/nsg-files.ts";
import { CHECKS } from "../../src/checks/index.ts";
import { reportsOf } from "../../src/cli/judging.ts";
import { gather } from "../../src/collect/gather.ts";
import type { KubeNode, Service } from "../../src/model/kube.ts";
import type { ProbeClass, ProbeHop, ProbeResult, Vantage } from "../../src/model/probe-results.ts";
import type { Report } from "../../src/model/report.ts";
import { ingress, ingressClass, nginxPod } from "../checks/ingress/_objects.ts";
import { LOCAL, result, vantage } from "../probe/support.ts";
import { bench } from "../support/kube.ts";
import { memorySource } from "../support/memory-source.ts";
import { ago, node, pod, service, slice } from "../support/objects.ts";
import { read, run, type Said } from "./run.ts";
import { CLUSTER, PROVIDER_ID, type StandIn, standIn } from "./stand-in.ts";

const { api } = bench();
const dir = mkdtempSync(join(tmpdir(), "netcheck-ingress-aks-"));
after(() => rmSync(dir, { recursive: true, force: true }));

const NODE: KubeNode = node({
  metadata: { labels: { "kubernetes.io/os": "linux" } },
  spec: { providerID: PROVIDER_ID },
  status: { addresses: [{ type: "InternalIP", address: "10.224.0.4" }] },
});
const ADDRESS = "20.62.1.9";

function controllerService(ip: string | null): Service {
  return service({
    metadata: { name: "ingress-nginx-controller", namespace: "ingress-nginx" },
    spec: {
      type: "LoadBalancer",
      selector: { "app.kubernetes.io/name": "ingress-nginx" },
      ports: [{ name: "http", port: 80, targetPort: "http", nodePort: 31080, protocol: "TCP" }],
    },
    status: { loadBalancer: ip === null ? {} : { ingress: [{ ip }] } },
  });
}

/** Judges Ingress shop/web of a live cluster; without az there is none on the PATH. */
async function judge(
  az: StandIn | undefined,
  flags: readonly string[] = [],
  ip: string | null = ADDRESS,
): Promise<Said> {
  const controller = nginxPod();
  const objects = [
    ingress({ address: ip }),
    ingressClass(),
    service(),
    pod(),
    slice(),
    NODE,
    controllerService(ip),
    controller,
  ];
  const server = await api({ objects, now: ago(0) });
  const empty = join(dir, "empty");
  mkdirSync(empty, { recursive: true });
  const path = az === undefined ? empty : `${dirname(az.program)}:/usr/bin:/bin`;
  const argv = ["ingress", "web", "-n", "shop", "--kubeconfig", server.kubeconfigPath, "-o", "json", ...flags];
  return read(await run(argv, { PATH: path }));
}

/** Judges it with what tries of its URL brought, and a security group on the subnet that has no rule. */
async function judgeProbed(probes: readonly ProbeResult[]): Promise<Report> {
  const objects = [ingress({ address: ADDRESS }), ingressClass(), service(), pod(), slice(), NODE];
  const source = memorySource([...objects, controllerService(ADDRESS), nginxPod()]);
  const request = { kind: "ingress", namespace: "shop", selection: { by: "name", name: "web" } } as const;
  const snapshot = await gather(source, request);
  const files = [join(dir, "subnet.json"), join(dir, "nic.json")];
  const rule = { priority: 500, direction: "Inbound", access: "Allow", protocol: "Tcp", sourcePortRange: "*" };
  const web = {
    ...rule,
    name: "web",
    sourceAddressPrefix: "*",
    destinationAddressPrefix: "*",
    destinationPortRange: "*",
  };
  writeFileSync(files[0] ?? "", JSON.stringify({ name: "custom", securityRules: [] }));
  writeFileSync(files[1] ?? "", JSON.stringify({ name: "nic", securityRules: [web] }));
  const collections = {
    ...snapshot.collections,
    ...(await fromNsgFiles(files)),
    probes: { state: "ok", items: probes },
  } as const;
  const [report] = reportsOf(request, { ...snapshot, collections }, CHECKS);
  assert.ok(report);
  return report;
}

const at = (hop: ProbeHop, host: string, said: readonly (number | ProbeClass)[], from: Vantage): ProbeResult =>
  result(
    {
      hop,
      host,
      name: "shop.example.com",
      port: 80,
      scheme: "http",
      guessed: false,
      path: "/",
      servicePort: 80,
      object: { kind: "Service", namespace: "ingress-nginx", name: "ingress-nginx-controller" },
    },
    said,
    from,
  );

const azureOnes = (said: Said): readonly string[] => said.findings.filter((one) => one.startsWith("azure/"));

describe("an Ingress on AKS", () => {
  it("is denied by the security group before the controller's load balancer: az is asked about that one", async () => {
    const az = standIn({ answers: CLUSTER });
    const said = await judge(az);
    assert.ok(az.calls().length > 5);
    assert.deepEqual([said.code, said.verdict], [1, "broken"], said.findings.join(", "));
    assert.ok(azureOnes(said).includes("azure/nsg-no-allow-rule error"), said.findings.join(", "));
  });

  it("by files as well", async () => {
    const path = join(dir, "custom.json");
    writeFileSync(path, JSON.stringify({ name: "custom", securityRules: [] }));
    const said = await judge(undefined, ["--nsg-file", path]);
    assert.ok(azureOnes(said).includes("azure/nsg-no-allow-rule error"), said.findings.join(", "));
  });

  it("without az nothing is said of health: it is listed as unread, once, with the next step", async () => {
    const said = await judge(undefined);
    assert.deepEqual(azureOnes(said), ["azure/unavailable info"]);
    const unread = said.unread.filter((one) => one.startsWith("Azure"));
    assert.equal(unread.length, 1, unread.join("\n"));
    assert.match(unread[0] ?? "", /install the Azure CLI/);
  });

  it("lost from outside, answered inside: the group is the one root, and explains the loss", async () => {
    const lost = ["timeout-connect", "timeout-connect"] as const;
    const report = await judgeProbed([
      at("controller-ip", "10.0.0.10", [200, 200], vantage()),
      at("controller-lb", ADDRESS, [200, 200], vantage()),
      at("controller-lb", ADDRESS, lost, LOCAL),
    ]);
    const found = report.findings.filter(({ id, severity }) => /^(azure|probe)\//.test(id) && severity !== "info");
    assert.deepEqual(
      found.map(({ id, severity, consequenceOf }) => [id, severity, consequenceOf]),
      [
        ["azure/nsg-no-allow-rule", "error", null],
        ["probe/external-timeout", "error", "azure/nsg-no-allow-rule"],
      ],
    );
    assert.ok(
      found[0]?.evidence.some(({ k }) => k === `${ADDRESS}:80 from this machine`),
      JSON.stringify(found[0]),
    );
  });

  it("this machine gets through: nothing is said of the group", async () => {
    const report = await judgeProbed([at("controller-lb", ADDRESS, [200, 200], LOCAL)]);
    assert.deepEqual(
      report.findings.filter(({ id }) => /^(azure|probe)\//.test(id)).map(({ id }) => id),
      [],
    );
  });

  it("with --azure=off, or without an address, az is not asked", async () => {
    const az = standIn({ answers: CLUSTER });
    assert.deepEqual(azureOnes(await judge(az, ["--azure=off"])), []);
    await judge(az, [], null);
    assert.deepEqual(az.calls(), []);
  });
});
