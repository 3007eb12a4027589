/** The completion scripts, in the shells themselves where they are installed, and the hook that kubectl calls. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { BINARY, netcheck } from "./support/binary.ts";

const folder = mkdtempSync(join(tmpdir(), "netcheck-complete-"));
after(() => rmSync(folder, { recursive: true }));
symlinkSync(BINARY, join(folder, "kubectl-netcheck"));
const PATH = `${folder}:${process.env["PATH"] ?? ""}`;

describe("completion", () => {
  it("bash: the script loads and completes", () => {
    const line = `source <(kubectl-netcheck completion bash); COMP_WORDS=(kubectl-netcheck sv); COMP_CWORD=1; _kubectl_netcheck; echo "\${COMPREPLY[*]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", line], { env: { PATH }, encoding: "utf8" });
    assert.equal(stdout.trim(), "svc", stderr);
  });
  it("every shell's script names the hidden command", () => {
    for (const shell of ["bash", "zsh", "fish", "powershell"])
      assert.match(netcheck(["completion", shell]).stdout, /kubectl-netcheck __complete/, shell);
  });
  it("install writes what kubectl calls", () => {
    const ran = netcheck(["completion", "install", "--dir", folder, "--yes"], { env: { PATH } });
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(readFileSync(join(folder, "kubectl_complete-netcheck"), "utf8"), /^#!\/bin\/sh\n/);
    const { stdout } = spawnSync("kubectl_complete-netcheck", ["svc", "--outp"], { env: { PATH }, encoding: "utf8" });
    assert.match(stdout, /^--output\t.*\n:4\n$/);
  });
  it("says nothing about a cluster that cannot be reached", () => {
    const ran = netcheck(["__complete", "svc", "--kubeconfig", "/nowhere", ""]);
    assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, ":4\n", ""]);
  });
});
