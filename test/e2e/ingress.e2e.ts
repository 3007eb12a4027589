/** Ingresses on a real cluster with a real ingress-nginx: each state is made, judged live, dumped and judged again. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { HOSTLESS, INGRESS } from "./scenarios/ingress.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { complaint, essence, install, remove, report, settled } from "./scenarios/world.ts";
import { apply, eventually, kubectl, kubectlRun, netcheck, outside } from "./support/cluster.ts";

const RUN = Math.floor(Date.now() / 1000).toString(36);
const namespaceOf = (scenario: Scenario): string => `netcheck-i${scenario.id.toLowerCase()}-${RUN}`;

/** What the judgement of an Ingress reads, as `kubectl get -A -o yaml` prints it: classes and controllers are elsewhere. */
const DUMPED =
  "ingresses,services,pods,endpointslices,deployments,replicasets,statefulsets,daemonsets,events,networkpolicies";

async function withDump<T>(namespace: string, use: (files: readonly string[]) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "netcheck-dump-"));
  try {
    const asked = {
      objects: ["get", DUMPED, "-A"],
      secrets: ["-n", namespace, "get", "secrets"],
      cluster: ["get", "nodes,ingressclasses,namespaces"],
      leases: ["-n", "kube-node-lease", "get", "leases"],
    };
    const files: string[] = [];
    for (const [name, args] of Object.entries(asked)) {
      const file = join(folder, `${name}.yaml`);
      writeFileSync(file, await kubectl([...args, "-o", "yaml"]));
      files.push(file);
    }
    return await use(files);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The essence without what only a log says: `kubectl get` puts no log into a dump. */
const told = (given: Awaited<ReturnType<typeof report>>): string =>
  essence(given)
    .split("\n")
    .filter((line) => !line.startsWith("ingress/log-"))
    .join("\n");

function judged(scenario: Scenario): void {
  const namespace = namespaceOf(scenario);

  it(`${scenario.id}: ${scenario.title}: says ${scenario.first.join(", ") || "nothing is wrong"}, exit ${scenario.exit}`, async () => {
    await settled(scenario, namespace);
  });

  it(`${scenario.id}: says the same of the dump`, async () => {
    // Between the live answer and the dump a crashing container may change its state: both are taken until they speak of the same.
    let pair = { live: "", dump: "never asked" };
    for (let left = 10; left > 0 && pair.live !== pair.dump; left -= 1) {
      const live = await report(scenario, namespace);
      const dump = await withDump(namespace, (files) =>
        report(
          scenario,
          namespace,
          files.flatMap((file) => ["-f", file]),
        ),
      );
      assert.equal(complaint(scenario, live), undefined);
      pair = { live: told(live), dump: told(dump) };
    }
    assert.equal(pair.dump, pair.live);
  });
}

describe("Ingresses", () => {
  before(async () => {
    for (const scenario of INGRESS) await install(scenario, namespaceOf(scenario));
  });

  after(async () => {
    await Promise.all(INGRESS.map((scenario) => remove(namespaceOf(scenario))));
    await kubectlRun(["delete", "ingressclass", "netcheck-agic", "netcheck-asleep", "--ignore-not-found"]);
  });

  for (const scenario of INGRESS) judged(scenario);

  describe("with rights in one namespace only", () => {
    const good = INGRESS.find((scenario) => scenario.id === "tls-good");
    const namespace = good === undefined ? "" : namespaceOf(good);
    const asUser = ["--as", `system:serviceaccount:${namespace}:reader`];

    before(async () => {
      await kubectl(["-n", namespace, "create", "serviceaccount", "reader"]);
      const subject = `--serviceaccount=${namespace}:reader`;
      await kubectl(["-n", namespace, "create", "rolebinding", "reader", "--clusterrole=view", subject]);
    });

    it("34: says what it could not read, and takes nothing forbidden for a fault", async () => {
      const { stdout, code } = await netcheck(["ingress", "web", "-n", namespace, "-o", "json", ...asUser]);
      const { verdict, findings, unread } = JSON.parse(stdout) as Awaited<ReturnType<typeof report>>["report"];
      assert.deepEqual(
        findings.filter((finding) => finding.severity !== "info"),
        [],
      );
      assert.ok(verdict === "unknown" || verdict === "healthy", verdict);
      assert.equal(code, verdict === "unknown" ? 3 : 0);
      assert.ok(unread.some(({ reason }) => reason.includes("forbidden")));
    });
  });

  it("reads in the controller's log that connections are refused", async () => {
    const namespace = `netcheck-irefused-${RUN}`;
    const host = "refused.netcheck.test";
    const scenario: Scenario = {
      id: "refused",
      title: "the app does not listen on the target port, and has no readiness probe",
      objects: [],
      command: ["ingress", "web"],
      first: ["ingress/log-upstream-refused"],
      never: [],
      exit: 1,
    };
    const { deployment, service } = await import("./scenarios/manifests.ts");
    const { ingress } = await import("./scenarios/ingress.ts");
    try {
      await install(scenario, namespace);
      await apply(namespace, [
        deployment({ container: { readinessProbe: undefined, ports: [] } }),
        service({ ports: [{ port: 80, targetPort: 9090 }] }),
        ingress(host),
      ]);
      await eventually(
        async () => {
          const asked = ["curl", "-s", "-m", "3", "-o", "/dev/null", "-w", "%{http_code}", `http://${host}/`] as const;
          const { stdout } = await outside([...asked]);
          assert.equal(stdout, "502");
          assert.equal(complaint(scenario, await report(scenario, namespace)), undefined);
          return true;
        },
        { what: scenario.title },
      );
    } finally {
      await remove(namespace);
    }
  });

  describe("without a host", () => {
    before(async () => {
      for (const scenario of HOSTLESS) await install(scenario, namespaceOf(scenario));
    });

    after(async () => {
      await Promise.all(HOSTLESS.map((scenario) => remove(namespaceOf(scenario))));
    });

    for (const scenario of HOSTLESS) judged(scenario);
  });
});
