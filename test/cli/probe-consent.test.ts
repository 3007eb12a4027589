/** Who is asked before something is made in the cluster, and what happens when nobody can be asked. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { linesOf } from "../../src/cli/questions.ts";
import { netcheck } from "../support/command.ts";
import type { FakeObject } from "../support/fake-api.ts";
import { bench } from "../support/kube.ts";
import { pod, service, slice } from "../support/objects.ts";
import { deployment } from "../support/workloads.ts";

const { api: startApi } = bench();

async function asked(
  args: readonly string[],
  typed?: readonly string[],
): Promise<{ readonly code: number; readonly err: string; readonly made: readonly string[] }> {
  // Nothing may be made here: what counts is what was tried.
  const message = 'pods is forbidden: User "dev" cannot create resource "pods" in API group ""';
  const faults = [/dryRun=All/, /ephemeralcontainers/].map((path) => ({ path, status: 403, message }));
  const api = await startApi({ objects: [pod(), service(), slice(), deployment()] as readonly FakeObject[], faults });
  const line = ["svc", "web", "--kubeconfig", api.kubeconfigPath, "--azure=off", ...args];
  const { code, err } = await netcheck(line, typed === undefined ? {} : { typed });
  const made = api.requests.filter(({ method }) => method === "POST" || method === "PATCH");
  return { code, err, made: made.map(({ method, url }) => `${method} ${url.split("?")[0]?.split("/").at(-1)}`) };
}

describe("before a test pod is made", () => {
  it("a terminal is asked once, and a no makes nothing", async () => {
    const { code, err, made } = await asked(["--probe"], ["n\n"]);
    assert.equal(code, 2);
    assert.equal(err.split("Go on? [y/N]").length, 2);
    assert.match(err, /A test pod will be made in namespace shop and deleted again\./);
    assert.match(err, /nothing was made/);
    assert.deepEqual(made, []);
  });

  it("silence is a no", async () => {
    assert.deepEqual((await asked(["--probe"], [])).made, []);
  });

  it("a yes goes on: the first thing is a dry run of the pod", async () => {
    const { made } = await asked(["--probe"], ["y", "es\n"]);
    assert.equal(made[0], "POST pods");
  });

  it("--yes answers in advance, and without a terminal the flag itself is the wish", async () => {
    for (const [args, typed] of [
      [["--probe", "--yes"], []],
      [["--probe"], undefined],
    ] as const) {
      const { err, made } = await asked(args, typed);
      assert.doesNotMatch(err, /Go on/);
      assert.equal(made[0], "POST pods");
    }
  });

  it("what makes nothing asks nothing", async () => {
    for (const mode of ["exec", "proxy", "port-forward", "local"]) {
      const { err, made } = await asked([`--probe=${mode}`], []);
      assert.doesNotMatch(err, /Go on/, mode);
      assert.deepEqual(made, [], mode);
    }
  });

  it("without --probe nothing is asked and nothing is made", async () => {
    const { err, made } = await asked([], []);
    assert.doesNotMatch(err, /Go on/);
    assert.deepEqual(made, []);
  });
});

describe("before an ephemeral container is left in a pod", () => {
  it("a terminal is asked when the pod's own tools are not enough, and a no leaves nothing", async () => {
    const { err, made } = await asked(["--sockets"], ["n\n"]);
    assert.match(err, /An ephemeral container will be added to pod web-1; it stays in the pod's spec/);
    assert.deepEqual(made, []);
  });

  it("nobody can be asked without a terminal: --sockets alone leaves nothing, --probe=pod --from wants --yes", async () => {
    assert.deepEqual((await asked(["--sockets"])).made, []);
    const { code, err, made } = await asked(["--probe=pod", "--from=web-1"]);
    assert.deepEqual([code, made], [2, []]);
    assert.match(err, /--yes agrees to it/);
  });

  it("a workload's pod is named before anything is left in it", async () => {
    const { err, made } = await asked(["--probe=pod", "--from=deploy/web"], ["n\n"]);
    assert.match(err, /^--from deploy\/web: pod shop\/web-1 stands for it/);
    assert.match(err, /An ephemeral container will be added to pod web-1;/);
    assert.deepEqual(made, []);
  });

  it("a pod that is not there and an address that is no pod's are told before anybody is asked", async () => {
    for (const [from, said] of [
      ["web-9", /source pod "web-9" not found/],
      ["203.0.113.7", /--probe sends from inside a pod, and 203\.0\.113\.7 is the address of none/],
    ] as const) {
      const { code, err, made } = await asked(["--probe", `--from=${from}`], ["y\n"]);
      assert.match(err, said);
      assert.doesNotMatch(err, /Go on/);
      assert.deepEqual([code, made], [2, []]);
    }
  });

  it("--yes agrees where the sockets were asked for, not where nothing better was to be had", async () => {
    assert.ok((await asked(["--sockets", "--yes"])).made.includes("PATCH ephemeralcontainers"));
    assert.ok(!(await asked(["--probe", "--yes"])).made.includes("PATCH ephemeralcontainers"));
  });
});

describe("answers on a terminal", () => {
  it("come line by line, however they are typed, and end with the input", async () => {
    const lines = linesOf({
      stdin: (async function* () {
        yield Buffer.from("y");
        yield Buffer.from("es\nn");
        yield Buffer.from("o");
      })(),
    });
    assert.deepEqual([await lines.next(), await lines.next(), await lines.next()], ["yes", "no", ""]);
    lines.close();
  });
});
