/** Says in one sentence what the machine lacks, before anything is begun. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./proc.ts";

const tools: Readonly<Record<string, string>> = {
  bash: "bash",
  ip: "iproute2",
  unshare: "util-linux",
  nsenter: "util-linux",
  mount: "mount",
  ldd: "libc-bin",
  "apt-get": "apt",
  dpkg: "dpkg",
};

/**
 * Checks operating system, architecture, root, Go and the few commands that the bed takes from the machine.
 * @throws Error of one sentence.
 */
export async function preflight(): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`The test cluster needs Linux on x64; this is ${process.platform} on ${process.arch}.`);
  }
  if (process.getuid?.() !== 0)
    throw new Error("The test cluster needs root (namespaces, mounts, cgroups); run it as root.");
  const path = (process.env["PATH"] ?? "").split(delimiter);
  const missing = Object.entries(tools).filter(([tool]) => !path.some((dir) => existsSync(join(dir, tool))));
  if (missing.length > 0) {
    const list = missing.map(([tool, from]) => `${tool} (Debian package ${from})`).join(", ");
    throw new Error(`The test cluster needs commands that this machine lacks: ${list}.`);
  }
  const go = await run("go", ["env", "GOVERSION"]);
  const version = /^go1\.(\d+)/.exec(go.stdout.trim());
  if (go.code !== 0 || !version)
    throw new Error("The test cluster is built from source and needs Go 1.26 or later; no go command was found.");
  if (Number(version[1]) < 26) throw new Error(`The test cluster needs Go 1.26 or later; this is ${go.stdout.trim()}.`);
}
