/** Whole runs about AKS: what the command line says of a broken state, and what it must not say. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { discoverAzure } from "../../src/azure/discover.ts";
import { dumpRunner, fileOf, recording } from "../../src/azure/dump.ts";
import type { KubeEvent, KubeNode, Pod, Service } from "../../src/model/kube.ts";
import { lb } from "../checks/azure/build.ts";
import { bench } from "../support/kube.ts";
import { ago, event, NOW, node, pod, slice } from "../support/objects.ts";
import { type Run, read, run, type Said } from "./run.ts";
import { CLUSTER, IDS, PROVIDER_ID, standIn } from "./stand-in.ts";

const { api } = bench();
const dir = mkdtempSync(join(tmpdir(), "netcheck-aks-"));
after(() => rmSync(dir, { recursive: true, force: true }));

const NODE: KubeNode = node({
  metadata: { labels: { "kubernetes.io/os": "linux" } },
  spec: { providerID: PROVIDER_ID },
  status: { addresses: [{ type: "InternalIP", address: "10.224.0.4" }] },
});
const HEALTHY = { pods: [pod()], slices: [slice()], nodes: [NODE] };

interface World {
  readonly service: Service;
  readonly pods?: readonly Pod[];
  readonly nodes?: readonly KubeNode[];
  readonly events?: readonly KubeEvent[];
}

function objectsOf({
  service,
  pods = HEALTHY.pods,
  nodes = HEALTHY.nodes,
  events = [],
}: World): readonly (Pod | Service | KubeNode | KubeEvent)[] {
  return [service, ...pods, ...HEALTHY.slices, ...nodes, ...events];
}

/** Judges Service web of a dump. */
async function judged(world: World, ...flags: readonly string[]): Promise<Said> {
  const path = join(dir, "dump.json");
  const versions: Readonly<Record<string, string>> = { EndpointSlice: "discovery.k8s.io/v1", Deployment: "apps/v1" };
  const items = objectsOf(world).map((object) => ({ apiVersion: versions[object.kind] ?? "v1", ...object }));
  writeFileSync(path, JSON.stringify({ apiVersion: "v1", kind: "List", metadata: { takenAt: NOW }, items }));
  return read(await run(["svc", "web", "-n", "shop", "-f", path, "-o", "json", ...flags]));
}

/** A dump of Azure with the cluster of the stand-in; `instead` replaces answers. */
async function azureDump(instead: readonly (readonly [string, unknown])[] = []): Promise<string> {
  const folder = mkdtempSync(join(dir, "azure-"));
  const ask = recording(folder, async (args) => {
    const found = [...instead, ...CLUSTER].find(([words]) => args.join(" ").includes(words));
    return found === undefined
      ? { state: "failed", kind: "not-found", detail: "", next: [] }
      : { state: "ok", json: found[1] };
  });
  await discoverAzure([NODE], ask);
  return folder;
}

function nsgFile(name: string, securityRules: readonly object[]): string {
  const path = join(dir, name);
  writeFileSync(path, JSON.stringify({ name: name.replace(".json", ""), securityRules }));
  return path;
}

const clusterRule = {
  name: "k8s-azure-lb_allow_IPv4_1",
  priority: 500,
  direction: "Inbound",
  access: "Allow",
  protocol: "Tcp",
  sourceAddressPrefix: "Internet",
  sourcePortRange: "*",
  destinationAddressPrefix: "20.62.1.9",
  destinationPortRange: "80",
};

const none = (said: Said, ...ids: readonly string[]): void => {
  for (const id of ids)
    assert.ok(!said.findings.some((one) => one.startsWith(id)), `${id} in ${said.findings.join(", ")}`);
};
const has = (said: Said, finding: string): void =>
  assert.ok(said.findings.includes(finding), `${finding} not in ${said.findings.join(", ")}`);

describe("AKS scenarios", () => {
  it("a healthy public Service", async () => {
    const said = await judged({ service: lb() });
    assert.deepEqual([said.code, said.verdict], [0, "healthy"], said.findings.join(", "));
  });

  const pending = lb({}, {}, null);
  const failed = (message: string): readonly KubeEvent[] => [
    event(pending, {
      reason: "SyncLoadBalancerFailed",
      source: "service-controller",
      message: `Error syncing load balancer: failed to ensure load balancer: ${message}`,
    }),
  ];

  it("17 pending, since the cluster's identity may not join the subnet", async () => {
    const said = await judged({
      service: pending,
      events: failed("LinkedAuthorizationFailed: … subnets/join/action …"),
    });
    has(said, "azure/event-authorization error");
    assert.equal(said.code, 1);
    none(said, "svc/lb-no-provider");
    assert.ok(
      said.findings.every(
        (one) => !/^svc\/lb-(sync-failed|pending)/.test(one) || one.endsWith("← azure/event-authorization"),
      ),
      said.findings.join(", "),
    );
  });

  it("18 pending, since the named subnet does not exist", async () => {
    const service = {
      ...pending,
      metadata: {
        ...pending.metadata,
        annotations: {
          "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
          "service.beta.kubernetes.io/azure-load-balancer-internal-subnet": "nope",
        },
      },
    };
    const said = await judged({ service, events: failed("failed to get subnet: aks-vnet/nope") });
    has(said, "azure/event-subnet-not-found error");
    none(said, "azure/event-subnet-full");
  });

  it("19 an NSG of your own on the subnet, without a rule", async () => {
    const said = await judged(
      { service: lb() },
      "--nsg-file",
      nsgFile("custom.json", []),
      "--nsg-file",
      nsgFile("nic.json", [clusterRule]),
    );
    has(said, "azure/nsg-no-allow-rule error");
    assert.equal(said.code, 1);
    none(said, "azure/nsg-cluster-rule-missing");
    const mended = await judged(
      { service: lb() },
      "--nsg-file",
      nsgFile("mended.json", [{ ...clusterRule, priority: 200 }]),
      "--nsg-file",
      nsgFile("nic.json", [clusterRule]),
    );
    assert.equal(mended.code, 0);
    none(mended, "azure/nsg");
  });

  it("20 a health probe of / that ingress controllers answer with 404", async () => {
    const said = await judged({
      service: lb(
        {},
        { ports: [{ port: 80, targetPort: 8080, nodePort: 31080, protocol: "TCP", appProtocol: "http" }] },
      ),
    });
    has(said, "azure/probe-http-default-path warning");
    none(said, "svc/no-ready-endpoints", "ingress/controller-not-ready");
  });

  it("21 everything leaves through a firewall", async () => {
    const routes = [
      { name: "out", addressPrefix: "0.0.0.0/0", nextHopType: "VirtualAppliance", nextHopIpAddress: "10.224.9.4" },
    ];
    const folder = await azureDump([
      ["network route-table show", { id: IDS.routes, name: "routes", routes }],
      [
        "networksecuritygroups/custom",
        { id: IDS.custom, name: "custom", securityRules: [{ ...clusterRule, destinationAddressPrefix: "*" }] },
      ],
    ]);
    const said = await judged({ service: lb() }, "--azure-dump", folder);
    has(said, "azure/asymmetric-route warning");
    none(said, "azure/nsg");
  });

  it("22 a source range with host bits shuts everybody out, though no event says so", async () => {
    const said = await judged({ service: lb({}, { loadBalancerSourceRanges: ["10.0.0.1/24"] }) });
    has(said, "azure/source-ranges-invalid error");
    assert.equal(said.code, 1);
  });

  it('23 internal: "yes" leaves the Service public', async () => {
    const said = await judged({ service: lb({ "azure-load-balancer-internal": "yes" }) });
    has(said, "azure/internal-annotation-ineffective warning");
    assert.deepEqual([said.code, said.verdict], [0, "degraded"]);
  });

  it('H9 policy Local on some of the nodes, one of them cordoned, internal: "True"', async () => {
    const nodes = [
      NODE,
      ...["node-2", "node-3"].map((name) => ({
        ...NODE,
        metadata: { ...NODE.metadata, name },
        spec: { ...NODE.spec, ...(name === "node-3" ? { unschedulable: true } : {}) },
      })),
    ];
    const service = lb(
      { "azure-load-balancer-internal": "True" },
      { externalTrafficPolicy: "Local", healthCheckNodePort: 32000 },
      "10.224.0.50",
    );
    const said = await judged({ service, nodes });
    assert.equal(said.code, 0);
    none(said, "azure/internal-annotation-ineffective", "azure/probe-http-default-path");
    assert.ok(
      said.findings.every((one) => one.includes(" info")),
      said.findings.join(", "),
    );
  });

  it("a folder of Azure's answers that is none is the user's to mend", async () => {
    const missing = join(dir, "no-such-folder");
    await assert.rejects(judged({ service: lb() }, "--azure-dump", missing), /no-such-folder: there is no such folder/);
    const empty = mkdtempSync(join(dir, "empty-"));
    await assert.rejects(judged({ service: lb() }, "--azure-dump", empty), /holds no answer of az/);
    const file = nsgFile("file.json", []);
    await assert.rejects(judged({ service: lb() }, "--azure-dump", file), /file\.json: it is no folder/);
  });

  it("a change that fails while the old load balancer serves", async () => {
    const said = await judged({ service: lb(), events: failed("LinkedAuthorizationFailed") });
    has(said, "azure/event-authorization warning");
    assert.equal(said.code, 0);
  });
});

describe("AKS with az", () => {
  /** Judges Service web of a live cluster, with a stand-in for az on the PATH, or none. */
  async function live(az: { readonly program: string } | undefined, ...flags: readonly string[]): Promise<Said> {
    const service = lb();
    const server = await api({ objects: objectsOf({ service }), now: ago(0) });
    const empty = join(dir, "empty-path");
    mkdirSync(empty, { recursive: true });
    const path = az === undefined ? empty : `${dirname(az.program)}:/usr/bin:/bin`;
    return read(
      await run(["svc", "web", "-n", "shop", "--kubeconfig", server.kubeconfigPath, "-o", "json", ...flags], {
        PATH: path,
      }),
    );
  }

  it("reads the path from Azure and names the NSG that denies", async () => {
    const said = await live(standIn({ answers: CLUSTER }));
    has(said, "azure/nsg-no-allow-rule error");
    assert.equal(said.code, 1);
    none(said, "azure/unavailable", "azure/lb-rule-missing", "azure/nsg-cluster-rule-missing");
  });

  it("--azure=off asks nothing", async () => {
    const az = standIn({ answers: CLUSTER });
    const said = await live(az, "--azure=off");
    assert.deepEqual([said.code, az.calls()], [0, []]);
    none(said, "azure/");
  });

  const broken: readonly (readonly [string, string | undefined, RegExp])[] = [
    ["is not installed", undefined, /install the Azure CLI/],
    ["is not logged in", 'echo "ERROR: Please run az login to setup account." >&2; exit 1', /^Azure: .*az login$/],
    [
      "has another subscription",
      'echo "ERROR: (SubscriptionNotFound) gone" >&2; exit 1',
      /az account set --subscription s-1/,
    ],
    ["is refused", 'echo "ERROR: (AuthorizationFailed) no" >&2; exit 1', /Reader/],
    ["prints garbage", 'echo "<html>"; exit 0', /az account show/],
  ];
  for (const [what, script, next] of broken)
    it(`az ${what}: unknown with the next step, and the verdict on the rest stays`, async () => {
      const said = await live(script === undefined ? undefined : standIn({ script }));
      assert.deepEqual([said.code, said.verdict], [0, "healthy"], said.findings.join(", "));
      has(said, "azure/unavailable info");
      const azure = said.unread.filter((one) => one.startsWith("Azure"));
      assert.equal(azure.length, 1, azure.join("\n"));
      assert.match(azure[0] ?? "", next);
    });

  it("without az one note says what was left out, and by which commands to make up for it", async () => {
    const server = await api({ objects: objectsOf({ service: lb() }), now: ago(0) });
    const argv = ["svc", "web", "-n", "shop", "--kubeconfig", server.kubeconfigPath];
    const { out } = await run(argv, { PATH: join(dir, "empty-path") });
    const note = out
      .replace(/\n {2}/g, " ")
      .split("\n")
      .filter((line) => /azure\/unavailable/.test(line));
    assert.equal(note.length, 1, out);
    assert.match(note[0] ?? "", /\(the Azure CLI \(az\) is not installed\)/);
    assert.match(note[0] ?? "", /by hand: az network nsg list -g MC_rg --subscription s-1 -o json, then --nsg-file/);
  });
});

describe("az that does not behave, in a whole run", () => {
  /** What az does on the way: the script runs before the recorded answers of the cluster. */
  async function judge(script: string, ...flags: readonly string[]): Promise<Said> {
    const server = await api({ objects: objectsOf({ service: lb() }), now: ago(0) });
    const az = standIn({ answers: CLUSTER, script });
    const argv = ["svc", "web", "-n", "shop", "--kubeconfig", server.kubeconfigPath, "-o", "json", ...flags];
    return read(await run(argv, { PATH: `${dirname(az.program)}:/usr/bin:/bin` }));
  }
  const azureLines = (said: Said): readonly string[] => said.unread.filter((one) => one.startsWith("Azure"));
  const when = (words: string, script: string): string => `case "$*" in *"${words}"*) ${script};; esac`;

  it("hangs at once: everything of Azure is unknown, and the run ends with the verdict on the rest", async () => {
    const said = await judge("sleep 600", "--azure-timeout", "0.5");
    assert.deepEqual([said.code, said.verdict], [0, "healthy"], said.findings.join(", "));
    has(said, "azure/unavailable info");
    assert.equal(azureLines(said).length, 1);
    assert.match(azureLines(said)[0] ?? "", /time az account show --subscription s-1/);
  });

  it("hangs on the security groups only: what was answered is judged, the groups are unknown", async () => {
    const said = await judge(when("network nsg show", "sleep 600"), "--azure-timeout", "4");
    assert.equal(said.code, 0);
    none(said, "azure/unavailable", "azure/nsg-no-allow-rule", "azure/lb-rule-missing");
    has(said, "azure/nsg-unreadable info");
    assert.ok(
      azureLines(said).some((one) => one.includes("network security groups") && /time az network nsg show/.test(one)),
      said.unread.join("\n"),
    );
  });

  const refusals: readonly (readonly [string, string])[] = [
    ["a 403 on the subnet's security group", 'echo "ERROR: (AuthorizationFailed) no" >&2; exit 1'],
    ["garbage for the subnet's security group", 'echo "<html>proxy</html>"; exit 0'],
    ["a crash with the subnet's security group", 'echo "Traceback (most recent call last):" >&2; exit 1'],
  ];
  for (const [what, script] of refusals)
    it(`${what}: no finding of it, no word of health either`, async () => {
      const said = await judge(when("networksecuritygroups/custom", script));
      assert.equal(said.code, 0);
      none(said, "azure/nsg-no-allow-rule", "azure/nsg-cluster", "azure/no-nsg");
      has(said, "azure/nsg-unreadable info");
      assert.ok(
        azureLines(said).some((one) => one.includes("network security groups")),
        said.unread.join("\n"),
      );
    });

  it("the process itself ends, with its exit code and without a trace", async () => {
    const server = await api({ objects: objectsOf({ service: lb() }), now: ago(0) });
    const az = standIn({ script: "sleep 600 & wait" });
    const argv = [
      "src/main.ts",
      "svc",
      "web",
      "-n",
      "shop",
      "--kubeconfig",
      server.kubeconfigPath,
      "--azure-timeout=0.5",
    ];
    const { code, out, err } = await new Promise<Run>((resolve) => {
      const child = spawn(process.execPath, argv, {
        env: { ...process.env, PATH: `${dirname(az.program)}:/usr/bin:/bin` },
      });
      let [out, err] = ["", ""];
      child.stdout.on("data", (chunk) => {
        out += chunk;
      });
      child.stderr.on("data", (chunk) => {
        err += chunk;
      });
      child.on("close", (status) => resolve({ code: status ?? -1, out, err }));
    });
    assert.equal(code, 0, err);
    assert.match(out, /no answer within|too slowly/);
    // Nothing of Azure on stderr where no terminal is.
    assert.equal(err, "");
  });

  it("--azure-timeout wants seconds", async () => {
    await assert.rejects(judge("", "--azure-timeout", "soon"), /--azure-timeout soon is no number of seconds/);
  });
});

describe("clusters that are not Azure's, and Services without a load balancer", () => {
  const cases: readonly (readonly [string, World])[] = [
    ["no node of Azure", { service: lb(), nodes: [node()] }],
    ["a ClusterIP Service", { service: { ...lb(), spec: { ...lb().spec, type: "ClusterIP" } } }],
    ["a Service of another load balancer's class", { service: lb({}, { loadBalancerClass: "tailscale" }) }],
  ];
  for (const [what, world] of cases)
    it(`${what}: az is never started, and nothing is said of it`, async () => {
      const server = await api({ objects: objectsOf(world), now: ago(0) });
      const az = standIn({ answers: CLUSTER });
      const { err } = await run(
        ["svc", "web", "-n", "shop", "--kubeconfig", server.kubeconfigPath],
        { PATH: `${dirname(az.program)}:/usr/bin:/bin` },
        true,
      );
      assert.deepEqual([az.calls(), err], [[], ""]);
    });

  it("on Azure a terminal is told that az is asked, and for how long at most", async () => {
    const server = await api({ objects: objectsOf({ service: lb() }), now: ago(0) });
    const az = standIn({ answers: CLUSTER });
    const argv = ["svc", "web", "-n", "shop", "--kubeconfig", server.kubeconfigPath];
    const path = { PATH: `${dirname(az.program)}:/usr/bin:/bin` };
    const { err } = await run(argv, path, true);
    assert.match(err, /^\r\x1b\[Kasking Azure: 0 of 1 answered, 20 s at most \(--azure=off: not at all\)/);
    assert.match(err, /: 13 of 13 answered/);
    // Nothing of it stays on the screen.
    assert.ok(err.endsWith("\r\x1b[K"));
    assert.equal((await run(argv, path, false)).err, "");
  });
});

describe("netcheck azure collect", () => {
  it("writes a dump that says what az said", async () => {
    const server = await api({ objects: objectsOf({ service: lb() }), now: ago(0) });
    const az = standIn({ answers: CLUSTER });
    const folder = join(dir, "collected");
    const { code, out, err } = await run(
      ["azure", "collect", "--kubeconfig", server.kubeconfigPath, "--azure-dump", folder],
      {
        PATH: `${dirname(az.program)}:/usr/bin:/bin`,
      },
    );
    assert.deepEqual([code, err], [0, ""]);
    assert.ok(out.split("\n").includes(`${folder}/${fileOf(["aks", "list", "--subscription", "s-1"])}`), out);
    const { collections } = await discoverAzure([NODE], dumpRunner(folder));
    assert.equal(collections.azureNsgs.state, "ok");
    const said = await judged({ service: lb() }, "--azure-dump", folder);
    has(said, "azure/nsg-no-allow-rule error");
  });

  it("fails with the reason when az does", async () => {
    const server = await api({ objects: [NODE], now: ago(0) });
    const az = standIn({ script: 'echo "ERROR: Please run az login to setup account." >&2; exit 1' });
    const { code, err } = await run(
      ["azure", "collect", "--kubeconfig", server.kubeconfigPath, "--azure-dump", join(dir, "none")],
      {
        PATH: `${dirname(az.program)}:/usr/bin:/bin`,
      },
    );
    assert.equal(code, 2);
    assert.match(err, /next: az login/);
  });
});
