/**
 * `npm run test:package [-- FILE…]`: packages the host's program (all six with --all), and runs test/package/*.e2e.ts on it.
 * Needs Linux, root (chroot), Go for krew and kubectl; for arm64 qemu-user-static with libc6-arm64-cross and libstdc++6-arm64-cross.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const node = (args: readonly string[]): number =>
  spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" }).status ?? 1;

function main(args: readonly string[]): number {
  const given = args.filter((argument) => argument.endsWith(".ts"));
  const packed = node(["scripts/package.ts", ...(args.includes("--all") ? [] : ["host"])]);
  if (packed !== 0) return packed;
  const files = given.length > 0 ? given : globSync("test/package/*.e2e.ts", { cwd: ROOT }).sort();
  // One after the other: on two cores they would only wait for each other.
  return node(["--test", "--test-concurrency=1", ...files]);
}

process.exitCode = main(process.argv.slice(2));
