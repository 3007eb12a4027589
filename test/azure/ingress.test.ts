/** An Ingress on AKS: its last hop is the load balancer of the controller's own Service. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import type { KubeNode, Service } from "../../src/model/kube.ts";
import { ingress, ingressClass, nginxPod } from "../checks/ingress/_objects.ts";
import { bench } from "../support/kube.ts";
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

  it("with --azure=off, or without an address, az is not asked", async () => {
    const az = standIn({ answers: CLUSTER });
    assert.deepEqual(azureOnes(await judge(az, ["--azure=off"])), []);
    await judge(az, [], null);
    assert.deepEqual(az.calls(), []);
  });
});
