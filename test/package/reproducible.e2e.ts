/** Two builds of one commit give the same bytes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { stampOf } from "../../scripts/bundle.ts";
import { archiveName } from "../../scripts/package/krew.ts";
import { host, ROOT } from "./support/binary.ts";

const folder = mkdtempSync(join(tmpdir(), "netcheck-again-"));
after(() => rmSync(folder, { recursive: true, force: true }));

describe("npm run package -- host, twice", () => {
  it("writes the same program, archive, manifest and bill of materials", () => {
    const builds = [join(folder, "1"), join(folder, "2")] as const;
    for (const build of builds) {
      const { status, stderr } = spawnSync(process.execPath, ["scripts/package.ts", "host"], {
        cwd: ROOT,
        env: { ...process.env, NETCHECK_PACKAGES: build },
        encoding: "utf8",
      });
      assert.equal(status, 0, stderr);
    }
    const files = [
      archiveName(stampOf().version, host.os, host.arch),
      "sha256sums.txt",
      "netcheck.yaml",
      "sbom.cdx.json",
    ];
    for (const name of files) {
      assert.ok(readFileSync(join(builds[0], name)).equals(readFileSync(join(builds[1], name))), `${name} differs`);
    }
  });
});
