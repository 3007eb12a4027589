/** NetworkPolicies on a cluster that enforces them: what netcheck says of a flow is what its packets meet. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { apply, eventually, exec, kubectl, kubectlJson, netcheck, withNamespace } from "./support/cluster.ts";
import { probePod, service, webPod } from "./support/objects.ts";

const PORTS = [8080, 8090, 9000, 9010, 9011] as const;
const listen = { LISTEN: PORTS.map((port) => `http://0.0.0.0:${port}`).join(",") };
const named = { ports: [{ name: "http", containerPort: 8080 }] };
const web = (name: string): object => webPod(name, { env: listen, container: named });

interface PodStatus {
  readonly status: { readonly podIP: string };
}

const ipOf = async (namespace: string, name: string): Promise<string> =>
  (await kubectlJson<PodStatus>(["-n", namespace, "get", "pod", name])).status.podIP;

function policy(name: string, spec: object): object {
  return { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name }, spec };
}

const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });

/** Two namespaces: in `a` a web pod that lets some in, a pod nobody isolates, and one that may only reach some; in `b` a default deny. */
async function install(a: string, b: string): Promise<void> {
  await Promise.all([
    apply(a, [probePod("client"), probePod("gateway"), probePod("locked"), web("web"), web("free"), service("web")]),
    apply(b, [probePod("client"), web("web")]),
  ]);
  const ready = (namespace: string): Promise<string> =>
    kubectl(["-n", namespace, "wait", "--for=condition=Ready", "pod", "--all", "--timeout=90s"]);
  await Promise.all([ready(a), ready(b)]);
  const [client, webB] = [await ipOf(a, "client"), await ipOf(b, "web")];
  await apply(a, [
    policy("web", {
      ...app("web"),
      policyTypes: ["Ingress"],
      ingress: [
        { from: [app("gateway")], ports: [{ port: "http" }] },
        {
          from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": b } }, ...app("client") }],
          ports: [{ port: 9000, endPort: 9010 }],
        },
        { from: [{ ipBlock: { cidr: "10.244.0.0/16", except: [`${client}/32`] } }], ports: [{ port: 8090 }] },
      ],
    }),
    policy("locked", {
      ...app("locked"),
      policyTypes: ["Egress"],
      egress: [
        { to: [app("free")], ports: [{ port: "http" }, { port: 9000 }] },
        { to: [{ ipBlock: { cidr: `${webB}/32` } }], ports: [{ port: 8080 }, { port: 9011 }] },
        { to: [app("web")], ports: [{ port: 8090 }] },
      ],
    }),
  ]);
  await apply(b, [
    policy("default-deny", { podSelector: {}, policyTypes: ["Ingress"] }),
    policy("web", {
      ...app("web"),
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": a } },
              podSelector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["gateway"] }] },
            },
          ],
          ports: [{ port: 8080 }, { port: 9000, endPort: 9010 }],
        },
      ],
    }),
  ]);
}

interface Flow {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  /** Where curl goes. */
  readonly address: string;
}

async function flowsBetween(a: string, b: string): Promise<readonly Flow[]> {
  const sources = [`${a}/client`, `${a}/gateway`, `${a}/locked`, `${b}/client`];
  const targets = await Promise.all(
    [`${a}/web`, `${a}/free`, `${b}/web`].map(async (to) => {
      const [namespace = "", name = ""] = to.split("/");
      return { to, address: await ipOf(namespace, name) };
    }),
  );
  const { spec } = await kubectlJson<{ spec: { clusterIP: string } }>(["-n", a, "get", "service", "web"]);
  const behind = { to: `${a}/svc/web`, address: spec.clusterIP, port: 80 };
  return sources.flatMap((from) => [
    ...targets.flatMap((target) => PORTS.map((port) => ({ ...target, from, port }))),
    { ...behind, from },
    { ...behind, from, to: spec.clusterIP },
  ]);
}

const keyOf = ({ from, to, port }: Pick<Flow, "from" | "to" | "port">): string => `${from} → ${to} ${port}`;

/** What the packets of each flow meet: an answer, or nothing until the time-out. One shell in each source runs all its requests at once. */
async function sent(flows: readonly Flow[]): Promise<ReadonlyMap<string, string>> {
  const sources = [...new Set(flows.map(({ from }) => from))];
  const outcomes = await Promise.all(
    sources.map(async (from) => {
      const own = flows.filter((flow) => flow.from === from);
      const curl = ({ address, port }: Flow, i: number): string =>
        `(curl -s -m 4 -o /dev/null http://${address}:${port}/; echo "${i} $?") &`;
      const [namespace = "", pod = ""] = from.split("/");
      const { stdout } = await exec(namespace, pod, ["sh", "-c", `${own.map(curl).join("\n")}\nwait`]);
      return stdout.split("\n").flatMap((line) => {
        const [i, code] = line.split(" ");
        const flow = own[Number(i)];
        const told = code === "0" ? "allow" : code === "28" ? "deny" : `curl exit ${code}`;
        return line === "" || flow === undefined ? [] : [[keyOf(flow), told] as const];
      });
    }),
  );
  return new Map(outcomes.flat());
}

interface Line {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly verdict?: string;
  readonly error?: string;
}

async function predicted(flows: readonly Flow[]): Promise<ReadonlyMap<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "netcheck-flows-"));
  try {
    const file = join(folder, "flows.jsonl");
    writeFileSync(file, flows.map(({ from, to, port }) => JSON.stringify({ from, to, port })).join("\n"));
    const { code, stdout, stderr } = await netcheck(["policy", "--flows", file]);
    assert.equal(code, 1, stderr);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
    return new Map(lines.map((line) => [keyOf(line), line.verdict ?? line.error ?? ""]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Answer {
  readonly verdict: string;
  readonly policy: string | null;
  readonly rule: number | null;
  readonly engine: string;
  readonly suggestions: readonly { readonly yaml: string }[];
}

async function asked(
  from: string,
  to: string,
  port: number,
): Promise<{ readonly code: number; readonly answer: Answer }> {
  const args = ["policy", "--from", from, "--to", to, "--port", String(port), "-o", "json"];
  const { code, stdout, stderr } = await netcheck(args);
  assert.notEqual(stdout, "", stderr);
  return { code, answer: JSON.parse(stdout) as Answer };
}

describe("policies", () => {
  it("predicts what the packets of 68 flows meet", () =>
    withNamespace((a) =>
      withNamespace(async (b) => {
        await install(a, b);
        const flows = await flowsBetween(a, b);
        const prediction = await predicted(flows);
        const count = (wanted: string): number => [...prediction.values()].filter((one) => one === wanted).length;
        assert.equal(flows.length, 68);
        assert.ok(count("allow") >= 20 && count("deny") >= 20, `${count("allow")} allowed, ${count("deny")} denied`);
        // The engine takes a moment to program what was applied.
        await eventually(
          async () => {
            const met = await sent(flows);
            const wrong = [...prediction].filter(([flow, verdict]) => met.get(flow) !== verdict);
            assert.deepEqual(
              wrong.map(([flow, verdict]) => `${flow}: said ${verdict}, met ${met.get(flow)}`),
              [],
            );
            return true;
          },
          { what: "every packet to meet what was predicted" },
        );
      }),
    ));

  it("names policy and rule, and the rule that it proposes lets the flow through", () =>
    withNamespace((a) =>
      withNamespace(async (b) => {
        await install(a, b);
        const allowed = await asked(`${a}/gateway`, `${a}/web`, 8080);
        assert.deepEqual(
          [allowed.code, allowed.answer.verdict, allowed.answer.policy, allowed.answer.rule],
          [0, "allow", `${a}/web`, 0],
        );
        const denied = await asked(`${a}/client`, `${a}/web`, 8080);
        assert.deepEqual([denied.code, denied.answer.verdict, denied.answer.policy], [1, "deny", `${a}/web`]);
        assert.equal(denied.answer.engine, "kube-router");
        const flow = { from: `${a}/client`, to: `${a}/web`, port: 8080, address: await ipOf(a, "web") };
        const meets = async (wanted: string): Promise<boolean> => (await sent([flow])).get(keyOf(flow)) === wanted;
        await eventually(() => meets("deny"), { what: "the flow to be dropped" });
        await kubectl(["apply", "-f", "-"], denied.answer.suggestions.map(({ yaml }) => yaml).join("\n---\n"));
        assert.equal((await asked(`${a}/client`, `${a}/web`, 8080)).answer.verdict, "allow");
        await eventually(() => meets("allow"), { what: "the proposed rule to let it through" });
      }),
    ));
});
