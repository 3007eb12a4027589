/**
 * Policies that nothing enforces, on a cluster of their own beside the one under test, whose engine is taken away: what they say and what
 * packets meet differ, and no policy is blamed.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { layoutOf } from "../cluster/layout.ts";
import { onOutside } from "../cluster/outside.ts";
import { must, type RunResult, run, until } from "../cluster/proc.ts";
import { probePod, service, webPod } from "./support/objects.ts";
import { images, target } from "./support/target.ts";

if (!target.bed) throw new Error("These tests start a test bed of their own.");
const { programs } = target.bed;

const layout = layoutOf(`nopol-${process.pid}`);
const cluster = (...args: string[]): Promise<string> =>
  must(process.execPath, [join(import.meta.dirname, "../cluster/cluster.ts"), "--name", layout.name, ...args]);

const environment = { ...process.env, KUBECONFIG: layout.kubeconfig };
const kubectlRun = (args: readonly string[], input = ""): Promise<RunResult> =>
  run(target.kubectl, args, { env: environment, input, timeout: 120_000 });
async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectlRun(args, input);
  assert.equal(code, 0, `kubectl ${args.join(" ")}: ${stderr}`);
  return stdout;
}

function netcheck(...args: string[]): Promise<RunResult> {
  const { argv, env } = onOutside(layout, programs, [target.binary, ...args]);
  const [enter, ...rest] = argv;
  return run(enter, rest, { env, timeout: 120_000 });
}

/** A DaemonSet that is no engine, as every cluster has some: without any nothing could be said about engines. */
const agent = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "node-agent", namespace: "kube-system" },
  spec: {
    selector: { matchLabels: { app: "node-agent" } },
    template: {
      metadata: { labels: { app: "node-agent" } },
      spec: { containers: [{ name: "agent", image: images.pause }] },
    },
  },
};

const deny = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "default-deny" },
  spec: { podSelector: {}, policyTypes: ["Ingress"] },
};

interface Report {
  readonly verdict: string;
  readonly findings: readonly { readonly id: string; readonly severity: string; readonly summary: string }[];
}

describe("policies without an engine", () => {
  before(async () => {
    await cluster("up", "--nodes", "1");
    await kubectl(["-n", "kube-system", "delete", "daemonset", "kube-router", "--cascade=foreground"]);
    await until("the engine to be gone", 60_000, async () => {
      const { stdout } = await kubectlRun(["-n", "kube-system", "get", "pods", "-l", "app=kube-router", "-o", "name"]);
      return stdout.trim() === "";
    });
    await kubectl(["create", "namespace", "shop"]);
    await until("the service account", 30_000, async () => {
      return (await kubectlRun(["-n", "shop", "get", "serviceaccount", "default"])).code === 0;
    });
    const objects = [agent, webPod("web"), service("web"), probePod("probe"), deny];
    await kubectl(
      ["-n", "shop", "apply", "-f", "-"],
      objects
        .slice(1)
        .map((one) => JSON.stringify(one))
        .join("\n---\n"),
    );
    await kubectl(["apply", "-f", "-"], JSON.stringify(agent));
    await kubectl(["-n", "shop", "wait", "--for=condition=Ready", "pod", "--all", "--timeout=90s"]);
  });

  after(() => cluster("down"));

  it("packets pass what the policies deny, and the verdict is theirs", async () => {
    const curl = ["-n", "shop", "exec", "probe", "--", "curl", "-sS", "-m", "3", "http://web/"];
    await until("an answer", 60_000, async () => (await kubectlRun(curl)).code === 0);
    const { code, stdout } = await netcheck("policy", "--from", "shop/probe", "--to", "shop/svc/web", "-o", "json");
    const { verdict, onPaper, engine } = JSON.parse(stdout) as { verdict: string; onPaper: string; engine: string };
    assert.deepEqual([code, verdict, onPaper, engine], [0, "allow", "deny", "none"]);
  });

  it("the Service is healthy: the policies are named as not enforced, and not blamed", async () => {
    for (const from of [[], ["--from", "shop/probe"]]) {
      const { stdout } = await netcheck("svc", "web", "-n", "shop", "-o", "json", ...from);
      const { verdict, findings } = JSON.parse(stdout) as Report;
      const policies = findings.filter(({ id }) => id.startsWith("net/"));
      assert.equal(verdict, "healthy");
      assert.deepEqual(
        policies.map(({ id, severity }) => `${severity} ${id}`),
        ["info net/policy-not-enforced"],
      );
    }
  });

  it("what packets met and what the policies say differ: a finding of its own, with its reason, and no fault", async () => {
    const { stdout, stderr } = await netcheck("svc", "web", "-n", "shop", "--probe", "--yes", "-o", "json");
    assert.equal(stderr, "");
    const { verdict, findings } = JSON.parse(stdout) as Report;
    const differs = findings.find(({ id }) => id === "net/prediction-differs");
    assert.deepEqual([verdict, differs?.severity], ["healthy", "info"]);
    assert.match(
      differs?.summary ?? "",
      /policies deny .* but the packets pass: no policy engine runs in this cluster/,
    );
    assert.ok(!findings.some(({ id }) => id.startsWith("net/policy-denies")));
  });
});
