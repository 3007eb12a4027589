/** On a real cluster: a sealed dump gives the identical report, no planted credential gets out, and narrow rights give no false finding. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Report } from "../../src/model/report.ts";
import { deployment, service } from "./scenarios/manifests.ts";
import { kubectl, netcheck } from "./support/cluster.ts";

const RUN = `${Math.floor(Date.now() / 1000).toString(36)}`;
const NAMESPACE = `netcheck-sealed-${RUN}`;
const CANARY = `canary-${RUN}-7q`;
const PLANTED = [CANARY, Buffer.from(CANARY).toString("base64")];
const RBAC = "rbac.authorization.k8s.io";

const account = (name: string): object => ({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name } });
const bound = (name: string, kind: string, role: string): object => ({
  apiVersion: `${RBAC}/v1`,
  kind: "RoleBinding",
  metadata: { name },
  roleRef: { apiGroup: RBAC, kind, name: role },
  subjects: [{ kind: "ServiceAccount", name, namespace: NAMESPACE }],
});

const OBJECTS: readonly object[] = [
  deployment({ env: { PLAIN: CANARY } }),
  service(),
  service({ selector: { app: "webb" } }, { name: "lost", annotations: { "example.com/api-token": CANARY } }),
  { apiVersion: "v1", kind: "Secret", metadata: { name: "tls" }, stringData: { "tls.key": CANARY, "tls.crt": CANARY } },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "web" },
    spec: {
      tls: [{ hosts: ["a.example.com"], secretName: "tls" }],
      defaultBackend: { service: { name: "web", port: { number: 80 } } },
    },
  },
  service({}, { name: "other" }),
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "two" },
    spec: {
      ingressClassName: "nginx",
      tls: [{ hosts: ["two.netcheck.test"], secretName: "tls" }],
      rules: [
        {
          host: "two.netcheck.test",
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
  },
  account("viewer"),
  account("pods-only"),
  bound("viewer", "ClusterRole", "view"),
  {
    apiVersion: `${RBAC}/v1`,
    kind: "Role",
    metadata: { name: "pods-only" },
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }],
  },
  bound("pods-only", "Role", "pods-only"),
];

const TARGETS = [
  ["svc/web", "svc", "web"],
  ["svc/lost", "svc", "lost"],
  ["deploy/web", "pod", "deploy/web"],
  ["ingress/web", "ingress", "web"],
] as const;

describe("sealed dumps and narrow rights", () => {
  const folder = mkdtempSync(join(tmpdir(), "netcheck-sealed-"));

  before(async () => {
    await kubectl(["create", "namespace", NAMESPACE]);
    for (const object of OBJECTS) await kubectl(["-n", NAMESPACE, "apply", "-f", "-"], JSON.stringify(object));
    await kubectl(["-n", NAMESPACE, "rollout", "status", "deploy/web", "--timeout=90s"]);
  });

  after(async () => {
    rmSync(folder, { recursive: true });
    await kubectl(["delete", "namespace", NAMESPACE, "--wait=false"]);
  });

  for (const [target, kind, name] of TARGETS) {
    it(`${target}: -f of the dump is the report of its moment, byte for byte, without a planted credential`, async () => {
      const file = join(folder, `${target.replace("/", "-")}.tar.gz`);
      const live = await netcheck(["dump", target, "-n", NAMESPACE, "--to", file, "-o", "json"]);
      assert.equal(live.code, 0, live.stderr);
      const replayed = await netcheck([kind, name, "-n", NAMESPACE, "-f", file, "-o", "json"]);
      assert.equal(replayed.stdout, live.stdout);
      const sealed = gunzipSync(readFileSync(file)).toString("latin1");
      for (const text of PLANTED) assert.ok(![sealed, live.stdout, live.stderr].some((all) => all.includes(text)));
    });
  }

  it("no output of any command holds a planted credential", async () => {
    for (const kind of ["svc", "pod", "ingress"])
      for (const output of ["table", "wide", "json", "yaml", "markdown", "junit"]) {
        const { stdout, stderr } = await netcheck([kind, "-n", NAMESPACE, "-o", output]);
        for (const text of PLANTED) assert.ok(!`${stdout}${stderr}`.includes(text), `${kind} -o ${output}`);
      }
  });

  it("nor does any other command, format, probe or error", async () => {
    const named = ["-n", NAMESPACE];
    const commands: readonly (readonly string[])[] = [
      ...["svc/web", "svc/lost", "deploy/web"].map((to) => ["policy", "--from", "deploy/web", "--to", to, ...named]),
      ["policy", "--from", "deploy/web", "--to", "svc/web", ...named, "-o", "yaml"],
      ["svc", "web", ...named, "--probe", "--yes", "-o", "yaml"],
      ["ingress", "two", ...named, "--probe", "--yes", "-o", "yaml"],
      ["svc", "lost", ...named, "-o", "yaml"],
      ["svc", "nothing-here", ...named],
      ["pod", "-l", "app=nobody", ...named],
      ["dump", "svc/nothing-here", ...named, "--to", join(folder, "none.tar.gz")],
      ["rbac", ...named, "--probe"],
      ["svc", "web", ...named, "--as", `system:serviceaccount:${NAMESPACE}:pods-only`],
      ["svc", "web", ...named, "--token", CANARY, "-s", "https://127.0.0.1:1"],
      ["cleanup", ...named],
    ];
    for (const command of commands) {
      const { stdout, stderr } = await netcheck(command);
      assert.notEqual(`${stdout}${stderr}`, "", command.join(" "));
      for (const text of PLANTED) assert.ok(!`${stdout}${stderr}`.includes(text), command.join(" "));
    }
  });

  async function as(
    user: string,
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly report: Report | undefined; readonly stderr: string }> {
    const account = `system:serviceaccount:${NAMESPACE}:${user}`;
    const { code, stdout, stderr } = await netcheck([...args, "-n", NAMESPACE, "--as", account, "-o", "json"]);
    return { code, stderr, report: stdout === "" ? undefined : (JSON.parse(stdout) as Report) };
  }

  const serious = (report: Report | undefined): readonly string[] =>
    (report?.findings ?? []).filter(({ severity }) => severity !== "info").map(({ id }) => id);

  it("a user with `view` gets the verdict, and is told that nodes may not be read", async () => {
    const well = await as("viewer", "svc", "web");
    assert.deepEqual(serious(well.report), []);
    // Nodes are not essential: endpoints and pod conditions tell what serves, and a lost node makes its pods not ready within a minute.
    assert.deepEqual([well.report?.verdict, well.code], ["healthy", 0]);
    assert.ok(well.report?.unread.some(({ what }) => what === "nodes"));
    assert.ok(well.report?.findings.some(({ id }) => id === "rbac/forbidden"));
    const lost = await as("viewer", "svc", "lost");
    assert.deepEqual([lost.code, serious(lost.report)[0]], [1, "svc/selector-matches-nothing"]);
  });

  it("a user with pods alone gets a verdict of pods, and no false finding of what may not be read", async () => {
    const pods = await as("pods-only", "pod", "-l", "app=web");
    assert.deepEqual(serious(pods.report), []);
    const refused = await as("pods-only", "svc", "web");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /services "web" is forbidden/);
  });
});
