/** V8's code cache of the program, the same bytes on every run. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODE_VERSION } from "./targets.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/**
 * What makes the warm-up run take the same course in V8 each time: one thread, no garbage collection (it throws compiled code away, and leaves
 * traces of what lay in memory before), no recompilation, no randomness.
 */
const STEADY = [
  "--predictable",
  "--single-threaded",
  "--random-seed=1",
  "--min-semi-space-size=128",
  "--max-semi-space-size=128",
  "--no-flush-bytecode",
  "--no-opt",
  "--no-sparkplug",
];

/** Where a cache says which flags V8 ran with (v8/src/snapshot/code-serializer.h, SerializedCodeData): it is refused when they differ. */
const FLAGS_AT = 12;
const FLAGS_LENGTH = 4;

/**
 * Reads a cache and writes it anew. V8 numbers functions in the order it meets them, those of node itself included, and which of these a warm-up run needs
 * depends on how the network's data happens to arrive; on reading it numbers them afresh, and here nothing comes between.
 */
const RENUMBER = `const { readFileSync, writeFileSync } = require("node:fs");
  const [program, cache] = process.argv.slice(1);
  const script = new (require("node:vm").Script)(readFileSync(program, "latin1"), {
    filename: "kubectl-netcheck.cjs", cachedData: readFileSync(cache) });
  if (script.cachedDataRejected) throw new Error("V8 refuses the warm-up's code cache");
  writeFileSync(cache, script.createCachedData());`;

function node(args: readonly string[], env: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} failed:\n${stderr}`);
  return stdout;
}

/**
 * Compiles what `programPath` uses on a warm-up run (of `svc` alone, or of all that people mostly run), and returns the cache for a node without flags on this machine's kind of processor: the
 * bytecode does not depend on the flags above, so the cache is marked as made without them. Throws when node then refuses it.
 */
export function codeCache(programPath: string, folder: string, runs: "all" | "svc"): Buffer {
  if (process.version !== `v${NODE_VERSION}`)
    throw new Error(`packages are made with node ${NODE_VERSION} (npm run package); this is ${process.version}`);
  const out = join(folder, `made-${runs}`);
  const { NODE_OPTIONS: _, ...clean } = process.env;
  // glibc fills fresh memory with this, where padding would keep what lay there before.
  const steady = { ...clean, MALLOC_PERTURB_: "255" };
  node([...STEADY, `${HERE}warm-up.ts`, programPath, out, runs], steady);
  node([...STEADY, "-e", RENUMBER, programPath, out], steady);
  const cache = readFileSync(out);
  const print = "process.stdout.write(new (require('node:vm').Script)('0').createCachedData().toString('base64'))";
  Buffer.from(node(["-e", print], clean), "base64").copy(cache, FLAGS_AT, FLAGS_AT, FLAGS_AT + FLAGS_LENGTH);
  writeFileSync(out, cache);
  const check = `const { readFileSync } = require("node:fs");
    const script = new (require("node:vm").Script)(readFileSync(process.argv[1], "latin1"), {
      filename: "kubectl-netcheck.cjs", cachedData: readFileSync(process.argv[2]) });
    process.stdout.write(String(script.cachedDataRejected));`;
  if (node(["-e", check, programPath, out], clean) !== "false") throw new Error("node refuses the code cache");
  return cache;
}
