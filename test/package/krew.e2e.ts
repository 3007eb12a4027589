/** The plugin as krew installs it and kubectl finds it. krew itself is built from its published source. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { load } from "js-yaml";
import { archiveName, faults, type KrewManifest } from "../../scripts/package/krew.ts";
import { built, fingerprint } from "../cluster/cache.ts";
import { must } from "../cluster/proc.ts";
import { ensurePrograms } from "../cluster/programs.ts";
import { host, PACKAGES, ROOT } from "./support/binary.ts";

const MODULE = join(import.meta.dirname, "go", "krew");
const log = (line: string): void => console.error(line);

const krew = await built("go-krew", fingerprint([], [join(MODULE, "go.mod"), join(MODULE, "go.sum")]), async (into) => {
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" };
  const args = ["-n", "5", "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", join(into, "kubectl-krew")];
  await must("nice", [...args, "sigs.k8s.io/krew/cmd/krew"], { cwd: MODULE, env });
});
const { kubernetes } = await ensurePrograms(log);

const home = mkdtempSync(join(tmpdir(), "netcheck-krew-"));
after(() => rmSync(home, { recursive: true, force: true }));
const env = {
  HOME: home,
  KREW_ROOT: join(home, ".krew"),
  PATH: [join(home, ".krew", "bin"), krew, kubernetes, "/usr/bin", "/bin"].join(":"),
};
const kubectl = (...args: string[]) => spawnSync(join(kubernetes, "kubectl"), args, { env, encoding: "utf8" });

const manifestPath = join(PACKAGES, "netcheck.yaml");
const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { version: string };
const archive = join(PACKAGES, archiveName(version, host.os, host.arch));

describe("krew", () => {
  it("the manifest is one that krew-index takes", () => {
    assert.deepEqual(faults(load(readFileSync(manifestPath, "utf8")) as KrewManifest, "netcheck.yaml"), []);
  });
  it("kubectl krew install, then kubectl netcheck version", () => {
    const installed = kubectl("krew", "install", `--manifest=${manifestPath}`, `--archive=${archive}`);
    assert.equal(installed.status, 0, installed.stderr);
    assert.match(installed.stderr, /Installed plugin: netcheck/);
    const ran = kubectl("netcheck", "version");
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stdout, new RegExp(`^kubectl-netcheck v${version} `));
  });
  it("the licence and the notices are installed with it", () => {
    const store = join(home, ".krew", "store", "netcheck", `v${version}`);
    assert.ok(existsSync(join(store, "LICENSE")));
    assert.match(readFileSync(join(store, "THIRD-PARTY-NOTICES.txt"), "utf8"), /Node\.js 22\./);
  });
  it("exit codes and arguments pass through kubectl", () => {
    const demo = `${ROOT}test/cases/demo`;
    assert.equal(kubectl("netcheck", "svc", "my-service", "-f", `${demo}/selector.yaml`).status, 1);
    assert.equal(kubectl("netcheck", "svc", "my-service", "-f", `${demo}/healthy.yaml`).status, 0);
    assert.equal(kubectl("netcheck", "svc", "none", "-f", `${demo}/healthy.yaml`).status, 2);
  });
  it("kubectl completes netcheck's commands through the hook", () => {
    const put = kubectl("netcheck", "completion", "install", "--dir", join(home, ".krew", "bin"), "--yes");
    assert.equal(put.status, 0, put.stderr);
    const { stdout } = kubectl("__complete", "netcheck", "sv");
    assert.match(stdout, /^svc\t/m);
  });
});
