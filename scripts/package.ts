/**
 * `npm run package [-- PLATFORM…]`: one executable, archive and checksum per platform (default: all six; `host` for this machine's), the
 * licence notices, a bill of materials and krew's manifest, all in dist/packages. Two runs on one commit give the same bytes.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { bundle, stampOf } from "./bundle.ts";
import { type Entry, tarGz, zip } from "./package/archive.ts";
import { nodeLicence, pinnedIntegrity } from "./package/bases.ts";
import { billOfMaterials, bundledPackages, notices } from "./package/bundled.ts";
import { archiveName, faults, filled, type KrewManifest } from "./package/krew.ts";
import { buildPrograms } from "./package/sea.ts";
import { hostTarget, NODE_VERSION, nameOf, programName, TARGETS, type Target } from "./package/targets.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = process.env["NETCHECK_PACKAGES"] ?? `${ROOT}dist/packages`;

function wanted(words: readonly string[]): readonly Target[] {
  if (words.length === 0) return TARGETS;
  return words.map((word) => {
    const found = word === "host" ? hostTarget() : TARGETS.find((target) => nameOf(target) === word);
    if (found === undefined)
      throw new Error(`${word}: give host, ${TARGETS.map(nameOf).join(", ")}, or nothing for all`);
    return found;
  });
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const mib = (bytes: Uint8Array): string => (bytes.length / 2 ** 20).toFixed(1);

async function main(): Promise<void> {
  const targets = wanted(process.argv.slice(2));
  const stamp = stampOf();
  const program = await bundle(stamp);
  const launcher = await bundle(stamp, "scripts/package/launcher.ts");
  const packages = bundledPackages([...new Set([...program.inputs, ...launcher.inputs])]);
  rmSync(OUT, { recursive: true, force: true });
  const pathOf = (target: Target): string => `${OUT}/${nameOf(target)}/${programName(target)}`;
  for (const target of targets) mkdirSync(`${OUT}/${nameOf(target)}`, { recursive: true });
  await buildPrograms({ launcher: launcher.text, program: program.text }, targets, pathOf);

  // Windows' npm packages bring no licence; node's is one text for all platforms.
  const licensed = targets.find((target) => target.os !== "windows") ?? hostTarget() ?? TARGETS[0];
  if (licensed === undefined) throw new Error("there are no platforms");
  const texts: readonly Entry[] = [
    { name: "LICENSE", bytes: readFileSync(`${ROOT}LICENSE`), executable: false },
    {
      name: "THIRD-PARTY-NOTICES.txt",
      bytes: Buffer.from(notices(packages, NODE_VERSION, nodeLicence(licensed))),
      executable: false,
    },
  ];
  const sums = new Map<string, string>();
  const rows = ["| archive | executable MiB | archive MiB |", "|---|---|---|"];
  for (const target of targets) {
    const bytes = readFileSync(pathOf(target));
    const entries = [{ name: programName(target), bytes, executable: true }, ...texts];
    const archive = target.os === "windows" ? zip(entries) : tarGz(entries);
    const name = archiveName(stamp.version, target.os, target.arch);
    writeFileSync(`${OUT}/${name}`, archive);
    sums.set(name, sha256(archive));
    rows.push(`| ${name} | ${mib(bytes)} | ${mib(archive)} |`);
  }
  writeFileSync(`${OUT}/sha256sums.txt`, [...sums].map(([name, sum]) => `${sum}  ${name}\n`).join(""));
  const bases = targets.map(({ base }) => ({ name: base, version: NODE_VERSION, integrity: pinnedIntegrity(base) }));
  writeFileSync(`${OUT}/sbom.cdx.json`, billOfMaterials(stamp, packages, bases));
  const manifest = filled(readFileSync(`${ROOT}krew-manifest.yaml`, "utf8"), stamp.version, sums);
  const wrong = faults(load(manifest) as KrewManifest, "netcheck.yaml");
  if (wrong.length > 0) throw new Error(`krew would refuse the manifest:\n${wrong.join("\n")}`);
  writeFileSync(`${OUT}/netcheck.yaml`, manifest);
  process.stdout.write(`${rows.join("\n")}\n`);
}

await main();
