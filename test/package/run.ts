/**
 * `npm run test:package [-- FILE…]`: packages the host's program (all six with --all), and runs test/package/*.e2e.ts on it.
 * Needs Linux, root (chroot), Go for krew and kubectl. With --all the programs for Linux on arm64 and for Windows run too, under qemu and wine, which
 * are installed from Debian where they are missing; those for macOS are read, not run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const node = (args: readonly string[]): number =>
  spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" }).status ?? 1;

const EMULATORS = [
  ["/usr/bin/qemu-aarch64-static", "qemu-user-static"],
  ["/usr/aarch64-linux-gnu/lib/libc.so.6", "libc6-arm64-cross"],
  ["/usr/aarch64-linux-gnu/lib/libstdc++.so.6", "libstdc++6-arm64-cross"],
  ["/usr/bin/wine", "wine"],
  ["/usr/lib/wine/wine64", "wine64"],
] as const;

/** Throws a sentence when something is missing and cannot be installed. */
function installEmulators(): void {
  const missing = EMULATORS.filter(([file]) => !existsSync(file)).map(([, name]) => name);
  if (missing.length === 0) return;
  const apt = (...args: string[]): number | null =>
    spawnSync("apt-get", args, { stdio: "inherit", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }).status;
  if (apt("update", "-qq") !== 0 || apt("install", "-y", "-qq", "--no-install-recommends", ...missing) !== 0)
    throw new Error(`the programs of other platforms need ${missing.join(", ")}, which apt-get did not install`);
}

function main(args: readonly string[]): number {
  if (args.includes("--all")) installEmulators();
  const given = args.filter((argument) => argument.endsWith(".ts"));
  const packed = node(["scripts/package.ts", ...(args.includes("--all") ? [] : ["host"])]);
  if (packed !== 0) return packed;
  const files = given.length > 0 ? given : globSync("test/package/*.e2e.ts", { cwd: ROOT }).sort();
  // One after the other: on two cores they would only wait for each other.
  return node(["--test", "--test-concurrency=1", ...files]);
}

process.exitCode = main(process.argv.slice(2));
