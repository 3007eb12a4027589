/** Every rung of the ladder below the test pod, what it proves and leaves, and what is tried besides endpoints and cluster IPs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Report } from "../../src/model/report.ts";
import { apply, eventually, images, kubectl, kubectlJson, netcheck, withNamespace } from "./support/cluster.ts";
import { probePod, service, webDeployment, webPod } from "./support/objects.ts";

interface Told {
  readonly report: Report;
  readonly code: number;
  readonly roots: readonly string[];
  readonly ids: readonly string[];
}

async function ask(namespace: string, ...args: readonly string[]): Promise<Told> {
  const { stdout, stderr, code } = await netcheck([...args, "-n", namespace, "-o", "json"]);
  assert.equal(stderr, "");
  const report = JSON.parse(stdout) as Report;
  const heavy = report.findings.filter(({ severity }) => severity !== "info");
  const roots = heavy.filter(({ consequenceOf }) => consequenceOf === null).map(({ id }) => id);
  return { report, code, roots, ids: report.findings.map(({ id }) => id) };
}

const section = ({ report }: Told) => report.sections.find(({ step }) => step === "S8");

const places = (told: Told): readonly string[] => (section(told)?.columns ?? []).slice(3).map(({ title }) => title);

/** What each place saw, for each station and address. */
function seen(told: Told): readonly string[] {
  return (section(told)?.rows ?? []).map((row) => row.map(({ text }) => text.replace(/ \d+ms/g, "")).join(" | "));
}

const notes = (told: Told): string => (section(told)?.notes ?? []).join("\n");

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly ephemeralContainers?: readonly object[] };
    readonly status: { readonly podIP: string };
  }[];
}

/** Nothing of ours is there, and no pod keeps an ephemeral container. */
async function untouched(namespace: string): Promise<void> {
  const label = "app.kubernetes.io/managed-by=kubectl-netcheck";
  const ours = await kubectlJson<PodList>(["-n", namespace, "get", "jobs,pods", "-l", label]);
  const { items } = await kubectlJson<PodList>(["-n", namespace, "get", "pods"]);
  assert.deepEqual(
    ours.items.map(({ metadata }) => metadata.name),
    [],
  );
  assert.deepEqual(
    items.filter(({ spec }) => (spec.ephemeralContainers ?? []).length > 0).map(({ metadata }) => metadata.name),
    [],
  );
}

const ready = (namespace: string): Promise<string> =>
  kubectl(["-n", namespace, "wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s"]);

/** A user who may read, and what the rules say besides; gives its name for --as. */
async function withUser<T>(namespace: string, rules: readonly object[], use: (name: string) => Promise<T>): Promise<T> {
  const account = `system:serviceaccount:${namespace}:dev`;
  await kubectl(["-n", namespace, "create", "serviceaccount", "dev"]);
  await kubectl(["create", "clusterrolebinding", namespace, "--clusterrole=view", `--serviceaccount=${namespace}:dev`]);
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "dev" }, rules };
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "dev" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "dev" },
    subjects: [{ kind: "ServiceAccount", name: "dev", namespace }],
  };
  await apply(namespace, rules.length === 0 ? [] : [role, binding]);
  try {
    return await use(account);
  } finally {
    await kubectl(["delete", "clusterrolebinding", namespace]);
  }
}

const may = (resource: string, ...verbs: readonly string[]): object => ({
  apiGroups: [""],
  resources: [resource],
  verbs,
});

describe("an app on 127.0.0.1", () => {
  it("11: port-forward works and the Service does not: said so without --sockets, and nothing is left", () =>
    withNamespace(async (namespace) => {
      const env = { LISTEN: "http://127.0.0.1:8080" };
      const container = { image: images.webDistroless, readinessProbe: undefined };
      await apply(namespace, [webPod("web", { env, container }), service("web")]);
      await ready(namespace);
      const told = await ask(namespace, "svc", "web", "--probe", "--yes");
      assert.deepEqual([told.roots[0], told.code], ["probe/only-on-loopback", 1]);
      assert.match(places(told).join(), /^test pod on node\d,port-forward$/);
      assert.match(seen(told)[0] ?? "", /REFUSED \| 200$/);
      assert.ok(
        told.report.findings.some(({ id, consequenceOf }) => id === "probe/pod-refused" && consequenceOf !== null),
      );
      assert.ok(!told.ids.some((id) => id.startsWith("net/")), told.ids.join());
      await eventually(async () => {
        await untouched(namespace);
        return true;
      });
    }));

  it("an image with cat has its sockets read by exec: no ephemeral container, no question", () =>
    withNamespace(async (namespace) => {
      const env = { LISTEN: "http://127.0.0.1:8080" };
      await apply(namespace, [webPod("web", { env, container: { readinessProbe: undefined } }), service("web")]);
      await ready(namespace);
      const told = await ask(namespace, "svc", "web", "--sockets");
      assert.deepEqual([told.roots, told.code], [["pod/listens-on-loopback"], 1]);
      await untouched(namespace);
    }));

  it("an image without cat needs an ephemeral container, which nobody agreed to: not read, and said so", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webPod("web", { container: { image: images.webDistroless } }), service("web")]);
      await ready(namespace);
      const told = await ask(namespace, "svc", "web", "--sockets");
      assert.match(JSON.stringify(told.report.unread), /nobody agreed/);
      assert.deepEqual(told.roots, []);
      await untouched(namespace);
    }));
});

describe("rungs", () => {
  it("exec: from a client with its own curl, then from a pod of the target; nothing is made", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webPod("web"), service("web"), probePod("client")]);
      await ready(namespace);
      const client = await ask(namespace, "svc", "web", "--probe", "--from=client");
      assert.deepEqual([client.code, places(client)], [0, ["pod client"]]);
      assert.deepEqual(
        seen(client).map((row) => row.split(" | ").at(-1)),
        ["200", "200", "200"],
      );
      assert.match(notes(client), /pod client \(by exec\): what another client meets may differ/);
      const own = await ask(namespace, "svc", "web", "--probe=exec");
      assert.match(notes(own), /pod web \(by exec\): the pod is one of the target's own/);
      assert.equal(own.code, 0);
      await untouched(namespace);
    }));

  it("no right to create pods: the proxies of pod and Service, which say what they cannot prove", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webPod("web"), service("web")]);
      await ready(namespace);
      await withUser(namespace, [may("pods/proxy", "get"), may("services/proxy", "get")], async (user) => {
        const told = await ask(namespace, "svc", "web", "--probe", "--yes", `--as=${user}`);
        assert.deepEqual([told.code, told.roots, places(told)], [0, [], ["API server proxy"]]);
        assert.ok(told.ids.includes("probe/pod-create-forbidden"));
        assert.deepEqual(
          seen(told).map((row) => row.split(" | ")[0]),
          ["pod", "Service, by proxy"],
        );
        assert.match(notes(told), /nor about the cluster IP and DNS/);
      });
    }));

  it("no right but port-forward: the last rung inside the cluster", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webPod("web"), service("web")]);
      await ready(namespace);
      await withUser(namespace, [may("pods/portforward", "create", "get")], async (user) => {
        const told = await ask(namespace, "svc", "web", "--probe", "--yes", `--as=${user}`);
        assert.deepEqual([told.code, told.roots, places(told)], [0, [], ["port-forward"]]);
        assert.match(seen(told).join("\n"), /^pod \| web \| \S+ \| 200$/);
        assert.match(notes(told), /this says nothing about the pod's own address/);
      });
    }));

  it("an ephemeral container only with consent: refused pods and --yes alone leave nothing in the app's pod", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webPod("web"), service("web")]);
      await ready(namespace);
      await withUser(namespace, [may("pods/ephemeralcontainers", "patch", "update")], async (user) => {
        const told = await ask(namespace, "svc", "web", "--probe", "--yes", `--as=${user}`);
        assert.deepEqual([told.report.verdict, told.code], ["unknown", 3]);
        assert.match(notes(told), /an ephemeral container in pod web not used: .*nobody agreed to that/);
        await untouched(namespace);
        const agreed = await ask(namespace, "svc", "web", "--probe", "--sockets", "--yes", `--as=${user}`);
        assert.deepEqual([agreed.code, places(agreed)], [0, ["pod web"]]);
      });
    }));
});

describe("another namespace", () => {
  it("--probe-namespace: sent from there, so policies that look at namespaces see it, and nothing is left in either", () =>
    withNamespace((other) =>
      withNamespace(async (namespace) => {
        const only = {
          apiVersion: "networking.k8s.io/v1",
          kind: "NetworkPolicy",
          metadata: { name: "neighbours" },
          spec: {
            podSelector: {},
            policyTypes: ["Ingress"],
            ingress: [{ from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": other } } }] }],
          },
        };
        await apply(namespace, [webPod("web"), service("web"), only]);
        await ready(namespace);
        const told = await ask(namespace, "svc", "web", "--probe", "--yes", `--probe-namespace=${other}`);
        assert.deepEqual([told.code, told.roots], [0, []], seen(told).join("\n"));
        await eventually(async () => {
          await Promise.all([untouched(namespace), untouched(other)]);
          return true;
        });
      }),
    ));
});

describe("a namespace with limits", () => {
  it("a LimitRange with a minimum above what the test pod asks for: it asks for that, and is admitted", () =>
    withNamespace(async (namespace) => {
      const limits = [
        { type: "Container", min: { cpu: "60m", memory: "48Mi" }, maxLimitRequestRatio: { memory: "2" } },
      ];
      await apply(namespace, [webPod("web"), service("web")]);
      await ready(namespace);
      await apply(namespace, [
        { apiVersion: "v1", kind: "LimitRange", metadata: { name: "limits" }, spec: { limits } },
      ]);
      const told = await ask(namespace, "svc", "web", "--probe=pod", "--yes");
      assert.deepEqual(
        [told.code, told.roots],
        [0, []],
        `${told.report.summary}\n${notes(told)}\n${seen(told).join("\n")}`,
      );
      assert.match(places(told).join(), /^test pod on node\d$/);
    }));
});

describe("what else is tried", () => {
  it("node ports where asked: from the test pod and from the user's machine", () =>
    withNamespace(async (namespace) => {
      await apply(namespace, [webPod("web"), service("web", { type: "NodePort" })]);
      await ready(namespace);
      const told = await ask(namespace, "svc", "web", "--probe", "--yes", "--node-port");
      assert.deepEqual([told.code, told.roots], [0, []]);
      const rows = seen(told).filter((row) => row.startsWith("node port"));
      assert.equal(rows.length, 2, seen(told).join("\n"));
      for (const row of rows) assert.match(row, /\| 200 \| 200$/);
    }));

  it("UDP: an answer, a refusal and silence are told, and none of them is a verdict", () =>
    withNamespace(async (namespace) => {
      const ports = [
        { name: "http", port: 80, targetPort: 8080 },
        { name: "open", port: 53, targetPort: 9053, protocol: "UDP" },
        { name: "closed", port: 54, targetPort: 9054, protocol: "UDP" },
      ];
      const env = { LISTEN: "http://0.0.0.0:8080,udp://0.0.0.0:9053" };
      await apply(namespace, [webPod("web", { env }), service("web", { ports })]);
      await ready(namespace);
      const told = await ask(namespace, "svc", "web", "--probe", "--yes");
      assert.deepEqual([told.report.verdict, told.code, told.roots], ["healthy", 0, []]);
      const udp = seen(told).filter((row) => row.includes("/UDP"));
      assert.deepEqual(udp.map((row) => row.split(" | ").at(-1)).slice(0, 2), ["silent", "REFUSED"]);
      assert.ok(told.ids.includes("probe/udp-refused"), told.ids.join());
      const dns = await ask("kube-system", "svc", "kube-dns", "--probe", "--yes", "--port=dns");
      assert.ok(dns.ids.includes("probe/udp-answers"), seen(dns).join("\n"));
      assert.match(notes(told), /53\/UDP is never judged/);
    }));

  it("TLS on a plain port and plain HTTP on a TLS port, where the Service's author said otherwise", () =>
    withNamespace(async (namespace) => {
      const env = { LISTEN: "http://0.0.0.0:8080,https://0.0.0.0:8443" };
      const port = (name: string, targetPort: number, appProtocol: string) => ({
        name,
        port: targetPort,
        targetPort,
        appProtocol,
      });
      await apply(namespace, [
        webPod("web", { env }),
        service("plain", { selector: { app: "web" }, ports: [port("a", 8080, "https")] }),
        service("tls", { selector: { app: "web" }, ports: [port("b", 8443, "http")] }),
      ]);
      await ready(namespace);
      for (const [name, words] of [
        ["plain", /said to speak TLS, it speaks plain text/],
        ["tls", /said to speak plain HTTP, it speaks TLS/],
      ] as const) {
        const told = await ask(namespace, "svc", name, "--probe", "--yes");
        assert.deepEqual([told.roots[0], told.code], ["pod/protocol-mismatch", 0], name);
        assert.match(told.report.findings.find(({ id }) => id === "pod/protocol-mismatch")?.summary ?? "", words);
      }
    }));

  it("one of three endpoints is broken, on one node only: it is named, from whichever node it was asked", () =>
    withNamespace(async (namespace) => {
      const on = (name: string, node: string, listen: string): object => {
        const env = { LISTEN: `http://0.0.0.0:${listen}` };
        return {
          ...webPod(name, { env, container: { readinessProbe: undefined }, pod: { nodeName: node } }),
          metadata: { name, labels: { app: "web" } },
        };
      };
      await apply(namespace, [
        on("a", "node1", "8080"),
        on("b", "node1", "8080"),
        on("odd", "node2", "9090"),
        service("web"),
      ]);
      await ready(namespace);
      const told = await ask(namespace, "svc", "web", "--probe", "--yes");
      assert.deepEqual([told.roots, told.report.verdict], [["probe/pod-refused"], "degraded"]);
      assert.equal(told.report.findings.find(({ id }) => id === "probe/pod-refused")?.object.name, "odd");
      assert.ok(!told.ids.some((id) => id.startsWith("node/")), told.ids.join());
    }));
});

describe("prediction and probe", () => {
  it("agree under a default deny: the policy is the cause, and no disagreement is told", () =>
    withNamespace(async (namespace) => {
      const deny = {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "default-deny" },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      };
      await apply(namespace, [webDeployment("web"), service("web"), deny]);
      await kubectl(["-n", namespace, "rollout", "status", "deployment/web", "--timeout=60s"]);
      const told = await ask(namespace, "svc", "web", "--probe", "--yes");
      assert.equal(told.code, 1);
      assert.match(told.roots[0] ?? "", /^net\/policy-denies-(ingress|egress)$/);
      assert.match(seen(told)[0] ?? "", /TIMEOUT \(connect\)/);
      assert.ok(!told.ids.includes("net/prediction-differs"), told.ids.join());
      assert.ok(!told.ids.includes("probe/pod-refused"), told.ids.join());
    }));
});
