/** The Linux program in a root that holds nothing but itself and the C and C++ libraries of Debian's smallest image: no node, no libatomic. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { BINARY, DEMO } from "./support/binary.ts";

/** What debian:bookworm-slim brings: libc6, libgcc-s1 and libstdc++6. */
const ALLOWED = /^(ld-linux-.*|libc|libm|libdl|libpthread|libgcc_s|libstdc\+\+)\.so\.\d+$/;

const root = mkdtempSync(join(tmpdir(), "netcheck-root-"));
after(() => rmSync(root, { recursive: true, force: true }));

const listed = spawnSync("ldd", [BINARY], { encoding: "utf8" }).stdout;
const libraries = [...listed.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(/gm)].map((match) => match[1] ?? "");

function inRoot(...args: string[]): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync("/usr/sbin/chroot", [root, "/kubectl-netcheck", ...args], {
    env: {},
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}

describe("a bare Debian root", () => {
  for (const library of libraries) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(realpathSync(library), join(root, library));
  }
  copyFileSync(BINARY, join(root, "kubectl-netcheck"));
  cpSync(DEMO, join(root, "demo"), { recursive: true });

  it("asks for no other libraries", () => {
    assert.ok(libraries.length > 3);
    const others = libraries.map((path) => path.split("/").at(-1) ?? "").filter((name) => !ALLOWED.test(name));
    assert.deepEqual(others, []);
  });
  it("version", () => {
    const { code, stdout, stderr } = inRoot("version");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^kubectl-netcheck v\d+\.\d+\.\d+ /);
  });
  it("judges the demo's dumps", () => {
    const codes = { healthy: 0, selector: 1, "target-port": 1 };
    for (const [name, expected] of Object.entries(codes))
      assert.equal(inRoot("svc", "my-service", "-f", `/demo/${name}.yaml`).code, expected, name);
    assert.equal(inRoot("pod", "deploy/my-deployment", "-f", "/demo/image-pull.yaml").code, 1);
  });
  it("says what is wrong when there is no kubeconfig either", () => {
    const { code, stderr } = inRoot("svc", "web");
    assert.equal(code, 2);
    assert.match(stderr, /^error: no API server is known/);
  });
});
