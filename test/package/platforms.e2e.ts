/** The programs of the other platforms: what can be known about them on this machine. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isSigned } from "../../scripts/package/authenticode.ts";
import { checkSignature } from "../../scripts/package/mach-o.ts";
import { nameOf, TARGETS } from "../../scripts/package/targets.ts";
import { DEMO, host, programOf } from "./support/binary.ts";

const built = TARGETS.filter((target) => existsSync(programOf(target)));
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1";

for (const target of built) {
  describe(nameOf(target), () => {
    const bytes = readFileSync(programOf(target));
    it("holds the program, and the fuse that makes node start it", () => {
      assert.ok(bytes.includes(FUSE));
      assert.ok(bytes.includes("Tells why an app on Kubernetes"));
    });
    if (target.os === "darwin") {
      it("every page has the hash of the ad-hoc signature (read, not executed: that takes a Mac)", () => {
        const { adHoc, identifier, pages, wrong } = checkSignature(bytes);
        assert.deepEqual({ adHoc, identifier, wrong }, { adHoc: true, identifier: "kubectl-netcheck", wrong: [] });
        assert.ok(pages > 1000);
      });
      it("a changed byte is noticed", () => {
        const changed = Buffer.from(bytes);
        changed[1_000_000] = (changed[1_000_000] ?? 0) ^ 1;
        assert.deepEqual(checkSignature(changed).wrong, [Math.floor(1_000_000 / 4096)]);
      });
    }
    if (target.os === "windows") {
      it("announces no signature (read, not executed)", () => assert.equal(isSigned(bytes), false));
    }
    if (target.os === "linux") {
      const isHost = target === host;
      // Debian's qemu-user-static with the arm64 libraries below /usr/aarch64-linux-gnu (libc6-arm64-cross, libstdc++6-arm64-cross).
      const emulate = isHost ? [] : ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"];
      const run = (...args: string[]) => {
        const [program = "", ...rest] = [...emulate, programOf(target), ...args];
        return spawnSync(program, rest, { cwd: DEMO, encoding: "utf8", timeout: 120_000 });
      };
      it(isHost ? "runs" : "runs under qemu-user", () => {
        const version = run("version");
        assert.match(version.stdout, new RegExp(`linux/${target.pkg.arch}`), version.stderr);
        assert.equal(run("svc", "my-service", "-f", "selector.yaml").status, 1);
        assert.equal(run("svc", "my-service", "-f", "healthy.yaml").status, 0);
      });
    }
  });
}
