/** Requests that netcheck sends itself: what they find out, and that nothing of ours is left in the cluster afterwards. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";
import type { Report } from "../../src/model/report.ts";
import { apply, eventually, images, kubectl, kubectlJson, netcheck, withNamespace } from "./support/cluster.ts";
import { probePod, service, webDeployment } from "./support/objects.ts";
import { target } from "./support/target.ts";

interface Names {
  readonly items: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[];
}

async function ours(namespace: string): Promise<readonly string[]> {
  const label = "app.kubernetes.io/managed-by=kubectl-netcheck";
  const { items } = await kubectlJson<Names>(["-n", namespace, "get", "jobs,pods", "-l", label]);
  return items.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

const nothingLeft = (namespace: string, timeout = 10_000): Promise<true> =>
  eventually(async () => (await ours(namespace)).length === 0 || undefined, { timeout, what: "nothing of ours left" });

async function ready(namespace: string, ...names: readonly string[]): Promise<void> {
  for (const name of names)
    await kubectl(["-n", namespace, "rollout", "status", `deployment/${name}`, "--timeout=60s"]);
}

interface Told {
  readonly report: Report;
  readonly code: number;
  readonly roots: readonly string[];
  readonly ids: readonly string[];
}

async function ask(namespace: string, ...args: readonly string[]): Promise<Told> {
  const { stdout, stderr, code } = await netcheck([...args, "-n", namespace, "-o", "json", "--yes"]);
  assert.equal(stderr, "");
  const report = JSON.parse(stdout) as Report;
  const heavy = report.findings.filter(({ severity }) => severity !== "info");
  const roots = heavy.filter(({ consequenceOf }) => consequenceOf === null).map(({ id }) => id);
  return { report, code, roots, ids: report.findings.map(({ id }) => id) };
}

/** Cells of the probe table: `pod 10.244.1.15:8080` → what each place saw. */
function table({ report }: Told): ReadonlyMap<string, readonly string[]> {
  const rows = report.sections.find(({ step }) => step === "S8")?.rows ?? [];
  return new Map(rows.map((row) => [row[0]?.text ?? "", row.slice(3).map(({ text }) => text)]));
}

const CLOSED = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "closed" },
  spec: {
    podSelector: {},
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ podSelector: { matchLabels: { role: "friend" } } }] }],
  },
};

describe("what requests find out", () => {
  it("a healthy Service answers at every station, from one test pod and from outside, and nothing is left", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webDeployment("web", { replicas: 2 }), service("web", { type: "LoadBalancer" })]);
      await ready(namespace, "web");
      await eventually(async () =>
        kubectl([
          "-n",
          namespace,
          "wait",
          "service/web",
          "--for=jsonpath={.status.loadBalancer.ingress[0].ip}",
          "--timeout=1s",
        ]),
      );
      const told = await ask(namespace, "svc", "web", "--probe");
      assert.deepEqual([told.report.verdict, told.code], ["healthy", 0]);
      const places = told.report.sections
        .find(({ step }) => step === "S8")
        ?.columns.slice(3)
        .map(({ title }) => title);
      assert.equal(places?.length, 2, places?.join());
      assert.match(places?.join() ?? "", /^test pod on node\d,this machine$/);
      for (const station of ["pod", "cluster IP", "name", "load balancer"])
        assert.match(table(told).get(station)?.[0] ?? "", /^200 /, station);
      assert.match(table(told).get("load balancer")?.[1] ?? "", /^200 /);
      await nothingLeft(namespace);
    }));

  it("10: the app listens on another port than the Service sends to", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webDeployment("web"), service("web", { ports: [{ port: 80, targetPort: 80 }] })]);
      await ready(namespace, "web");
      const without = await ask(namespace, "svc", "web", "--probe");
      assert.deepEqual([without.roots[0], without.code], ["probe/pod-refused", 1]);
      const told = await ask(namespace, "svc", "web", "--probe", "--sockets");
      assert.equal(told.roots[0], "pod/port-not-listening");
      assert.match(told.report.summary, /listens on \[::\]:8080/);
      assert.ok(told.ids.includes("probe/pod-refused"));
      assert.ok(!told.ids.some((id) => id.startsWith("net/policy-denies")));
    }));

  it("11: the app listens on 127.0.0.1, in an image without a shell", () =>
    withNamespace(async (namespace) => {
      const container = {
        image: images.webDistroless,
        readinessProbe: { exec: { command: ["/web", "-h"] }, periodSeconds: 1 },
      };
      const env = { LISTEN: "http://127.0.0.1:8080" };
      await apply(namespace, [
        webDeployment("web", { env, container: { ...container, readinessProbe: undefined } }),
        service("web"),
      ]);
      await ready(namespace, "web");
      const told = await ask(namespace, "svc", "web", "--probe", "--sockets");
      assert.deepEqual([told.roots[0], told.code], ["pod/listens-on-loopback", 1]);
      assert.ok(!told.ids.some((id) => id.startsWith("net/")), told.ids.join());
    }));

  it("12: a policy drops the packets: a time-out, not a refusal, and the policy is named", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webDeployment("web"), service("web"), CLOSED]);
      await ready(namespace, "web");
      const told = await ask(namespace, "svc", "web", "--probe");
      assert.deepEqual([told.roots[0], told.code], ["net/policy-denies-ingress", 1]);
      assert.ok(
        told.report.findings.some(({ id, consequenceOf }) => id === "probe/pod-timeout" && consequenceOf !== null),
      );
      assert.match(table(told).get("pod")?.[0] ?? "", /^TIMEOUT \(connect\)/);
      assert.ok(!told.ids.some((id) => id.startsWith("azure/") || id === "pod/port-not-listening"));
    }));

  it("16: internalTrafficPolicy Local, from a node without an endpoint", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webDeployment("web"), service("web", { internalTrafficPolicy: "Local" })]);
      await ready(namespace, "web");
      type Pods = { readonly items: readonly { readonly spec: { readonly nodeName: string } }[] };
      const { items } = await kubectlJson<Pods>(["-n", namespace, "get", "pods", "-l", "app=web"]);
      const other = items[0]?.spec.nodeName === "node1" ? "node2" : "node1";
      const told = await ask(namespace, "svc", "web", "--probe", `--node=${other}`);
      assert.deepEqual(told.roots, ["svc/internal-local-no-endpoint"]);
      assert.match(table(told).get("pod")?.[0] ?? "", /^200 /);
      assert.match(table(told).get("cluster IP")?.[0] ?? "", /^(TIMEOUT|REFUSED)/);
    }));

  it("33: an egress policy lets nothing out but port 443: the policy is named, not DNS", () =>
    withNamespace(async (namespace) => {
      const egress = [{ ports: [{ port: 443, protocol: "TCP" }] }];
      const policy = {
        ...CLOSED,
        metadata: { name: "only443" },
        spec: { podSelector: {}, policyTypes: ["Egress"], egress },
      };
      await apply(namespace, [webDeployment("web"), service("web"), policy]);
      await ready(namespace, "web");
      // The engine isolates a new pod some moments after its start: a test pod that is younger still gets out, and the plugin sends again by itself.
      const told = await ask(namespace, "svc", "web", "--probe");
      assert.deepEqual([told.roots[0], told.code], ["net/policy-denies-egress", 1]);
      assert.ok(told.ids.includes("probe/pod-timeout"), told.ids.join());
      assert.ok(!told.ids.includes("dns/coredns-down") && !told.ids.includes("net/prediction-differs"));
    }));

  it("one endpoint of three is broken: it is named, and the Service is called degraded, not broken", () =>
    withNamespace(async (namespace) => {
      const env = { LISTEN: "http://0.0.0.0:9090" };
      const odd = webDeployment("odd", {
        env,
        container: { readinessProbe: undefined },
        labels: { app: "web", odd: "yes" },
      });
      await apply(namespace, [
        webDeployment("web", { replicas: 2, labels: { app: "web", odd: "no" } }),
        odd,
        service("web"),
      ]);
      await ready(namespace, "web", "odd");
      const told = await ask(namespace, "svc", "web", "--probe");
      assert.deepEqual([told.roots[0], told.code], ["probe/pod-refused", 0]);
      assert.match(told.report.findings.find(({ id }) => id === "probe/pod-refused")?.object.name ?? "", /^odd-/);
    }));

  it("from inside a client's pod, with its labels: what the policy lets in gets in", () =>
    withNamespace(async (namespace) => {
      const friend = { ...probePod("friend"), metadata: { name: "friend", labels: { role: "friend" } } };
      await apply(namespace, [webDeployment("web"), service("web"), CLOSED, friend, probePod("stranger")]);
      await ready(namespace, "web");
      await kubectl(["-n", namespace, "wait", "--for=condition=Ready", "pod/friend", "pod/stranger", "--timeout=60s"]);
      const letIn = await ask(namespace, "svc", "web", "--probe", "--from=friend");
      assert.equal(letIn.code, 0);
      assert.match(table(letIn).get("cluster IP")?.[0] ?? "", /^200 /);
      const keptOut = await ask(namespace, "svc", "web", "--probe", `--from=${namespace}/stranger`);
      assert.deepEqual([keptOut.roots[0], keptOut.code], ["net/policy-denies-ingress", 1]);
      assert.match(keptOut.report.summary, /stranger/);
    }));

  it("the application's own error is told apart, and TLS on a port that was not said to speak it is found out", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webDeployment("web"), service("web")]);
      await ready(namespace, "web");
      const failing = await ask(namespace, "svc", "web", "--probe", "--probe-path=/status/503");
      assert.deepEqual([failing.roots[0], failing.code], ["pod/app-http-5xx", 1]);
      const wrong = await ask(namespace, "pod", "deploy/web", "--probe", "--scheme=https");
      assert.ok(wrong.ids.includes("pod/protocol-mismatch"), wrong.ids.join());
      const expected = await ask(namespace, "svc", "web", "--probe", "--probe-path=/status/404", "--expect-status=404");
      assert.equal(expected.code, 0);
    }));
});

describe("where a test pod may not be had", () => {
  const RESTRICTED = ["pod-security.kubernetes.io/enforce=restricted"];

  it("PodSecurity restricted admits it", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webDeployment("web"), service("web")]);
      await ready(namespace, "web");
      await kubectl(["label", "namespace", namespace, ...RESTRICTED]);
      const told = await ask(namespace, "svc", "web", "--probe=pod");
      assert.equal(told.code, 0);
      assert.match(table(told).get("cluster IP")?.[0] ?? "", /^200 /);
    }));

  it("a quota refuses it: the reason is told, and the API server's proxy is asked instead", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webDeployment("web"), service("web")]);
      await ready(namespace, "web");
      const quota = {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "full" },
        spec: { hard: { pods: "1" } },
      };
      await apply(namespace, [quota]);
      await eventually(
        async () =>
          /"pods":"1"/.test(
            await kubectl(["-n", namespace, "get", "resourcequota", "full", "-o", "jsonpath={.status.used}"]),
          ) || undefined,
      );
      const told = await ask(namespace, "svc", "web", "--probe");
      assert.deepEqual([told.roots, told.code], [["probe/pod-admission-denied"], 0]);
      assert.match(told.report.summary, /exceeded quota/);
      assert.match(table(told).get("pod")?.[0] ?? "", /^200 /);
      await nothingLeft(namespace);
    }));

  it("its image cannot be pulled: said so, one rung down, nothing left", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webDeployment("web"), service("web")]);
      await ready(namespace, "web");
      const told = await ask(namespace, "svc", "web", "--probe", "--probe-image=netcheck.test/no-such:1");
      assert.deepEqual([told.roots, told.code], [["probe/pod-not-started"], 0]);
      assert.match(table(told).get("pod")?.[0] ?? "", /^200 /);
      await nothingLeft(namespace);
    }));

  it("no permission for anything: unknown, exit 3, and nothing is said about the app", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webDeployment("web"), service("web")]);
      await ready(namespace, "web");
      await kubectl(["-n", namespace, "create", "serviceaccount", "reader"]);
      await kubectl([
        "create",
        "clusterrolebinding",
        namespace,
        "--clusterrole=view",
        `--serviceaccount=${namespace}:reader`,
      ]);
      try {
        const told = await ask(namespace, "svc", "web", "--probe", `--as=system:serviceaccount:${namespace}:reader`);
        assert.deepEqual([told.report.verdict, told.code, told.roots], ["unknown", 3, []]);
        assert.ok(told.ids.includes("probe/pod-create-forbidden"));
        assert.ok(told.report.unread.some(({ remedy }) => remedy.includes("auth can-i create pods")));
      } finally {
        await kubectl(["delete", "clusterrolebinding", namespace]);
      }
    }));
});

describe("interrupted", () => {
  /** Starts a probe that takes many seconds (packets are dropped), waits until its test pod is there, sends the signal; the exit code. */
  async function interrupted(namespace: string, signal: "SIGINT" | "SIGTERM" | "SIGKILL"): Promise<number | null> {
    const env = { ...process.env, KUBECONFIG: target.kubeconfig };
    const child = spawn(target.binary, ["svc", "web", "-n", namespace, "--probe=pod", "--yes"], {
      env,
      stdio: "ignore",
    });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await eventually(async () => (await ours(namespace)).some((name) => name.startsWith("Pod/")) || undefined);
    child.kill(signal);
    return ended;
  }

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`${signal}: takes its test pod away, exit 130`, () =>
      withNamespace(async (namespace) => {
        await apply(namespace, [webDeployment("web"), service("web"), CLOSED]);
        await ready(namespace, "web");
        assert.equal(await interrupted(namespace, signal), 130);
        await nothingLeft(namespace);
      }));
  }

  it("SIGKILL: the cluster takes it away by itself within two minutes; netcheck cleanup does it at once", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webDeployment("web"), service("web"), CLOSED]);
      await ready(namespace, "web");
      await interrupted(namespace, "SIGKILL");
      assert.notDeepEqual(await ours(namespace), []);
      await nothingLeft(namespace, 120_000);
      await interrupted(namespace, "SIGKILL");
      const { stdout, code } = await netcheck(["cleanup", "-n", namespace]);
      assert.equal(code, 0);
      assert.match(stdout, /^job\/netcheck-[0-9a-f]{8}-a in namespace \S+ deleted$/m);
      await nothingLeft(namespace);
    }));
});
