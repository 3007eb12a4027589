/** The programs of the other platforms: what can be known about them on this machine. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isSigned } from "../../scripts/package/authenticode.ts";
import { checkSignature } from "../../scripts/package/mach-o.ts";
import { nameOf, TARGETS } from "../../scripts/package/targets.ts";
import { DEMO, host, programOf } from "./support/binary.ts";

/** `version` and a verdict. Output goes to files: a Unix pipe is no pipe that node's Windows program can make a stream of. */
function underWine(program: string): void {
  const folder = mkdtempSync(join(tmpdir(), "netcheck-wine-"));
  const wine = (...args: string[]): { readonly status: number | null; readonly text: string } => {
    const out = openSync(join(folder, "out"), "w+");
    // Without a network of its own, like everything that is tested; wine reports Windows 7 unless told otherwise, which node refuses.
    const { status, error } = spawnSync("unshare", ["-n", "wine", ...args], {
      env: { ...process.env, WINEPREFIX: join(folder, "prefix"), WINEDEBUG: "-all" },
      stdio: ["ignore", out, out],
      timeout: 180_000,
    });
    closeSync(out);
    if (error !== undefined) throw error;
    return { status, text: readFileSync(join(folder, "out"), "utf8") };
  };
  try {
    wine("reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f");
    const version = wine(program, "version");
    assert.match(version.text, /win32\/x64/);
    const svc = wine(program, "svc", "my-service", "-f", `Z:${join(DEMO, "selector.yaml").replaceAll("/", "\\")}`);
    assert.equal(svc.status, 1, svc.text);
    assert.match(svc.text, /svc\/selector-matches-nothing/);
    wine("wineboot", "--kill");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

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
      it("announces no signature", () => assert.equal(isSigned(bytes), false));
      if (target.pkg.arch === "x64") it("runs under wine", () => underWine(programOf(target)));
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
