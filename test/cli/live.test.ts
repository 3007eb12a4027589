/** Whole command lines against an API server that may misbehave. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { netcheck, type Outcome, reportOf, spawned } from "../support/command.ts";
import type { FakeApi, FakeApiOptions, FakeObject, Fault } from "../support/fake-api.ts";
import { bench, kubeconfig } from "../support/kube.ts";
import { ago, event, NOW, node, notReady, pod, service, slice } from "../support/objects.ts";
import { deployment, ownedBy } from "../support/workloads.ts";

const { api: start, keep } = bench();
void keep;

const web = pod({ metadata: ownedBy("web") });
const HEALTHY: readonly FakeObject[] = [service(), web, slice(), node(), deployment()];
const down = pod({
  metadata: ownedBy("web"),
  status: {
    conditions: notReady(),
    containerStatuses: [
      {
        name: "web",
        ready: false,
        started: false,
        restartCount: 7,
        image: "web:1",
        imageID: "",
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: { exitCode: 1, reason: "Error", finishedAt: ago(30) } },
      },
    ],
  },
});
const NOT_THERE = slice({ endpoints: [{ addresses: ["10.244.1.15"], conditions: { ready: false, serving: false } }] });
const BROKEN: readonly FakeObject[] = [
  service(),
  down,
  NOT_THERE,
  node(),
  deployment({ status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, unavailableReplicas: 1 } }),
  event(down, { reason: "BackOff", message: "Back-off restarting failed container web" }),
];
const LOG = [{ namespace: "shop", pod: "web-1", container: "web", previous: true, text: "FATAL: no such file\n" }];

const serve = (options: FakeApiOptions): Promise<FakeApi> => start({ now: NOW, logs: LOG, ...options });
const to = (api: FakeApi, ...line: readonly string[]): readonly string[] => [
  ...line,
  "--kubeconfig",
  api.kubeconfigPath,
];
const idsOf = async (line: readonly string[]): Promise<readonly string[]> =>
  (await reportOf(line)).report.findings.map(({ id, severity }) => `${id} ${severity}`);

describe("netcheck svc on a live cluster", () => {
  it("healthy: exit code 0, nothing on standard error", async () => {
    const api = await serve({ objects: HEALTHY });
    const { code, out, err } = await netcheck(to(api, "svc", "web"));
    assert.equal(err, "");
    assert.match(out, /^HEALTHY /);
    assert.equal(code, 0);
  });

  it("broken: the crash is the root, its log is shown, exit code 1", async () => {
    const api = await serve({ objects: BROKEN });
    const { code, out } = await netcheck(to(api, "svc", "web"));
    assert.match(out, /^BROKEN /);
    assert.match(out, /FATAL: no such file/);
    assert.equal(code, 1);
    const { report } = await reportOf(to(api, "svc", "web"));
    assert.deepEqual(report.findings.map(({ id, consequenceOf }) => [id, consequenceOf]).slice(0, 2), [
      ["pod/container-crash-loop", null],
      ["svc/no-ready-endpoints", "pod/container-crash-loop"],
    ]);
  });

  it("the name is not there: near names and the namespaces that hold it, exit code 2", async () => {
    const api = await serve({
      objects: [...HEALTHY, service({ metadata: { name: "web-api", namespace: "stage" } })],
    });
    const near = await netcheck(to(api, "svc", "wbe"));
    assert.equal(near.code, 2);
    assert.match(near.err, /Service "wbe" not found[\s\S]*netcheck -n shop svc web --kubeconfig \S+\n/);
    const elsewhere = await netcheck(to(api, "svc", "web-api"));
    assert.match(elsewhere.err, /exists in namespace stage: kubectl netcheck -n stage svc web-api/);
  });
});

/** What a user may be denied: every kind that the command reads, and the logs. */
const RESOURCES = ["services", "endpointslices", "pods", "nodes", "deployments", "events"] as const;
const ESSENTIAL: readonly string[] = ["endpointslices", "pods"];
const denied = (resource: string): Fault => ({
  path: new RegExp(`/${resource}(?:[/?]|$)`),
  status: 403,
  message: `${resource} is forbidden: User "dev" cannot list resource "${resource}"`,
});

describe("what the user may not read", () => {
  for (const resource of RESOURCES.filter((one) => one !== "services")) {
    it(`${resource}: no new finding on a healthy Service${ESSENTIAL.includes(resource) ? ", and no exit code 0" : ""}`, async () => {
      const api = await serve({ objects: HEALTHY, faults: [denied(resource)] });
      const { code, report } = await reportOf(to(api, "svc", "web"));
      assert.deepEqual(
        report.findings.filter(({ severity }) => severity !== "info"),
        [],
      );
      assert.equal(code, ESSENTIAL.includes(resource) ? 3 : 0);
      if (code === 3) assert.match(JSON.stringify(report.unread), new RegExp(`forbidden: .*${resource}`));
    });

    it(`${resource}: nothing new on a broken one, which is never called healthy`, async () => {
      const all = await idsOf(to(await serve({ objects: BROKEN }), "svc", "web"));
      const api = await serve({ objects: BROKEN, faults: [denied(resource)] });
      const { code, report } = await reportOf(to(api, "svc", "web"));
      const fresh = report.findings
        .filter(({ severity }) => severity !== "info")
        .map(({ id, severity }) => `${id} ${severity}`)
        .filter((one) => !all.includes(one));
      assert.deepEqual(fresh, []);
      assert.ok(code === 1 || code === 3, `exit code ${code}`);
    });
  }

  it("all but the Service: unknown, exit code 3", async () => {
    const faults = RESOURCES.filter((one) => one !== "services").map(denied);
    for (const objects of [HEALTHY, BROKEN]) {
      const { code, report } = await reportOf(to(await serve({ objects, faults }), "svc", "web"));
      assert.equal(report.verdict, "unknown");
      assert.equal(code, 3);
    }
  });

  it("the Service itself: exit code 2, and the command that asks for the permission", async () => {
    const api = await serve({ objects: HEALTHY, faults: [denied("services")] });
    const { code, err } = await netcheck(to(api, "svc", "web"));
    assert.equal(code, 2);
    assert.match(err, /cannot read services in namespace "shop" of \S+: .*forbidden[\s\S]*kubectl auth can-i/);
    assert.doesNotMatch(err, /not found/);
  });

  it("a pod's log: the finding stays", async () => {
    const api = await serve({ objects: BROKEN, faults: [denied("log")] });
    const { code, report } = await reportOf(to(api, "svc", "web"));
    assert.equal(code, 1);
    assert.equal(report.findings[0]?.id, "pod/container-crash-loop");
  });
});

describe("an API server in trouble", () => {
  it("401: one sentence with the server's address, exit code 2", async () => {
    const api = await serve({ objects: HEALTHY, faults: [{ path: "/", status: 401 }] });
    const { code, err, out } = await netcheck(to(api, "svc", "web"));
    assert.equal(code, 2);
    assert.equal(out, "");
    assert.ok(err.startsWith("error: ") && err.includes(api.server), err);
    assert.doesNotMatch(err, /\n\s+at /);
  });

  it("429 with Retry-After, then fine: the same answer", async () => {
    const api = await serve({
      objects: HEALTHY,
      faults: [{ path: "/pods", status: 429, times: 1, headers: { "retry-after": "0" } }],
    });
    assert.equal((await netcheck(to(api, "svc", "web"))).code, 0);
    assert.equal(api.requests.filter(({ status }) => status === 429).length, 1);
  });

  it("a server that only sends us away: what it answered, where it is, what to do; not that it gave no answer", async () => {
    const faults = [{ path: "/services", status: 429, headers: { "retry-after": "60" } }];
    const api = await serve({ objects: HEALTHY, faults });
    const { code, err } = await netcheck(to(api, "svc", "web", "--request-timeout=200ms"));
    assert.equal(code, 2);
    assert.equal(
      err,
      `error: cannot read services in namespace "shop" of ${api.server}: services "web": the API server answered 429: injected 429
  try again, or ask the server how it is: kubectl get --raw '/readyz?verbose'
`,
    );
  });

  it("an answer that is no JSON is called that", async () => {
    const fault = { path: "/services", status: 200, headers: { "content-type": "text/plain" }, body: "ok" };
    const { code, err } = await netcheck(to(await serve({ objects: HEALTHY, faults: [fault] }), "svc", "web"));
    assert.equal(code, 2);
    assert.match(err, /services "web": the API server's answer is no JSON object\n {2}try again/);
  });

  it("endpointslices answer 500 to the end: unknown, not broken", async () => {
    const fault = { path: "/endpointslices", status: 500, headers: { "retry-after": "0" } };
    const { code, report } = await reportOf(to(await serve({ objects: HEALTHY, faults: [fault] }), "svc", "web"));
    assert.equal(code, 3);
    assert.deepEqual(
      report.findings.filter(({ severity }) => severity !== "info"),
      [],
    );
  });

  it("an answer that breaks off in the middle is no empty list", async () => {
    const fault = { path: "/pods", does: "truncate" } as const;
    const api = await serve({ objects: HEALTHY, faults: [fault], protocol: "http/1.1" });
    const { code, out } = await netcheck(to(api, "svc", "web"));
    assert.doesNotMatch(out, /svc\/selector-matches-nothing|HEALTHY/);
    assert.notEqual(code, 0);
    assert.notEqual(code, 1);
  });

  it("gone after the first answers: never healthy, never broken", async () => {
    const gone: Fault = { path: "/", after: 3, does: "reset" };
    const { code, out } = await netcheck(to(await serve({ objects: BROKEN, faults: [gone] }), "svc", "web"));
    assert.ok(code === 2 || code === 3, `exit code ${code}: ${out}`);
  });
});

describe("hostile text from the cluster", () => {
  const ESC = String.fromCharCode(27);
  const EVIL = `${ESC}[2J${ESC}]0;owned${String.fromCharCode(7)}\r${String.fromCharCode(0x9b)}31m${String.fromCharCode(0x202e)}evil`;
  const poisoned: readonly FakeObject[] = [
    service({ metadata: { annotations: { note: EVIL } }, spec: { selector: { app: `web${EVIL}` } } }),
    {
      ...down,
      metadata: { ...down.metadata, labels: { app: `web${EVIL}` } },
      status: {
        ...down.status,
        containerStatuses: [
          {
            ...down.status?.containerStatuses?.[0],
            state: { waiting: { reason: `CrashLoopBackOff`, message: EVIL } },
            lastState: { terminated: { exitCode: 1, reason: EVIL, message: EVIL, finishedAt: ago(30) } },
          },
        ],
      },
    } as FakeObject,
    NOT_THERE,
    node({ metadata: { name: "node-1", labels: { zone: EVIL } } }),
    event(down, { reason: `Unhealthy${EVIL}`, message: EVIL }),
  ];
  const logs = [{ namespace: "shop", pod: "web-1", container: "web", previous: true, text: `${EVIL}\n${EVIL}` }];

  /** Control characters other than the newline, and those that turn the direction of text. */
  const unsafe = (text: string): readonly string[] =>
    [...text].filter((one) => {
      const code = one.codePointAt(0) ?? 0;
      const control = (code < 32 && one !== "\n") || (code >= 0x7f && code < 0xa0);
      return control || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    });

  for (const output of ["table", "wide", "json", "yaml"]) {
    it(`reaches no terminal as it is: -o ${output}`, async () => {
      const api = await serve({ objects: poisoned, logs });
      const { code, out, err } = await netcheck(to(api, "svc", "web", "-o", output));
      assert.equal(code, 1);
      assert.match(out, /evil/);
      assert.deepEqual(unsafe(out + err), []);
    });
  }

  it("nor through an error: the server's own message, and the name that was asked for", async () => {
    const api = await serve({ objects: poisoned, faults: [{ path: "/services", status: 403, message: EVIL }] });
    for (const line of [to(api, "svc", "web"), to(api, "svc", EVIL), to(api, "pod", "-l", EVIL)]) {
      const { code, out, err }: Outcome = await netcheck(line);
      assert.equal(code, 2);
      assert.deepEqual(unsafe(out + err), []);
    }
  });
});

describe("Ctrl-C", () => {
  it("ends a run that waits for the server: exit code 130, no report", async () => {
    const api = await serve({ objects: HEALTHY, faults: [{ path: "/pods", does: "hang" }] });
    const asked = async (): Promise<void> => {
      while (!api.requests.some(({ url }) => url.includes("/pods"))) await new Promise(setImmediate);
    };
    const { code, out } = await spawned(to(api, "svc", "web"), async (pid) => {
      await asked();
      process.kill(pid, "SIGINT");
    });
    assert.equal(code, 130);
    assert.equal(out, "");
  });

  it("ends even while something hangs that does not end with us: here a credential plugin that is deaf to signals", async () => {
    const api = await serve({ objects: HEALTHY });
    const started = join(api.folder, "started");
    const plugin = join(api.folder, "deaf");
    const script = `trap '' INT TERM; exec 2>&-; touch ${started}; while kill -0 $PPID; do sleep 0.1; done`;
    writeFileSync(plugin, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: plugin, interactiveMode: "Never" };
    const line = ["svc", "web", "--kubeconfig", kubeconfig(api, { user: { exec } })];
    const { code, out, err } = await spawned(line, async (pid) => {
      while (!existsSync(started)) await new Promise(setImmediate);
      process.kill(pid, "SIGINT");
    });
    assert.deepEqual({ code, out, err }, { code: 130, out: "", err: "" });
  });
});

describe("netcheck pod", () => {
  it("no pod has the labels: exit code 2, never healthy", async () => {
    const { code, err, out } = await netcheck(to(await serve({ objects: HEALTHY }), "pod", "-l", "app=nope"));
    assert.equal(code, 2);
    assert.equal(out, "");
    assert.match(err, /no pod in namespace "shop" has the labels app=nope/);
  });

  it("a malformed selector is told as one, and nothing is asked", async () => {
    const api = await serve({ objects: HEALTHY });
    for (const selector of ["app in (", "a=b=c", "=x"]) {
      const { code, err } = await netcheck(to(api, "pod", "-l", selector));
      assert.equal(code, 2);
      assert.match(err, /is not a label selector\n {2}As in kubectl/);
    }
    assert.deepEqual(api.requests, []);
  });

  it("a name and -A contradict each other", async () => {
    const { code, err } = await netcheck(to(await serve({ objects: HEALTHY }), "pod", "web-1", "-A"));
    assert.equal(code, 2);
    assert.match(err, /a name cannot be looked up in all namespaces/);
  });

  it("the name of a Deployment, and of a pod but for its hash", async () => {
    const api = await serve({ objects: [...HEALTHY, deployment({ name: "cart" })] });
    assert.match((await netcheck(to(api, "pod", "cart"))).err, /There is a Deployment cart: .* pod deployment\/cart/);
    assert.match((await netcheck(to(api, "pod", "web"))).err, /Near name in shop: .* pod web-1/);
    assert.match((await netcheck(to(api, "pod", "deploy/wbe"))).err, /Near name in shop: .* pod deployment\/web/);
  });
});
