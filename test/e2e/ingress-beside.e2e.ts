/**
 * What lies beside an Ingress, on a real cluster, and what looking there costs: its Service in another namespace, and an admission webhook of the controller that nobody serves. The webhook
 * is called for the test's own namespace only, so that no other test's Ingress is refused.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { recordingProxy } from "../../scripts/bench/recording-proxy.ts";
import type { Report } from "../../src/model/report.ts";
import { run } from "../cluster/proc.ts";
import { deployment, service } from "./scenarios/manifests.ts";
import { apply, eventually, kubectl, kubectlRun, netcheck } from "./support/cluster.ts";
import { ingress } from "./support/objects.ts";
import { target } from "./support/target.ts";

const RUN = Math.floor(Date.now() / 1000).toString(36);
const HERE = `netcheck-beside-${RUN}`;
const THERE = `${HERE}-there`;
const WEBHOOK = `netcheck-${RUN}`;
const SERVICE = `netcheck-${RUN}-admission`;

const twoBackends = {
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name: "two" },
  spec: {
    ingressClassName: "nginx",
    rules: [
      {
        host: `two-${RUN}.netcheck.test`,
        http: {
          paths: ["web", "other"].map((name) => ({
            path: `/${name}`,
            pathType: "Prefix",
            backend: { service: { name, port: { number: 80 } } },
          })),
        },
      },
    ],
  },
};

const webhook = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: WEBHOOK },
  webhooks: [
    {
      name: "validate.nginx.ingress.kubernetes.io",
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      failurePolicy: "Fail",
      timeoutSeconds: 2,
      clientConfig: { service: { namespace: "ingress-nginx", name: SERVICE, path: "/" } },
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": HERE } },
      rules: [
        {
          apiGroups: ["networking.k8s.io"],
          apiVersions: ["v1"],
          resources: ["ingresses"],
          operations: ["CREATE", "UPDATE"],
        },
      ],
    },
  ],
};

async function judged(name: string): Promise<{ readonly code: number; readonly report: Report }> {
  const { code, stdout, stderr } = await netcheck(["ingress", name, "-n", HERE, "-o", "json"]);
  assert.notEqual(stdout, "", stderr);
  return { code, report: JSON.parse(stdout) as Report };
}

const idsOf = ({ findings }: Report): readonly string[] =>
  findings.filter(({ severity, consequenceOf }) => severity !== "info" && consequenceOf === null).map(({ id }) => id);

describe("beside an Ingress", () => {
  const folder = mkdtempSync(join(tmpdir(), "netcheck-beside-"));

  before(async () => {
    for (const namespace of [HERE, THERE]) {
      await kubectl(["create", "namespace", namespace]);
      await eventually(() => kubectl(["-n", namespace, "get", "serviceaccount", "default"]), { timeout: 20_000 });
    }
    await apply(HERE, [deployment(), service(), ingress("web", `${RUN}.netcheck.test`, "web")]);
    await apply(HERE, [service({}, { name: "other" }), twoBackends]);
    await apply(HERE, [ingress("stray", `stray-${RUN}.netcheck.test`, "elsewhere")]);
    await apply(THERE, [service({}, { name: "elsewhere" })]);
    await kubectl(["-n", HERE, "rollout", "status", "deploy/web", "--timeout=90s"]);
  });

  after(async () => {
    rmSync(folder, { recursive: true });
    await kubectlRun(["delete", "validatingwebhookconfiguration", WEBHOOK, "--ignore-not-found"]);
    await kubectlRun(["-n", "ingress-nginx", "delete", "service", SERVICE, "--ignore-not-found"]);
    await kubectlRun(["delete", "namespace", HERE, THERE, "--wait=false", "--ignore-not-found"]);
  });

  it("names the namespace that has the Service", async () => {
    const { code, report } = await judged("stray");
    assert.equal(code, 1);
    assert.equal(idsOf(report)[0], "ingress/backend-service-missing");
    const where = report.findings.find(({ id }) => id === "ingress/backend-cross-namespace");
    assert.deepEqual([where?.severity, where?.consequenceOf], ["warning", "ingress/backend-service-missing"]);
    assert.ok(where?.summary.includes(THERE));
  });

  it("an Ingress with two backends costs at most fifteen requests, counted at a proxy", async (context) => {
    const proxy = await recordingProxy(target.kubeconfig, join(folder, "recorded.json"));
    try {
      const args = ["ingress", "two", "-n", HERE, "--kubeconfig", proxy.kubeconfig, "-o", "json"];
      const { stdout, stderr } = await run(target.binary, args, { timeout: 60_000 });
      assert.equal((JSON.parse(stdout) as Report).target.name, "two", stderr);
      const { length } = proxy.take();
      context.diagnostic(`${length} requests`);
      assert.ok(length > 0 && length <= 15, `${length} requests`);
    } finally {
      proxy.close();
    }
  });

  it("says that a webhook without endpoints refuses changes, and that what is there works on", async () => {
    assert.ok(!idsOf((await judged("web")).report).includes("ingress/webhook-down"));
    await apply("ingress-nginx", [
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: SERVICE },
        spec: { selector: { app: "nobody" }, ports: [{ port: 443, targetPort: 8443 }] },
      },
    ]);
    await kubectl(["apply", "-f", "-"], JSON.stringify(webhook));
    await eventually(
      async () => {
        const { code, report } = await judged("web");
        assert.deepEqual([code, idsOf(report)], [0, ["ingress/webhook-down"]]);
        return true;
      },
      { timeout: 90_000, what: "the webhook to be known as down" },
    );
    // The truth of it: the API server refuses.
    const refused = await kubectlRun(["-n", HERE, "annotate", "ingress", "web", "a=b"]);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /failed calling webhook/);
  });
});
