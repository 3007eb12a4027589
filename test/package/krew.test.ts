import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { load } from "js-yaml";
import { archiveName, faults, filled, type KrewManifest } from "../../scripts/package/krew.ts";
import { TARGETS } from "../../scripts/package/targets.ts";

const template = readFileSync(new URL("../../krew-manifest.yaml", import.meta.url), "utf8");
const SUM = "ab".repeat(32);
const sums = new Map(TARGETS.map(({ os, arch }) => [archiveName("1.2.3", os, arch), SUM]));
const manifest = load(filled(template, "1.2.3", sums)) as KrewManifest;

describe("krew-manifest.yaml", () => {
  it("has nothing that krew-index would refuse", () => {
    assert.deepEqual(faults(load(template) as KrewManifest, "netcheck.yaml"), []);
    assert.deepEqual(faults(manifest, "netcheck.yaml"), []);
  });
  it("is filled with version, addresses and sums", () => {
    assert.equal(manifest.spec.version, "v1.2.3");
    assert.equal(manifest.spec.platforms.length, 6);
    for (const platform of manifest.spec.platforms) {
      assert.match(platform.uri, /\/v1\.2\.3\/kubectl-netcheck_v1\.2\.3_[a-z0-9_]+\.(tar\.gz|zip)$/);
      assert.equal(platform.sha256, SUM);
    }
  });
  it("names only the platforms that were built", () => {
    const [first] = [...sums];
    assert.ok(first);
    assert.equal((load(filled(template, "1.2.3", new Map([first]))) as KrewManifest).spec.platforms.length, 1);
  });
  it("refuses an archive that no platform of the manifest takes", () => {
    assert.throws(() =>
      filled(template, "1.2.3", new Map([...sums, ["kubectl-netcheck_v1.2.3_plan9_amd64.tar.gz", SUM]])),
    );
  });
});

describe("what krew-index refuses", () => {
  const [platform] = manifest.spec.platforms;
  assert.ok(platform);
  const withSpec = (change: object): KrewManifest => ({ ...manifest, spec: { ...manifest.spec, ...change } });
  const withPlatform = (change: object): KrewManifest => withSpec({ platforms: [{ ...platform, ...change }] });
  const cases: readonly (readonly [string, KrewManifest, RegExp])[] = [
    ["a version without v", withSpec({ version: "1.2.3" }), /version/],
    ["a version of two numbers", withSpec({ version: "v1.2" }), /version/],
    ["a long short description", withSpec({ shortDescription: "x".repeat(51) }), /shortDescription/],
    ["two platforms for one machine", withSpec({ platforms: [platform, platform] }), /more than one platform/],
    ["an upper-case sum", withPlatform({ sha256: SUM.toUpperCase() }), /sha256/],
    ["an archive without LICENSE", withPlatform({ files: [{ from: platform.bin, to: "." }] }), /LICENSE/],
    ["a program that is not in the archive", withPlatform({ bin: "other" }), /bin is not/],
    [
      "a path that leaves the archive",
      withPlatform({ files: [...platform.files, { from: "../x", to: "." }] }),
      /leaves/,
    ],
    ["an address without TLS", withPlatform({ uri: "http://example.com/a.zip" }), /uri/],
    ["Windows without .exe", withPlatform({ selector: { matchLabels: { os: "windows", arch: "amd64" } } }), /\.exe/],
  ];
  for (const [what, wrong, says] of cases) {
    it(what, () => assert.match(faults(wrong, "netcheck.yaml").join("\n"), says));
  }
  it("a file that is not named like the plugin", () => {
    assert.match(faults(manifest, "other.yaml").join("\n"), /netcheck\.yaml/);
  });
});
