/** Requests through a real ingress-nginx and a real Traefik, looked for in their logs: what arrived, what provably did not, and what cannot be told. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Finding } from "../../src/model/finding.ts";
import type { Report } from "../../src/model/report.ts";
import { certificate } from "../support/certs.ts";
import { ingress, tlsSecret } from "./scenarios/ingress.ts";
import { apply, eventually, kubectl, kubectlRun, netcheck, withNamespace } from "./support/cluster.ts";
import { type OwnController, withController } from "./support/controller.ts";
import { service, type WebOptions, webDeployment } from "./support/objects.ts";

const SCHEMA = new URL("../../src/render/report.schema.json", import.meta.url);
const isReport = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(SCHEMA, "utf8")) as object);

interface Told {
  readonly report: Report;
  readonly code: number;
  readonly roots: readonly string[];
  readonly find: (id: string) => Finding | undefined;
}

async function ask(namespace: string, name: string, ...args: readonly string[]): Promise<Told> {
  const { stdout, stderr, code } = await netcheck([
    "ingress",
    name,
    "-n",
    namespace,
    "--probe",
    "--yes",
    "-o",
    "json",
    ...args,
  ]);
  assert.equal(stderr, "");
  const parsed: unknown = JSON.parse(stdout);
  assert.ok(isReport(parsed), JSON.stringify(isReport.errors?.slice(0, 3)));
  const report = parsed as Report;
  const roots = report.findings
    .filter(({ severity, consequenceOf }) => severity !== "info" && consequenceOf === null)
    .map(({ id }) => id);
  return { report, code, roots, find: (id) => report.findings.find((finding) => finding.id === id) };
}

/** Cells of a step's table, and its notes. */
function step(
  { report }: Told,
  name: string,
): { readonly rows: readonly (readonly string[])[]; readonly notes: string } {
  const found = report.sections.find((section) => section.step === name);
  assert.ok(found, `${name} is missing`);
  return { rows: found.rows.map((row) => row.map(({ text }) => text)), notes: found.notes.join("\n") };
}

interface Outcome {
  readonly answer: string;
  readonly inLog: string;
}

/** What became of the requests from here: by the load balancer's address (`LB`), and by `name`. */
function fromHere(told: Told, way: "LB" | "name"): Outcome {
  const row = step(told, "I7").rows.find(
    ([, from, to]) => from === "this machine" && to?.startsWith(`${way} `) === true,
  );
  return { answer: row?.[3] ?? "", inLog: row?.[4] ?? "" };
}

interface Wanted {
  readonly roots: readonly string[];
  readonly code: number;
  readonly args?: readonly string[];
  readonly check: (told: Told) => void;
}

/** Asks until the answer is as wanted: a controller needs a moment for a new Ingress, and so does the bed for a record or a route. */
function until(namespace: string, name: string, { roots, code, args = [], check }: Wanted): Promise<true> {
  return eventually(
    async () => {
      const told = await ask(namespace, name, ...args);
      assert.deepEqual([told.roots, told.code], [roots, code], told.report.summary);
      check(told);
      return true;
    },
    { timeout: 90_000, what: `Ingress ${name}: ${roots.join(", ") || "nothing is wrong"}` },
  );
}

interface App {
  readonly host: string;
  readonly web?: WebOptions;
  readonly service?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly tls?: boolean;
  readonly more?: readonly object[];
  /** The app's pods do not get ready, and are not waited for. */
  readonly unready?: boolean;
}

/** An app with Service and Ingress, all called `name`, for the controller of that class. */
async function install(
  { namespace, className }: Pick<OwnController, "namespace" | "className">,
  name: string,
  app: App,
): Promise<void> {
  const { host, annotations = {} } = app;
  const made = ingress(host, { name, backend: name, className, annotations }) as { readonly spec: object };
  const tls = app.tls === true ? { tls: [{ hosts: [host], secretName: "web-tls" }] } : {};
  await apply(namespace, [
    webDeployment(name, app.web ?? {}),
    service(name, app.service ?? {}),
    { ...made, spec: { ...made.spec, ...tls } },
    ...(app.more ?? []),
  ]);
  if (app.unready !== true)
    await kubectl(["-n", namespace, "rollout", "status", `deployment/${name}`, "--timeout=60s"]);
}

const NO_PROBE = { container: { readinessProbe: undefined } };
const NGINX = "nginx.ingress.kubernetes.io/";

/** Lets the test pods of netcheck in, and nobody else: not the controller either. */
const onlyProbes = (name: string): object => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name },
  spec: {
    podSelector: { matchLabels: { app: name } },
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "netcheck-probe" } } }] }],
  },
});

/** Lets the namespace's default account read everything but logs and Secrets, and make a test pod. */
function readerOf(namespace: string): readonly object[] {
  const read = ["get", "list"];
  const resources = ["pods", "services", "configmaps", "events", "nodes", "namespaces", "replicationcontrollers"];
  const apiGroup = "rbac.authorization.k8s.io";
  return [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "ClusterRole",
      metadata: { name: namespace },
      rules: [
        { apiGroups: [""], resources, verbs: read },
        { apiGroups: ["apps", "batch", "discovery.k8s.io", "networking.k8s.io"], resources: ["*"], verbs: read },
        { apiGroups: ["", "batch"], resources: ["pods", "jobs"], verbs: ["create", "delete"] },
      ],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: namespace },
      roleRef: { apiGroup, kind: "ClusterRole", name: namespace },
      subjects: [{ kind: "ServiceAccount", name: "default", namespace }],
    },
  ];
}

/** A record that nobody changed when the controller got another address. */
const staleRecord = (name: string, host: string, address: string): object => ({
  ...service(
    `${name}-former`,
    { type: "LoadBalancer" },
    {
      "netcheck.test/hostname": host,
      "netcheck.test/hostname-address": address,
    },
  ),
});

describe("requests through an ingress controller that works", () => {
  it("arrive, and where they do not end well, each cause is told apart", (test) =>
    withController({ annotations: { "netcheck.test/hostname": "*.good.netcheck.test" } }, async (own) => {
      const { namespace, address } = own;
      const zone = "good.netcheck.test";

      await test.test("healthy: every request is in the log, with the upstream that answered; exit 0", async () => {
        const host = `healthy.${zone}`;
        await install(own, "healthy", { host });
        await until(namespace, "healthy", {
          roots: [],
          code: 0,
          check: (told) => {
            assert.equal(told.report.verdict, "healthy");
            const { rows, notes } = step(told, "I7");
            assert.equal(rows.length, 6);
            for (const row of rows) {
              assert.match(row[3] ?? "", /^200 /);
              assert.equal(row[4], "2 lines");
              assert.match(row[5] ?? "", /^10\.244\.\d+\.\d+:8080 200$/);
            }
            assert.match(notes, /this machine by name: arrived at controller-\S+, which saw \S+ as the client/);
            assert.match(notes, /tried as http:\/\/healthy\.good\.netcheck\.test\/ \(host and path: its only rule\)/);
            assert.deepEqual(step(told, "I6").rows, [[host, address, address, address, "this controller"]]);
          },
        });
      });

      await test.test(
        "without a marker in the query they are found by their headers; other values of it are not shown",
        async () => {
          await until(namespace, "healthy", {
            roots: [],
            code: 0,
            args: [
              "--no-query-marker",
              "--path",
              "/?token=s3cr3t-value",
              "--header",
              "Authorization: Bearer s3cr3t-header",
            ],
            check: (told) => {
              assert.equal(fromHere(told, "name").inLog, "2 lines");
              assert.ok(!JSON.stringify(told.report).includes("s3cr3t"));
            },
          });
        },
      );

      await test.test(
        "28: the certificate names another host: the default one is on the wire, the Secret is the cause",
        async () => {
          const pair = certificate({ name: "a.netcheck.test", hosts: ["a.netcheck.test"] });
          await install(own, "named", { host: `b.${zone}`, tls: true, more: [tlsSecret(pair)] });
          await until(namespace, "named", {
            roots: ["ingress/tls-host-mismatch"],
            code: 1,
            check: (told) => {
              assert.equal(told.find("ingress/tls-secret-missing"), undefined);
              const wire = told.find("probe/tls-invalid");
              assert.equal(wire?.consequenceOf, "ingress/tls-host-mismatch");
              assert.match(JSON.stringify(wire?.evidence), /Kubernetes Ingress Controller Fake Certificate/);
              assert.match(step(told, "I3").rows[0]?.at(-1) ?? "", /Fake Certificate/);
              assert.equal(fromHere(told, "name").inLog, "2 lines");
            },
          });
        },
      );

      await test.test(
        "29: the host's record leads to a former load balancer: named as the cause, the loss proven",
        async () => {
          const [host, old] = [`old.netcheck.test`, "10.215.0.209"];
          await install(own, "old", { host, more: [staleRecord("old", host, old)] });
          await until(namespace, "old", {
            roots: ["ingress/host-dns-elsewhere"],
            code: 1,
            check: (told) => {
              assert.match(
                told.report.summary,
                new RegExp(`resolves to ${old}, the controller is reached at ${address}`),
              );
              assert.equal(told.find("ingress/request-not-in-log")?.consequenceOf, "ingress/host-dns-elsewhere");
              assert.ok(!told.report.findings.some(({ id }) => id.startsWith("azure/")));
              assert.equal(fromHere(told, "name").inLog, "NO");
              assert.equal(fromHere(told, "LB").inLog, "2 lines");
              assert.equal(step(told, "I6").rows[0]?.at(-1), "somebody else");
            },
          });
        },
      );

      await test.test("a host without a record", async () => {
        await install(own, "nowhere", { host: "web.nowhere.test" });
        await until(namespace, "nowhere", {
          roots: ["ingress/host-dns-missing"],
          code: 1,
          check: (told) => {
            assert.equal(fromHere(told, "LB").inLog, "2 lines");
            assert.equal(fromHere(told, "name").inLog, "not sent");
          },
        });
      });

      interface Broken extends App {
        readonly root: string;
        readonly status: number;
        readonly says: RegExp;
      }
      const errors: Readonly<Record<string, Omit<Broken, "host">>> = {
        "502, nothing listens on the target port": {
          web: NO_PROBE,
          service: { ports: [{ port: 80, targetPort: 9090 }] },
          root: "probe/pod-refused",
          status: 502,
          says: /answers 502 through the controller: its connections to the app are refused/,
        },
        "502, TLS to a plain port": {
          annotations: { [`${NGINX}backend-protocol`]: "HTTPS" },
          root: "ingress/backend-protocol-suspect",
          status: 502,
          says: /while the app by itself answers 200: its TLS handshake with the app fails/,
        },
        "503, no pod is ready": {
          web: { env: { READY: "false" } },
          unready: true,
          root: "pod/readiness-probe-failing",
          status: 503,
          says: /answers 503 through the controller: it has no endpoint/,
        },
        "504, a policy drops what the controller sends": {
          more: [onlyProbes("e504a")],
          root: "net/policy-denies-controller",
          status: 504,
          says: /while the app by itself answers 200: its connections to the app get no answer, packets are dropped/,
        },
        "504, the app is slower than the controller waits": {
          web: { env: { DELAY: "3s" }, ...NO_PROBE },
          annotations: { [`${NGINX}proxy-read-timeout`]: "1", [`${NGINX}proxy-next-upstream-tries`]: "1" },
          root: "ingress/log-upstream-slow",
          status: 504,
          says: /the app accepts the request and does not answer in time/,
        },
      };
      for (const [i, [title, { root, status, says, ...app }]] of Object.entries(errors).entries()) {
        const name = `e${status}${"abcde"[i === 1 || i === 4 ? 1 : 0]}`;
        await test.test(title, async () => {
          await install(own, name, { host: `${name}.${zone}`, ...app });
          await until(namespace, name, {
            roots: [root],
            code: 1,
            check: (told) => {
              assert.match(fromHere(told, "name").answer, new RegExp(`^${status} `));
              assert.equal(fromHere(told, "name").inLog, "2 lines");
              const finding = told.find("probe/host-5xx");
              assert.equal(finding?.consequenceOf, root);
              assert.match(finding?.summary ?? "", says);
            },
          });
        });
      }

      await test.test("plain text to a TLS port: the app answers 400, and the annotation is named", async () => {
        await install(own, "plain", {
          host: `plain.${zone}`,
          web: { env: { LISTEN: "https://0.0.0.0:8080" }, ...NO_PROBE },
        });
        await until(namespace, "plain", {
          roots: ["ingress/backend-protocol-suspect"],
          code: 1,
          check: (told) => {
            assert.match(told.report.summary, /speaks HTTP to port .* which speaks HTTPS/);
            assert.match(fromHere(told, "name").answer, /^400 /);
          },
        });
      });
    }));
});

describe("requests that never reach the controller", () => {
  it("are proven lost by the control from inside", () => {
    const host = "noroute.netcheck.test";
    const annotations = { "netcheck.test/hostname": host, "netcheck.test/no-route": "true" };
    return withController({ annotations }, async (own) => {
      await install(own, "web", { host });
      await until(own.namespace, "web", {
        roots: ["ingress/request-not-in-log"],
        code: 1,
        check: (told) => {
          const finding = told.find("ingress/request-not-in-log");
          assert.equal(finding?.confidence, "certain");
          assert.match(finding?.summary ?? "", /never reach the controller/);
          assert.match(JSON.stringify(finding?.evidence), /the control from inside, in the log of controller-/);
          assert.equal(told.find("probe/external-timeout")?.consequenceOf, "ingress/request-not-in-log");
          assert.match(step(told, "I7").notes, /never reached the controller; proven/);
          assert.deepEqual([fromHere(told, "LB").inLog, fromHere(told, "name").inLog], ["NO", "NO"]);
        },
      });
    });
  });

  it("are not called lost when the access log is off: undecidable, with the setting; and healthy when they are answered", () => {
    const host = "silent.netcheck.test";
    const settings = { "disable-access-log": "true" };
    return withController({ annotations: { "netcheck.test/hostname": host }, settings }, async (own) => {
      const { namespace } = own;
      await install(own, "web", { host });
      await until(namespace, "web", {
        roots: [],
        code: 0,
        check: (told) => {
          assert.equal(told.report.verdict, "healthy");
          assert.match(fromHere(told, "name").answer, /^200 /);
          assert.equal(fromHere(told, "name").inLog, "undecidable");
        },
      });
      await kubectl(["-n", namespace, "annotate", "service", "controller", "netcheck.test/no-route=true"]);
      await until(namespace, "web", {
        roots: ["probe/external-timeout"],
        code: 1,
        check: (told) => {
          assert.equal(told.find("ingress/request-not-in-log"), undefined);
          assert.match(
            step(told, "I7").notes,
            /undecidable: its access log is off \(disable-access-log in ConfigMap \S+\/controller\)/,
          );
          assert.deepEqual([fromHere(told, "LB").inLog, fromHere(told, "name").inLog], ["undecidable", "undecidable"]);
          assert.equal(told.report.checks.find(({ id }) => id === "ingress/request-log")?.status, "unknown");
        },
      });
    });
  });

  it("are undecidable for who may not read the controller's log", () =>
    withNamespace(async (namespace) => {
      await install({ namespace, className: "nginx" }, "web", { host: `${namespace}.netcheck.test` });
      await apply(namespace, readerOf(namespace));
      try {
        await until(namespace, "web", {
          roots: [],
          code: 0,
          args: ["--as", `system:serviceaccount:${namespace}:default`],
          check: (told) => {
            assert.match(fromHere(told, "name").answer, /^200 /);
            assert.equal(fromHere(told, "name").inLog, "undecidable");
            assert.match(
              step(told, "I7").notes,
              /undecidable: the log of \S+ could not be read: .*cannot get resource "pods\/log"/,
            );
          },
        });
      } finally {
        await kubectlRun(["delete", `clusterrole/${namespace}`, `clusterrolebinding/${namespace}`, "--wait=false"]);
      }
    }));
});

describe("logs of another kind", () => {
  it("a format of one's own: the marker is seen, and nothing more is claimed", () => {
    const settings = {
      "log-format-escape-json": "true",
      "log-format-upstream": '{"id":"$req_id","path":"$request_uri"}',
    };
    const host = "json.netcheck.test";
    return withController({ annotations: { "netcheck.test/hostname": host }, settings }, async (own) => {
      await install(own, "web", { host });
      await until(own.namespace, "web", {
        roots: [],
        code: 0,
        check: (told) => {
          assert.equal(fromHere(told, "name").inLog, "2 lines");
          assert.match(step(told, "I7").notes, /the format of the line is not known/);
        },
      });
    });
  });

  it("Traefik is understood as well: arrived, with the server that answered", () =>
    withNamespace(async (namespace) => {
      await install({ namespace, className: "traefik" }, "web", { host: `${namespace}.gateway.netcheck.test` });
      await until(namespace, "web", {
        roots: [],
        code: 0,
        check: (told) => {
          assert.equal(told.report.verdict, "healthy");
          const { rows } = step(told, "I7");
          assert.equal(rows.length, 6);
          for (const row of rows) {
            assert.equal(row[4], "2 lines");
            assert.match(row[5] ?? "", /^http:\/\/10\.244\.\d+\.\d+:8080$/);
          }
        },
      });
    }));
});
