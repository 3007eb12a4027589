import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { answer } from "../../src/cli/completion/answer.ts";
import { install } from "../../src/cli/completion/install.ts";
import { HOOK_NAME } from "../../src/cli/completion/scripts.ts";
import type { Io } from "../../src/cli/io.ts";
import { UserError } from "../../src/errors.ts";
import { type FakeApi, startFakeApi } from "../support/fake-api.ts";

function ioWith(env: Readonly<Record<string, string>>): { readonly io: Io; readonly said: () => string } {
  let text = "";
  const io: Io = {
    out: (more) => {
      text += more;
    },
    err: () => assert.fail("nothing is said on standard error"),
    stdin: (async function* () {})(),
    env,
    columns: 80,
    tty: false,
    signal: new AbortController().signal,
  };
  return { io, said: () => text };
}

/** The choices for the last word, without their meanings, and the directive. There is time, unless `spent` says otherwise. */
async function completed(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  spent = -60_000,
): Promise<readonly string[]> {
  const { io, said } = ioWith(env);
  assert.equal(await answer(words, COMMANDS, io, spent), 0);
  return said()
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t")[0] ?? "");
}

const named = (kind: string, apiVersion: string, name: string, namespace?: string) => ({
  kind,
  apiVersion,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

describe("what stands in the program", () => {
  it("commands", async () => {
    assert.deepEqual(await completed(["s"]), ["svc", ":4"]);
  });
  it("options of the command, and no hidden ones", async () => {
    assert.deepEqual(await completed(["svc", "--outp"]), ["--output", ":4"]);
  });
  it("values of an option, in a word of their own or after =", async () => {
    assert.deepEqual(await completed(["svc", "-o", "ta"]), ["table", ":4"]);
    assert.deepEqual(await completed(["svc", "--output=ta"]), ["--output=table", ":4"]);
  });
  it("ids of findings", async () => {
    assert.deepEqual(await completed(["explain", "svc/selector-matches"]), ["svc/selector-matches-nothing", ":4"]);
  });
  it("leaves files to the shell", async () => {
    assert.deepEqual(await completed(["svc", "-f", "du"]), [":0"]);
  });
  it("nothing where nothing is known", async () => {
    assert.deepEqual(await completed(["nonsense", ""]), [":4"]);
    assert.deepEqual(await completed(["svc", "web", ""]), [":4"]);
  });
});

describe("names from the cluster", () => {
  let api: FakeApi;
  before(async () => {
    api = await startFakeApi({
      objects: [
        named("Namespace", "v1", "shop"),
        named("Namespace", "v1", "storage"),
        named("Service", "v1", "web", "shop"),
        named("Service", "v1", "worker", "shop"),
        named("Service", "v1", "elsewhere", "storage"),
        named("Pod", "v1", "web-1", "shop"),
        named("Deployment", "apps/v1", "web", "shop"),
        named("StatefulSet", "apps/v1", "db", "shop"),
      ],
    });
  });
  after(() => api.close());
  const live = async (...words: string[]) => completed(words, { KUBECONFIG: api.kubeconfigPath });

  it("Services of the context's namespace, or of -n", async () => {
    assert.deepEqual(await live("svc", "w"), ["web", "worker", ":4"]);
    assert.deepEqual(await live("svc", "-n", "storage", ""), ["elsewhere", ":4"]);
  });
  it("pods and Deployments; with TYPE/ the workloads of that type", async () => {
    assert.deepEqual(await live("pod", ""), ["deploy/web", "web-1", ":4"]);
    assert.deepEqual(await live("pod", "sts/"), ["sts/db", ":4"]);
  });
  it("namespaces", async () => {
    assert.deepEqual(await live("svc", "-n", "sto"), ["storage", ":4"]);
  });
  it("contexts, from the kubeconfig alone", async () => {
    assert.deepEqual(await live("svc", "--context", ""), ["fake", ":4"]);
  });
  it("asks for names only, out of the server's cache", async () => {
    await live("svc", "");
    const last = api.requests.at(-1);
    assert.match(last?.url ?? "", /resourceVersion=0/);
    assert.match(String(last?.headers["accept"]), /PartialObjectMetadataList/);
  });
  it("asks nothing when a dump is given", async () => {
    const asked = api.requests.length;
    assert.deepEqual(await live("svc", "-f", "dump.yaml", ""), [":4"]);
    assert.equal(api.requests.length, asked);
  });
});

describe("no cluster", () => {
  it("is silent about a kubeconfig that cannot be read", async () => {
    assert.deepEqual(await completed(["svc", "--kubeconfig", "/nowhere/config", ""]), [":4"]);
  });
  it("is silent about a server that refuses", async () => {
    const api = await startFakeApi({ faults: [{ path: "/api/v1/namespaces/shop/services", status: 403 }] });
    try {
      assert.deepEqual(await completed(["svc", ""], { KUBECONFIG: api.kubeconfigPath }), [":4"]);
    } finally {
      await api.close();
    }
  });
  it("gives up on a server that does not answer", async () => {
    const api = await startFakeApi({ faults: [{ path: "/api/v1/namespaces/shop/services", does: "hang" }] });
    try {
      assert.deepEqual(await completed(["svc", ""], { KUBECONFIG: api.kubeconfigPath }, 400), [":4"]);
    } finally {
      await api.close();
    }
  });
});

describe("completion install", () => {
  const folder = mkdtempSync(join(tmpdir(), "netcheck-hook-"));
  after(() => rmSync(folder, { recursive: true }));
  const hook = join(folder, HOOK_NAME);

  it("writes an executable hook into the folder, and says so", async () => {
    const { io, said } = ioWith({ PATH: folder });
    assert.equal(await install(undefined, true, { ...io, err: () => undefined }), 0);
    assert.match(said(), /Wrote .*kubectl_complete-netcheck/);
    assert.match(readFileSync(hook, "utf8"), /exec kubectl-netcheck __complete "\$@"/);
    assert.equal(statSync(hook).mode & 0o111, 0o111);
  });
  it("leaves it alone when it is there", async () => {
    const { io, said } = ioWith({ PATH: folder });
    assert.equal(await install(undefined, false, io), 0);
    assert.match(said(), /is in place/);
  });
  it("never replaces a file of someone else", async () => {
    writeFileSync(hook, "#!/bin/sh\necho mine\n");
    await assert.rejects(install(folder, true, ioWith({ PATH: folder }).io), UserError);
    assert.match(readFileSync(hook, "utf8"), /mine/);
  });
  it("writes nothing when nobody can be asked", async () => {
    const other = join(folder, "other");
    await assert.rejects(install(other, false, ioWith({ PATH: folder }).io), UserError);
    assert.equal(existsSync(join(other, HOOK_NAME)), false);
  });
});
