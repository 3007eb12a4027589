/** krew's manifest of the plugin: krew-manifest.yaml filled with the version, the addresses and the sums of the archives. */
import { dump, load } from "js-yaml";

export interface KrewFile {
  readonly from: string;
  readonly to: string;
}

export interface KrewPlatform {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly uri: string;
  readonly sha256: string;
  readonly bin: string;
  readonly files: readonly KrewFile[];
}

export interface KrewManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly version: string;
    readonly homepage: string;
    readonly shortDescription: string;
    readonly description: string;
    readonly caveats?: string;
    readonly platforms: readonly KrewPlatform[];
  };
}

/** Name of the archive for a platform, as the manifest's addresses end. */
export function archiveName(version: string, os: string, arch: string): string {
  return `kubectl-netcheck_v${version}_${os}_${arch}${os === "windows" ? ".zip" : ".tar.gz"}`;
}

/**
 * The manifest for one release: the template's platforms that have an archive, with `version` put in and each archive's SHA-256 looked up by
 * its name in `sums`. Throws when no platform is left, or when an archive has no platform.
 */
export function filled(template: string, version: string, sums: ReadonlyMap<string, string>): string {
  const manifest = load(template) as KrewManifest;
  const platforms = manifest.spec.platforms.flatMap((platform) => {
    const { os = "", arch = "" } = platform.selector.matchLabels;
    const name = archiveName(version, os, arch);
    const sha256 = sums.get(name);
    const folder = platform.uri.replace(/[^/]+\/[^/]+$/, "");
    return sha256 === undefined ? [] : [{ ...platform, uri: `${folder}v${version}/${name}`, sha256 }];
  });
  if (platforms.length === 0 || platforms.length !== sums.size)
    throw new Error("the archives and the platforms of krew-manifest.yaml do not match");
  return dump({ ...manifest, spec: { ...manifest.spec, version: `v${version}`, platforms } }, { lineWidth: -1 });
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SEMVER = /^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
const OS = ["linux", "darwin", "windows"];
const ARCH = ["amd64", "arm64"];

/**
 * What krew-index's validation (validate-krew-manifest) and its reviewers would refuse; empty when all is well. `fileName` is the manifest's.
 * Source: krew's "Plugin manifest" and "Naming guide" pages and internal/index/validation.
 */
export function faults(manifest: KrewManifest, fileName: string): readonly string[] {
  const { metadata, spec } = manifest;
  const found: string[] = [];
  const want = (holds: boolean, what: string): void => {
    if (!holds) found.push(what);
  };
  want(manifest.apiVersion === "krew.googlecontainertools.github.com/v1alpha2", "apiVersion is not v1alpha2");
  want(manifest.kind === "Plugin", "kind is not Plugin");
  want(NAME.test(metadata.name) && !metadata.name.startsWith("kube"), `"${metadata.name}" is no plugin name`);
  want(fileName === `${metadata.name}.yaml`, `the file must be named ${metadata.name}.yaml`);
  want(SEMVER.test(spec.version), `version "${spec.version}" is no semantic version with a leading v`);
  want(
    spec.shortDescription.length > 0 && spec.shortDescription.length <= 50,
    "shortDescription is not 1–50 characters",
  );
  want(!/[.\n]$/.test(spec.shortDescription), "shortDescription ends with a full stop");
  want(spec.description.trim() !== "", "description is empty");
  want(/^https:\/\//.test(spec.homepage), "homepage is no https address");
  want(spec.platforms.length > 0, "there are no platforms");
  spec.platforms.forEach((platform, i) => {
    found.push(...platformFaults(platform).map((fault) => `platforms[${i}]: ${fault}`));
  });
  const chosen = OS.flatMap((os) => ARCH.map((arch) => ({ os, arch }))).map((machine) => ({
    machine,
    count: spec.platforms.filter((platform) => selects(platform, machine)).length,
  }));
  for (const { machine, count } of chosen)
    want(count <= 1, `more than one platform matches ${machine.os}/${machine.arch}`);
  return found;
}

function selects(platform: KrewPlatform, machine: Readonly<Record<string, string>>): boolean {
  return Object.entries(platform.selector.matchLabels).every(([label, value]) => machine[label] === value);
}

function platformFaults(platform: KrewPlatform): readonly string[] {
  const { os = "", arch = "" } = platform.selector.matchLabels;
  const faults: string[] = [];
  const want = (holds: boolean, what: string): void => {
    if (!holds) faults.push(what);
  };
  want(OS.includes(os) && ARCH.includes(arch), `the selector ${os}/${arch} matches no machine that krew supports`);
  want(/^https:\/\/.+\.(zip|tar\.gz)$/.test(platform.uri), "uri is no https address of a .zip or .tar.gz");
  want(/^[0-9a-f]{64}$/.test(platform.sha256), "sha256 is not 64 lower-case hexadecimal digits");
  want(platform.files.length > 0, "there are no files");
  want(
    platform.files.every((file) => !`${file.from}/${file.to}`.split("/").includes("..")),
    "a path leaves the archive",
  );
  want(
    platform.files.some((file) => file.from === platform.bin),
    "bin is not among the files",
  );
  want(platform.bin.endsWith(".exe") === (os === "windows"), "bin ends with .exe on Windows, and only there");
  want(
    platform.files.some((file) => file.from === "LICENSE"),
    "LICENSE is not among the files",
  );
  return faults;
}
