/** Requests through a real ingress-nginx and a real Traefik, looked for in their logs: what arrived, what provably did not, and what cannot be told. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Finding } from "../../src/model/finding.ts";
import type { Report } from "../../src/model/report.ts";
import { certificate } from "../support/certs.ts";
import { ingress, tlsSecret } from "./scenarios/ingress.ts";
import { apply, eventually, kubectl, netcheck, withNamespace } from "./support/cluster.ts";
import { type ControllerOptions, type OwnController, withController } from "./support/controller.ts";
import { service, type WebOptions, webDeployment } from "./support/objects.ts";

interface Told {
  readonly report: Report;
  readonly code: number;
  readonly roots: readonly string[];
  readonly find: (id: string) => Finding | undefined;
}

async function ask(namespace: string, ...args: readonly string[]): Promise<Told> {
  const { stdout, stderr, code } = await netcheck([
    "ingress",
    "web",
    "-n",
    namespace,
    "--probe",
    "--yes",
    "-o",
    "json",
    ...args,
  ]);
  assert.equal(stderr, "");
  const report = JSON.parse(stdout) as Report;
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

/** What became of the requests from here, by the load balancer's address and by name: `LB 10.215.0.12:80` → [answer, in the log]. */
function fromHere(told: Told): ReadonlyMap<string, readonly string[]> {
  const own = step(told, "I7").rows.filter((row) => row[1] === "this machine");
  return new Map(own.map((row) => [(row[2] ?? "").split(" ")[0] ?? "", [row[3] ?? "", row[4] ?? ""]]));
}

/** Asks until the answer has the wanted root: a controller needs a moment for a new Ingress, and so does the bed for a route. */
function until(namespace: string, roots: readonly string[], ...args: readonly string[]): Promise<Told> {
  return eventually(
    async () => {
      const told = await ask(namespace, ...args);
      assert.deepEqual(told.roots, roots, told.report.summary);
      return told;
    },
    { timeout: 100_000, what: `an answer that says ${roots.join(", ") || "nothing is wrong"}` },
  );
}

interface World {
  readonly controller?: ControllerOptions;
  readonly host?: string;
  readonly web?: WebOptions;
  readonly service?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly tls?: boolean;
  readonly more?: readonly object[];
}

/** A namespace with a controller of its own, the app, and Ingress `web` of its class for `host`. */
function world<T>(given: World, use: (own: OwnController) => Promise<T>): Promise<T> {
  return withController(given.controller ?? {}, async (own) => {
    const { namespace, className } = own;
    const host = given.host ?? `${namespace}.netcheck.test`;
    const made = ingress(host, { className, annotations: given.annotations ?? {} }) as { readonly spec: object };
    const tls = given.tls === true ? { tls: [{ hosts: [host], secretName: "web-tls" }] } : {};
    await apply(namespace, [
      webDeployment("web", given.web ?? {}),
      service("web", given.service ?? {}),
      { ...made, spec: { ...made.spec, ...tls } },
      ...(given.more ?? []),
    ]);
    await kubectl(["-n", namespace, "rollout", "status", "deployment/web", "--timeout=60s"]);
    return use(own);
  });
}

/** The controller's load balancer has the host's name, as an external-dns would make it. */
const named = (host: string): ControllerOptions => ({ annotations: { "netcheck.test/hostname": host } });

const noProbe = { container: { readinessProbe: undefined } };

describe("requests through an ingress controller", () => {
  it("healthy: every request arrives, and the log tells by which upstream it was answered", () =>
    world(
      { controller: named("healthy.netcheck.test"), host: "healthy.netcheck.test" },
      async ({ namespace, address }) => {
        const told = await until(namespace, []);
        assert.deepEqual([told.report.verdict, told.code], ["healthy", 0]);
        const { rows, notes } = step(told, "I7");
        assert.equal(rows.length, 6);
        for (const row of rows) {
          assert.match(row[3] ?? "", /^200 /);
          assert.equal(row[4], "2 lines");
          assert.match(row[5] ?? "", /^10\.244\.\d+\.\d+:8080 200$/);
        }
        assert.match(notes, /this machine by name: arrived at controller-\S+, which saw \S+ as the client/);
        assert.match(notes, /tried as http:\/\/healthy\.netcheck\.test\/ \(host and path: its only rule\)/);
        assert.deepEqual(step(told, "I6").rows, [
          ["healthy.netcheck.test", address, address, address, "this controller"],
        ]);
      },
    ));

  it("28: the certificate names another host: the default one is on the wire, and the Secret is the cause", () => {
    const pair = certificate({ name: "a.netcheck.test", hosts: ["a.netcheck.test"] });
    const host = "b28.netcheck.test";
    return world({ controller: named(host), host, tls: true, more: [tlsSecret(pair)] }, async ({ namespace }) => {
      const told = await until(namespace, ["ingress/tls-host-mismatch"]);
      assert.equal(told.code, 1);
      assert.equal(told.find("ingress/tls-secret-missing"), undefined);
      const wire = told.find("probe/tls-invalid");
      assert.equal(wire?.consequenceOf, "ingress/tls-host-mismatch");
      assert.match(JSON.stringify(wire?.evidence), /Kubernetes Ingress Controller Fake Certificate/);
      assert.match(step(told, "I3").rows[0]?.at(-1) ?? "", /Fake Certificate/);
      assert.deepEqual(fromHere(told).get("name")?.[1], "2 lines");
    });
  });

  it("29: the host's record still leads to a former load balancer: named as the cause, the loss proven", () => {
    const host = "old29.netcheck.test";
    const old = "10.215.0.209";
    const annotations = { "netcheck.test/hostname": host, "netcheck.test/hostname-address": old };
    return world({ controller: { annotations }, host }, async ({ namespace, address }) => {
      const told = await until(namespace, ["ingress/host-dns-elsewhere"]);
      assert.equal(told.code, 1);
      assert.match(told.report.summary, new RegExp(`resolves to ${old}, the controller is reached at ${address}`));
      assert.equal(told.find("ingress/request-not-in-log")?.consequenceOf, "ingress/host-dns-elsewhere");
      assert.ok(!told.report.findings.some(({ id }) => id.startsWith("azure/")));
      assert.deepEqual(fromHere(told).get("name")?.[1], "NO");
      assert.deepEqual(fromHere(told).get("LB")?.[1], "2 lines");
      assert.deepEqual(step(told, "I6").rows[0]?.at(-1), "somebody else");
    });
  });

  it("a host without a record", () => {
    const host = "web.nowhere.test";
    return world({ host }, async ({ namespace }) => {
      const told = await until(namespace, ["ingress/host-dns-missing"]);
      assert.equal(told.code, 1);
      assert.deepEqual(fromHere(told).get("LB")?.[1], "2 lines");
      assert.deepEqual(fromHere(told).get("name")?.[1], "not sent");
    });
  });

  it("a load balancer without a route from outside: never reached the controller, proven by the control from inside", () => {
    const host = "noroute.netcheck.test";
    const annotations = { "netcheck.test/hostname": host, "netcheck.test/no-route": "true" };
    return world({ controller: { annotations }, host }, async ({ namespace }) => {
      const told = await until(namespace, ["ingress/request-not-in-log"]);
      assert.equal(told.code, 1);
      const finding = told.find("ingress/request-not-in-log");
      assert.equal(finding?.confidence, "certain");
      assert.match(finding?.summary ?? "", /never reach the controller/);
      assert.match(JSON.stringify(finding?.evidence), /the control from inside, in the log of controller-/);
      assert.equal(told.find("probe/external-timeout")?.consequenceOf, "ingress/request-not-in-log");
      assert.match(step(told, "I7").notes, /never reached the controller; proven/);
      for (const way of ["LB", "name"]) assert.equal(fromHere(told).get(way)?.[1], "NO");
    });
  });

  it("the access log is off: undecidable, with the setting, and no verdict from it", () => {
    const host = "silent.netcheck.test";
    const annotations = { "netcheck.test/hostname": host, "netcheck.test/no-route": "true" };
    const settings = { "disable-access-log": "true" };
    return world({ controller: { annotations, settings }, host }, async ({ namespace }) => {
      const told = await until(namespace, ["probe/external-timeout"]);
      assert.equal(told.find("ingress/request-not-in-log"), undefined);
      assert.match(
        step(told, "I7").notes,
        /undecidable: its access log is off \(disable-access-log in ConfigMap \S+\/controller\)/,
      );
      for (const way of ["LB", "name"]) assert.equal(fromHere(told).get(way)?.[1], "undecidable");
      const check = told.report.checks.find(({ id }) => id === "ingress/request-log");
      assert.equal(check?.status, "unknown");
    });
  });

  it("the access log is off and all is well: healthy all the same", () =>
    world(
      {
        controller: { ...named("quiet.netcheck.test"), settings: { "disable-access-log": "true" } },
        host: "quiet.netcheck.test",
      },
      async ({ namespace }) => {
        const told = await until(namespace, []);
        assert.deepEqual([told.report.verdict, told.code], ["healthy", 0]);
        assert.equal(fromHere(told).get("name")?.[1], "undecidable");
      },
    ));

  it("a log format of one's own: the marker is seen, and nothing more is claimed", () => {
    const settings = {
      "log-format-escape-json": "true",
      "log-format-upstream": '{"id":"$req_id","path":"$request_uri"}',
    };
    return world(
      { controller: { ...named("json.netcheck.test"), settings }, host: "json.netcheck.test" },
      async ({ namespace }) => {
        const told = await until(namespace, []);
        assert.equal(told.code, 0);
        assert.equal(fromHere(told).get("name")?.[1], "2 lines");
        assert.match(step(told, "I7").notes, /the format of the line is not known/);
      },
    );
  });

  it("no marker in the query when asked to: found by its headers", () =>
    world({ controller: named("signed.netcheck.test"), host: "signed.netcheck.test" }, async ({ namespace }) => {
      await until(namespace, []);
      const told = await ask(namespace, "--no-query-marker");
      assert.equal(fromHere(told).get("name")?.[1], "2 lines");
    }));
});

describe("server errors through the controller, each with its cause", () => {
  const broken = (
    name: string,
    given: World,
    roots: readonly string[],
    status: number,
    says: RegExp,
    ...args: readonly string[]
  ): void => {
    it(name, () => {
      const host = `${name.split(":")[0]?.replaceAll(/\W/g, "")}.netcheck.test`;
      return world({ ...given, controller: { ...named(host), ...given.controller }, host }, async ({ namespace }) => {
        const told = await until(namespace, roots, ...args);
        assert.equal(told.code, 1);
        assert.match(fromHere(told).get("name")?.[0] ?? "", new RegExp(`^${status} `));
        const finding = told.find("probe/host-5xx");
        assert.equal(finding?.consequenceOf, roots[0]);
        assert.match(finding?.summary ?? "", says);
      });
    });
  };

  broken(
    "502a: nothing listens on the target port",
    { web: noProbe, service: { ports: [{ port: 80, targetPort: 9090 }] } },
    ["probe/pod-refused"],
    502,
    /answers 502 through the controller: its connections to the app are refused/,
  );
  broken(
    "502b: TLS to a plain port",
    { annotations: { "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS" } },
    ["ingress/backend-protocol-suspect"],
    502,
    /while the app by itself answers 200: its TLS handshake with the app fails/,
  );
  broken(
    "503: no pod is ready",
    { web: { env: { READY: "false" } } },
    ["pod/readiness-probe-failing"],
    503,
    /answers 503 through the controller: it has no endpoint/,
  );
  broken(
    "504a: a policy drops what the controller sends",
    {
      more: [
        {
          apiVersion: "networking.k8s.io/v1",
          kind: "NetworkPolicy",
          metadata: { name: "only-probes" },
          spec: {
            podSelector: { matchLabels: { app: "web" } },
            policyTypes: ["Ingress"],
            ingress: [{ from: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "netcheck-probe" } } }] }],
          },
        },
      ],
    },
    ["ingress/log-upstream-timeout"],
    504,
    /while the app by itself answers 200: its connections to the app get no answer, packets are dropped/,
  );
  broken(
    "504b: the app is slower than the controller waits",
    {
      web: { env: { DELAY: "4s" }, ...noProbe },
      annotations: {
        "nginx.ingress.kubernetes.io/proxy-read-timeout": "1",
        "nginx.ingress.kubernetes.io/proxy-next-upstream-tries": "1",
      },
    },
    ["ingress/log-upstream-slow"],
    504,
    /the app accepts the request and does not answer in time/,
  );

  it("plain text to a TLS port: the app says so with 400, and the annotation is named", () =>
    world(
      {
        controller: named("plain.netcheck.test"),
        host: "plain.netcheck.test",
        web: { env: { LISTEN: "https://0.0.0.0:8080" }, ...noProbe },
      },
      async ({ namespace }) => {
        const told = await until(namespace, ["ingress/backend-protocol-suspect"]);
        assert.equal(told.code, 1);
        assert.match(told.report.summary, /speaks HTTP to port .* which speaks HTTPS/);
        assert.match(fromHere(told).get("name")?.[0] ?? "", /^400 /);
      },
    ));
});

describe("Traefik", () => {
  it("is understood as well: arrived, with the server that answered", () =>
    withNamespace(async (namespace) => {
      const host = `${namespace}.gateway.netcheck.test`;
      await apply(namespace, [webDeployment("web"), service("web"), ingress(host, { className: "traefik" })]);
      await kubectl(["-n", namespace, "rollout", "status", "deployment/web", "--timeout=60s"]);
      const told = await until(namespace, []);
      assert.deepEqual([told.report.verdict, told.code], ["healthy", 0]);
      for (const row of step(told, "I7").rows) {
        assert.equal(row[4], "2 lines");
        assert.match(row[5] ?? "", /^http:\/\/10\.244\.\d+\.\d+:8080$/);
      }
    }));
});
