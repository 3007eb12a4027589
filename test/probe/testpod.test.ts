/** The life of a test pod against an API server in memory: what is created, and that it is always taken away again. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Answer, Change } from "../../src/kube/transport.ts";
import type { Api } from "../../src/probe/api.ts";
import { DEFAULT_IMAGE, jobManifest, type PodSpecInput, podManifest } from "../../src/probe/spec.ts";
import { leftovers, sweep } from "../../src/probe/sweep.ts";
import { runTestPod } from "../../src/probe/testpod.ts";

const INPUT: PodSpecInput = {
  name: "netcheck-0a1b2c3d-a",
  run: "0a1b2c3d",
  namespace: "shop",
  image: DEFAULT_IMAGE,
  headers: [],
  targets: "0|http|http://10.244.1.15:8080/||",
};
const LINE =
  'NETCHECK {"id":"0","try":1,"speaks":"","said":"","body":"","exit":0,"http":"200","nc":1,"tc":0.001,"tt":0.002}';
const NEVER = new AbortController().signal;

const answer = (status: number, body: unknown): Answer => ({
  status,
  headers: {},
  text: typeof body === "string" ? body : JSON.stringify(body),
});
const refused = (message: string): Answer => answer(403, { kind: "Status", message });
const NO_RIGHT = (what: string): Answer =>
  refused(`${what} is forbidden: User "dev" cannot create resource "${what}" in API group ""`);

interface World {
  /** Answers to a POST; undefined: created. */
  readonly post?: (change: Change) => Answer | undefined;
  readonly pod?: object;
  readonly log?: Answer;
  readonly lists?: (path: string) => Answer | undefined;
}

function fake({ post, pod = ended(), log = answer(200, `${LINE}\nNETCHECK-END\n`), lists }: World): {
  readonly api: Api;
  readonly done: string[];
} {
  const done: string[] = [];
  const api: Api = {
    serverDate: () => "2026-11-22T12:00:00Z",
    request: async (path) => {
      const listed = lists?.(path);
      if (listed !== undefined) return listed;
      if (path.endsWith("/log")) return log;
      if (path.endsWith("/events")) return answer(200, { items: [] });
      return answer(200, { items: [pod] });
    },
    send: async (change) => {
      const dry = change.query?.["dryRun"] === "All" ? " (dry run)" : "";
      const at = change.path.split("/").slice(change.method === "DELETE" ? -2 : -1);
      const uid = /"uid":"([^"]*)"/.exec(JSON.stringify(change.body ?? {}))?.[1];
      const forced = change.evenWhenEnded === true ? ", even when ended" : "";
      done.push(`${change.method} ${at.join("/")}${dry}${uid === undefined ? "" : ` uid ${uid}`}${forced}`);
      const said = change.method === "POST" ? post?.(change) : undefined;
      if (said !== undefined) return said;
      return answer(201, { metadata: { name: INPUT.name, uid: "u-1" } });
    },
  };
  return { api, done };
}

function ended(): object {
  const terminated = { exitCode: 0, message: LINE };
  return {
    metadata: { name: `${INPUT.name}-x7`, namespace: "shop", labels: { a: "b" } },
    spec: { nodeName: "node-2" },
    status: { phase: "Succeeded", podIP: "10.244.2.9", containerStatuses: [{ name: "probe", state: { terminated } }] },
  };
}

const REMOVED = `DELETE jobs/${INPUT.name} uid u-1, even when ended`;

describe("a test pod", () => {
  it("is tried dry, made in a Job, read, and taken away by its UID", async () => {
    const { api, done } = fake({});
    const output = await runTestPod(api, INPUT, NEVER);
    assert.ok(output.kind === "output");
    assert.equal(output.node, "node-2");
    assert.deepEqual(output.pod, { namespace: "shop", name: `${INPUT.name}-x7`, labels: { a: "b" }, ip: "10.244.2.9" });
    assert.deepEqual(done, ["POST pods (dry run)", "POST jobs", REMOVED]);
  });

  it("is read from its termination message where logs are forbidden", async () => {
    const { api } = fake({ log: NO_RIGHT("pods/log") });
    const output = await runTestPod(api, INPUT, NEVER);
    assert.equal(output.kind === "output" && output.text, LINE);
  });

  it("is not made at all when admission refuses the dry run", async () => {
    const { api, done } = fake({
      post: () => refused('pods "x" is forbidden: violates PodSecurity "restricted:latest"'),
    });
    assert.equal((await runTestPod(api, INPUT, NEVER)).kind, "denied");
    assert.deepEqual(done, ["POST pods (dry run)"]);
  });

  it("gets probes of its own where admission asks for them", async () => {
    const { api, done } = fake({
      post: ({ body }) =>
        JSON.stringify(body).includes("readinessProbe")
          ? undefined
          : refused("admission webhook denied the request: no readinessProbe"),
    });
    assert.equal((await runTestPod(api, INPUT, NEVER)).kind, "output");
    assert.deepEqual(done, ["POST pods (dry run)", "POST pods (dry run)", "POST jobs", REMOVED]);
  });

  it("goes without a Job where Jobs may not be made", async () => {
    const { api, done } = fake({ post: ({ path }) => (path.endsWith("/jobs") ? NO_RIGHT("jobs") : undefined) });
    assert.equal((await runTestPod(api, INPUT, NEVER)).kind, "output");
    assert.deepEqual(done.slice(1), ["POST jobs", "POST pods", `DELETE pods/${INPUT.name} uid u-1, even when ended`]);
  });

  it("is forbidden only when neither pods nor Jobs may be made", async () => {
    const { api } = fake({ post: ({ path }) => NO_RIGHT(path.endsWith("/jobs") ? "jobs" : "pods") });
    assert.equal((await runTestPod(api, INPUT, NEVER)).kind, "forbidden");
    const onlyJobs = fake({ post: ({ path }) => (path.endsWith("/pods") ? NO_RIGHT("pods") : undefined) });
    assert.equal((await runTestPod(onlyJobs.api, INPUT, NEVER)).kind, "output");
  });

  it("that cannot pull its image is given up at once, with the kubelet's words, and taken away", async () => {
    const waiting = { reason: "ImagePullBackOff", message: "dial tcp: i/o timeout" };
    const pod = { ...ended(), status: { phase: "Pending", containerStatuses: [{ state: { waiting } }] } };
    const { api, done } = fake({ pod });
    const output = await runTestPod(api, INPUT, NEVER);
    assert.deepEqual(output, {
      kind: "not-started",
      pod: `${INPUT.name}-x7`,
      message: "ImagePullBackOff: dial tcp: i/o timeout",
    });
    assert.equal(done.at(-1), REMOVED);
  });

  it("that ends without a result says what its shell said", async () => {
    const { api } = fake({ log: answer(200, "sh: curl: not found\n") });
    const output = await runTestPod(api, INPUT, NEVER);
    assert.equal(output.kind === "not-started" && output.message, "sh: curl: not found");
  });

  it("is taken away on Ctrl-C", async () => {
    const stop = new AbortController();
    const running = {
      ...ended(),
      status: { phase: "Running", containerStatuses: [{ state: { running: { startedAt: "x" } } }] },
    };
    const { api, done } = fake({ pod: running });
    const ending = runTestPod(api, INPUT, stop.signal);
    stop.abort(new Error("Ctrl-C"));
    await assert.rejects(ending);
    assert.equal(done.at(-1), REMOVED);
  });

  it("is looked for and taken away when the answer to its creation never came", async () => {
    const { api, done } = fake({
      post: ({ query }) => {
        if (query === undefined) throw new Error("the connection broke");
        return undefined;
      },
    });
    await assert.rejects(runTestPod(api, INPUT, NEVER), /connection broke/);
    assert.equal(done.at(-1), `DELETE jobs/${INPUT.name}, even when ended`);
  });
});

describe("the test pod's manifest", () => {
  it("fulfils PodSecurity restricted, and names both requests and limits", () => {
    const spec = JSON.stringify(podManifest(INPUT));
    for (const wanted of [
      '"runAsNonRoot":true',
      '"allowPrivilegeEscalation":false',
      '"drop":["ALL"]',
      '"seccompProfile":{"type":"RuntimeDefault"}',
      '"automountServiceAccountToken":false',
      '"limits":',
      '"requests":',
    ])
      assert.ok(spec.includes(wanted), wanted);
    assert.doesNotMatch(spec, /hostPath|hostNetwork|privileged":true|nodeName/);
  });

  it("is gone two minutes after it was made, whatever becomes of us", () => {
    const { spec } = jobManifest(INPUT) as {
      readonly spec: {
        readonly activeDeadlineSeconds: number;
        readonly ttlSecondsAfterFinished: number;
        readonly backoffLimit: number;
      };
    };
    assert.ok(spec.activeDeadlineSeconds + spec.ttlSecondsAfterFinished <= 120);
    assert.equal(spec.backoffLimit, 0);
  });

  it("is pinned to a node without passing by the scheduler, or rather not beside the only endpoints", () => {
    assert.match(
      JSON.stringify(podManifest({ ...INPUT, node: "node-1" })),
      /"matchFields":\[\{"key":"metadata.name","operator":"In","values":\["node-1"\]/,
    );
    assert.match(
      JSON.stringify(podManifest({ ...INPUT, avoid: ["node-1"] })),
      /"preferred.*"operator":"NotIn","values":\["node-1"\]/,
    );
  });
});

describe("what earlier runs left", () => {
  const item = (name: string, creationTimestamp: string) => ({
    metadata: { name, namespace: "shop", uid: `u-${name}`, creationTimestamp },
  });
  const lists = (path: string): Answer =>
    answer(200, {
      items: path.endsWith("/jobs") ? [item("old", "2026-11-22T11:40:00Z"), item("young", "2026-11-22T11:59:00Z")] : [],
    });

  it("is taken away when nobody can be waiting for it any more", async () => {
    const { api, done } = fake({ lists });
    assert.deepEqual(await sweep(api, "shop"), []);
    assert.deepEqual(done, ["DELETE jobs/old uid u-old, even when ended"]);
    assert.equal((await leftovers(api, "shop")).length, 2);
  });

  it("is left alone where it may not be listed", async () => {
    const { api, done } = fake({ lists: () => NO_RIGHT("jobs") });
    assert.deepEqual(await sweep(api, "shop"), []);
    assert.deepEqual(done, []);
  });
});
