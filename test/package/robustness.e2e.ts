/** The packaged program in the shells and environments of real people. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { DEMO, interrupted, netcheck, shell } from "./support/binary.ts";

const BROKEN = ["svc", "my-service", "-f", "selector.yaml"];
const HEALTHY = ["svc", "my-service", "-f", "healthy.yaml"];
const folder = mkdtempSync(join(tmpdir(), "netcheck-robust-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

describe("the verdict is the same everywhere", () => {
  const usual = netcheck(BROKEN, { env: { LANG: "C.UTF-8" } });
  const places: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["NODE_OPTIONS that node does not know", { NODE_OPTIONS: "--no-such-option" }],
    ["NODE_OPTIONS that loads a file that is not there", { NODE_OPTIONS: "--require /nowhere.js" }],
    ["NODE_OPTIONS that would open a debugger", { NODE_OPTIONS: "--inspect-brk=127.0.0.1:0" }],
    ["NODE_OPTIONS that cannot be split", { NODE_OPTIONS: '"' }],
    ["NODE_EXTRA_CA_CERTS that is not there", { NODE_EXTRA_CA_CERTS: "/nowhere.pem" }],
    ["NODE_DEBUG and friends", { NODE_DISABLE_COLORS: "1", NODE_NO_WARNINGS: "1", NODE_PENDING_DEPRECATION: "1" }],
    ["a locale that is not installed", { LC_ALL: "tlh_KX.UTF-8" }],
    ["a Turkish locale", { LC_ALL: "tr_TR.UTF-8", LANGUAGE: "tr" }],
    ["a time zone that does not exist", { TZ: "Nowhere/At_All" }],
    ["no HOME", {}],
    ["an empty HOME", { HOME: "" }],
    ["a HOME that does not exist", { HOME: "/nowhere" }],
    ["a HOME that cannot be written", { HOME: "/proc" }],
    ["a temporary folder that does not exist", { TMPDIR: "/nowhere" }],
  ];
  for (const [what, env] of places) {
    it(what, () => {
      const ran = netcheck(BROKEN, { env: { LANG: "C.UTF-8", ...env } });
      assert.equal(ran.code, 1);
      assert.equal(ran.stdout, usual.stdout);
      assert.doesNotMatch(ran.stderr, /(node:|at .*:\d+:\d+\))/, "no stack, no word of node's");
    });
  }
  it("healthy is 0", () => assert.equal(netcheck(HEALTHY).code, 0));
  it("in a locale without UTF-8 the output is ASCII", () => {
    for (const locale of ["C", "POSIX", "de_DE.ISO-8859-1"]) {
      const { stdout, code } = netcheck(BROKEN, { env: { LC_ALL: locale } });
      assert.equal(code, 1);
      assert.match(stdout, /^[\n\x20-\x7e]+$/, locale);
    }
  });
  it("writes nothing into HOME or the temporary folder", () => {
    netcheck(BROKEN, { env: { HOME: folder, TMPDIR: folder, XDG_CACHE_HOME: folder } });
    assert.deepEqual(readdirSync(folder), []);
  });
  it("from a folder that was deleted", () => {
    const ran = shell(`mkdir "$D" && cd "$D" && rmdir "$D" && "$NETCHECK" svc my-service -f ${DEMO}/selector.yaml`, {
      env: { D: join(folder, "gone") },
    });
    assert.equal(ran.code, 1, ran.stderr);
  });
});

describe("streams", () => {
  const run = BROKEN.map((word) => `'${word}'`).join(" ");
  it("a reader that has seen enough (| head): no complaint, and the verdict is the exit code", () => {
    const ran = shell(`"$NETCHECK" ${run} -o json | head -c 10 >/dev/null; echo "\${PIPESTATUS[0]}"`);
    assert.deepEqual([ran.stdout.trim(), ran.stderr], ["1", ""]);
  });
  it("a reader that is gone before the first line", () => {
    const ran = shell(`{ sleep 0.2; "$NETCHECK" ${run}; echo "$?" >&2; } | true`);
    assert.equal(ran.stderr.trim(), "1");
  });
  it("closed standard input, output or error", () => {
    assert.equal(shell(`"$NETCHECK" ${run} <&-`).code, 1);
    assert.equal(shell(`"$NETCHECK" ${run} >&-`).code, 1);
    assert.equal(shell(`"$NETCHECK" ${run} 2>&-`).code, 1);
    assert.equal(shell(`"$NETCHECK" ${run} <&- >&- 2>&-`).code, 1);
    assert.equal(shell('"$NETCHECK" svc no-such-service -f healthy.yaml <&- >&- 2>&-').code, 2);
  });
  it("a full disk is told, and is not taken for a verdict", () => {
    const ran = shell(`"$NETCHECK" ${run} >/dev/full`);
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /^error: cannot write to standard output \(ENOSPC\)\n$/);
  });
  it("a slow reader gets everything", () => {
    const all = netcheck([...BROKEN, "-o", "json"]).stdout;
    const slow = shell(`"$NETCHECK" ${run} -o json | { sleep 0.3; cat; }`).stdout;
    assert.equal(slow, all);
  });
  it("a dump on standard input", () => {
    assert.equal(
      netcheck(["svc", "my-service", "-f", "-"], { input: readFileSync(`${DEMO}/selector.yaml`, "utf8") }).code,
      1,
    );
  });
});

describe("narrow terminals", () => {
  for (const columns of ["40", "60"]) {
    it(`${columns} columns: no line is longer, but for commands to paste`, () => {
      const { stdout, code } = netcheck(HEALTHY, { env: { COLUMNS: columns, LANG: "C.UTF-8" } });
      assert.equal(code, 0);
      const toPaste = /^ {4}/;
      const long = stdout.split("\n").filter((line) => [...line].length > Number(columns) && !toPaste.test(line));
      assert.deepEqual(long, []);
    });
  }
});

describe("messages", () => {
  it("no control character of the command line or a file name reaches the terminal", () => {
    for (const args of [
      ["svc", "a\u001b[31mb"],
      ["svc", "x", "-f", "no\u001b]0;title\u0007such"],
      ["\u001b[2J"],
      ["explain", "\u009b31m"],
    ]) {
      const { stderr, stdout, code } = netcheck(args);
      assert.equal(code, 2);
      assert.doesNotMatch(stderr + stdout, CONTROL, JSON.stringify(args));
    }
  });
  it("a user's mistake is one message and a hint, without a stack", () => {
    const { stderr, code } = netcheck(["svc", "x", "--no-such-flag"]);
    assert.equal(code, 2);
    assert.match(stderr, /^error: /);
    assert.doesNotMatch(stderr, /\bat .*:\d+/);
  });
});

describe("a signal", () => {
  it("while the API server is silent: 130, at once, and nothing is said", async () => {
    const server = createServer();
    const connected = new Promise<void>((resolve) => {
      server.on("connection", (socket) => {
        socket.on("error", () => undefined);
        resolve();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    try {
      const args = ["svc", "web", "-s", `http://127.0.0.1:${address.port}`, "--kubeconfig", emptyKubeconfig()];
      const ran = await interrupted(args, "SIGINT", connected);
      assert.deepEqual([ran.code, ran.signal, ran.stdout], [130, null, ""]);
      assert.doesNotMatch(ran.stderr, /bug|at .*:\d+/);
    } finally {
      server.close();
    }
  });
});

function emptyKubeconfig(): string {
  const path = join(folder, "config");
  writeFileSync(path, "apiVersion: v1\nkind: Config\n");
  chmodSync(path, 0o600);
  return path;
}
