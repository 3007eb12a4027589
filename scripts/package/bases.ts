/** Node for every platform, from npm alone, checked against the integrity hashes of package-lock.json. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripSignature } from "./authenticode.ts";
import { stripElf } from "./elf.ts";
import { NODE_VERSION, type Target } from "./targets.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
}

function cacheFolder(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir() || tmpdir(), ".cache"), "kubectl-netcheck", "node-bases");
}

/** The hash that the lock file pins for a base. Throws when it pins another version, or none. */
export function pinnedIntegrity(base: string): string {
  const lock = JSON.parse(readFileSync(`${ROOT}package-lock.json`, "utf8")) as Lock;
  const entry = lock.packages[`node_modules/${base}`];
  if (entry?.version !== NODE_VERSION || entry.integrity === undefined)
    throw new Error(`package-lock.json does not pin ${base}@${NODE_VERSION}`);
  return entry.integrity;
}

/** Throws unless `bytes` have the subresource-integrity hash `sha512-…`. */
export function verify(bytes: Uint8Array, integrity: string, what: string): void {
  const found = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  if (found !== integrity)
    throw new Error(`${what} is not what package-lock.json pins: ${found} in place of ${integrity}`);
}

function run(program: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed:\n${stderr}`);
}

/** The npm archive of a base: from the cache, else by `npm pack`; always checked. */
function archiveOf(target: Target): string {
  const folder = cacheFolder();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${target.base}-${NODE_VERSION}.tgz`);
  const integrity = pinnedIntegrity(target.base);
  if (!existsSync(file)) {
    const into = `${file}.${process.pid}`;
    mkdirSync(into);
    try {
      // A big file over a network that may stutter.
      const pack = () => run("npm", ["pack", "--silent", "--pack-destination", into, `${target.base}@${NODE_VERSION}`]);
      try {
        pack();
      } catch {
        pack();
      }
      renameSync(join(into, `${target.base}-${NODE_VERSION}.tgz`), file);
    } finally {
      rmSync(into, { recursive: true, force: true });
    }
  }
  verify(readFileSync(file), integrity, file);
  return file;
}

/**
 * Writes the base program of `target` to `path`, ready for injection: without symbols on Linux, without the publisher's signature on Windows,
 * which the injection would break. (On macOS pkg leaves the old signature in place until ours replaces it.)
 */
export function writeBase(target: Target, path: string): void {
  const folder = `${path}.unpacked`;
  mkdirSync(folder, { recursive: true });
  try {
    run("tar", ["-xzf", archiveOf(target), "-C", folder, target.program]);
    const program = readFileSync(join(folder, target.program));
    writeFileSync(path, prepared(target, program), { mode: 0o755 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function prepared(target: Target, program: Buffer): Buffer {
  if (target.os === "linux") return stripElf(program);
  return target.os === "windows" ? stripSignature(program) : program;
}

/** The licence of node and all that it bundles. */
export function nodeLicence(target: Target): string {
  const { stdout, status } = spawnSync("tar", ["-xzOf", archiveOf(target), "package/LICENSE"], {
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  if (status !== 0) throw new Error(`${target.base} holds no LICENSE`);
  return stdout;
}
