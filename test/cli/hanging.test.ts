/** System calls that node cannot end: the program ends all the same. A pipe that nobody writes to stands for all of them, and needs no clock. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { spawned } from "../support/command.ts";

const folder = mkdtempSync(join(tmpdir(), "netcheck-hanging-"));
after(() => rmSync(folder, { recursive: true }));

const hasPipes = process.platform !== "win32";

function pipe(name: string): string {
  const path = join(folder, name);
  assert.equal(spawnSync("mkfifo", [path]).status, 0);
  return path;
}

/** Waits until somebody reads the pipe, and goes on holding its other end without a word. Give the result to closeSync. */
async function heldOpen(path: string): Promise<number> {
  for (;;) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      await new Promise(setImmediate);
    }
  }
}

describe("Ctrl-C while a file is read that never ends", { skip: !hasPipes }, () => {
  const LINES: readonly (readonly [what: string, line: (path: string) => readonly string[]])[] = [
    ["the dump", (path) => ["svc", "web", "-f", path]],
    ["the flows", (path) => ["policy", "--flows", path, "-f", folder]],
    [
      "the security group",
      (path) => ["azure", "nsg", "--nsg-file", path, "--from=1.1.1.1", "--to=2.2.2.2", "--port=1"],
    ],
  ];
  for (const [what, line] of LINES) {
    it(`${what}: ends with 130`, async () => {
      const path = pipe(what.replaceAll(" ", "-"));
      let held: number | undefined;
      const ended = await spawned(line(path), async (pid) => {
        held = await heldOpen(path);
        process.kill(pid, "SIGINT");
      });
      if (held !== undefined) closeSync(held);
      assert.deepEqual(ended, { code: 130, out: "", err: "" });
    });
  }
});

/** glibc's resolver opens the file HOSTALIASES for a name without dots before it asks any DNS server: then no packet is sent. */
function hangsByAliases(): boolean {
  if (process.platform !== "linux") return false;
  try {
    return /^hosts:\s+files dns\s*$/m.test(readFileSync("/etc/nsswitch.conf", "utf8"));
  } catch {
    return false;
  }
}

describe("a name look-up that no DNS server answers", { skip: !hangsByAliases() }, () => {
  const kubeconfig = join(folder, "config");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      "current-context": "own",
      contexts: [{ name: "own", context: { cluster: "own", user: "own" } }],
      clusters: [{ name: "own", cluster: { server: "https://netcheck-nowhere:6443" } }],
      users: [{ name: "own", user: { token: "t" } }],
    }),
  );

  it("ends with the time-out, and says what did not answer", async () => {
    const env = { HOSTALIASES: pipe("aliases") };
    const line = ["svc", "web", "--kubeconfig", kubeconfig, "--request-timeout=50ms"];
    const { code, out, err } = await spawned(line, undefined, env);
    assert.deepEqual({ code, out }, { code: 2, out: "" });
    assert.match(err, /^error: cannot reach .*: no DNS server answered for its name netcheck-nowhere within 0\.05s\n/);
  });

  it("nor does that of a proxy hold anything up", async () => {
    const env = { HOSTALIASES: pipe("aliases-2"), HTTPS_PROXY: "http://netcheck-proxy:3128" };
    const line = ["svc", "web", "--kubeconfig", kubeconfig, "--request-timeout=50ms"];
    const { code, err } = await spawned(line, undefined, env);
    assert.equal(code, 2);
    assert.match(err, /the proxy http:\/\/netcheck-proxy:3128 cannot be reached \(no DNS server answered/);
  });

  it("nor the tab key", async () => {
    const env = { HOSTALIASES: pipe("aliases-3") };
    const { code, err } = await spawned(["__complete", "svc", "--kubeconfig", kubeconfig, ""], undefined, env);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
  });
});
