/**
 * Programs from Debian's packages, unpacked into the cache; nothing is installed into the system.
 *
 * Each package is pinned by suite, version and checksum. Debian drops a version from its mirror when a point release or
 * a security fix replaces it. The pinned version is asked for first; when it is gone, the suite's present one is taken
 * with a warning (apt has checked its signature), so that a machine set up next year still passes.
 */
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { built, fingerprint } from "./cache.ts";
import { pins, suite } from "./debian-pins.ts";
import { must, run } from "./proc.ts";

/** Program name as the cluster calls it → unpacked file, and the name under which a multi-call program is to be started. */
const programs: Readonly<Record<string, { readonly file: string; readonly as?: string }>> = {
  runc: { file: "usr/sbin/runc" },
  curl: { file: "usr/bin/curl" },
  dig: { file: "usr/bin/dig" },
  ipset: { file: "usr/sbin/ipset" },
  conntrack: { file: "usr/sbin/conntrack" },
  nft: { file: "usr/sbin/nft" },
  iptables: { file: "usr/sbin/xtables-nft-multi", as: "iptables" },
  "iptables-save": { file: "usr/sbin/xtables-nft-multi", as: "iptables-save" },
  "iptables-restore": { file: "usr/sbin/xtables-nft-multi", as: "iptables-restore" },
  ip6tables: { file: "usr/sbin/xtables-nft-multi", as: "ip6tables" },
  "ip6tables-save": { file: "usr/sbin/xtables-nft-multi", as: "ip6tables-save" },
  "ip6tables-restore": { file: "usr/sbin/xtables-nft-multi", as: "ip6tables-restore" },
};

export interface DebianPrograms {
  /** Unpacked packages. */
  readonly root: string;
  /** Start scripts that find the unpacked libraries: put this folder on PATH. */
  readonly bin: string;
  /** Folders for LD_LIBRARY_PATH. */
  readonly libraries: string;
}

/** The unpacked packages, fetched on first use. */
export async function debianPrograms(log: (line: string) => void): Promise<DebianPrograms> {
  const key = fingerprint([suite, JSON.stringify(pins), JSON.stringify(programs)]);
  const at = await built("debian", key, async (into) => {
    const packages = join(into, "packages");
    const root = join(into, "root");
    mkdirSync(packages);
    log(`fetching ${pins.length} Debian packages (once)`);
    await fetchPackages(packages, log);
    for (const file of readdirSync(packages)) await must("dpkg", ["-x", join(packages, file), root]);
    rmSync(packages, { recursive: true });
    await startScripts(into);
  });
  return { root: join(at, "root"), bin: join(at, "bin"), libraries: libraryPath(join(at, "root")) };
}

const libraryPath = (root: string): string =>
  ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"].map((dir) => join(root, dir)).join(":");

async function fetchPackages(into: string, log: (line: string) => void): Promise<void> {
  const options = ["-o", "APT::Sandbox::User=root"];
  const fetchAll = (names: readonly string[]): ReturnType<typeof run> =>
    run("apt-get", [...options, "download", ...names], { cwd: into });
  const pinned = pins.map((pin) => `${pin.name}=${pin.version}`);
  if ((await fetchAll(pinned)).code !== 0) {
    await must("apt-get", [...options, "update"]);
    if ((await fetchAll(pinned)).code !== 0) {
      for (const pin of pins) {
        if ((await fetchAll([`${pin.name}=${pin.version}`])).code === 0) continue;
        const present = await fetchAll([pin.name]);
        if (present.code !== 0) {
          throw new Error(
            `Debian package ${pin.name} (${suite}, ${pin.version}) cannot be had: ${present.stderr.trim()}`,
          );
        }
        log(`warning: Debian no longer offers ${pin.name} ${pin.version}; using the present one: update the pin`);
      }
    }
  }
  for (const file of readdirSync(into)) {
    const [name, version] = file.split("_").map(decodeURIComponent);
    const pin = pins.find((one) => one.name === name);
    if (pin?.version !== version) continue;
    const sum = createHash("sha256")
      .update(readFileSync(join(into, file)))
      .digest("hex");
    if (sum !== pin?.sha256) throw new Error(`${file}: checksum ${sum} is not the pinned one`);
  }
}

/** One small script per program, so that no LD_LIBRARY_PATH has to be set for anything else. Fails on a library the machine lacks. */
async function startScripts(into: string): Promise<void> {
  const bin = join(into, "bin");
  mkdirSync(bin);
  // Written with the final path: the folder is renamed after the build.
  const final = into.replace(/\.building-\d+$/, "");
  for (const [name, { file, as }] of Object.entries(programs)) {
    const path = join(into, "root", file);
    const env = { ...process.env, LD_LIBRARY_PATH: libraryPath(join(into, "root")) };
    const absent = (await run("ldd", [path], { env })).stdout.split("\n").filter((line) => line.includes("not found"));
    if (absent.length > 0) {
      throw new Error(
        `${name} from Debian ${suite} lacks libraries on this machine: ${absent.map((l) => l.trim()).join("; ")}`,
      );
    }
    const root = join(final, "root");
    const script = [
      "#!/bin/sh",
      `export LD_LIBRARY_PATH=${libraryPath(root)} XTABLES_LIBDIR=${join(root, "usr/lib/x86_64-linux-gnu/xtables")}`,
      `exec ${join(root, file)} ${as ? `${as} ` : ""}"$@"`,
      "",
    ].join("\n");
    writeFileSync(join(bin, name), script);
    chmodSync(join(bin, name), 0o755);
  }
}
