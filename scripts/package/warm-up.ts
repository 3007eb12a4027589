/**
 * `node scripts/package/warm-up.ts PROGRAM OUT all|svc`: runs the program in this process on a recorded cluster, over TLS and from a dump, and writes
 * V8's code cache of all that was compiled on the way. The cache serves only this version of node on this kind of processor.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { loadAll } from "js-yaml";
import { type FakeObject, startFakeApi } from "../../test/support/fake-api.ts";

const [programPath = "", out = "", runs = "all"] = process.argv.slice(2);
const CASES = fileURLToPath(new URL("../../test/cases/demo/", import.meta.url));
const require = createRequire(import.meta.url);
const script = new Script(readFileSync(programPath, "latin1"), { filename: "kubectl-netcheck.cjs" });

async function run(...words: readonly string[]): Promise<void> {
  process.argv = [process.execPath, process.execPath, ...words];
  const module = { exports: {} as { finished?: Promise<void> } };
  const program = script.runInThisContext() as (...args: unknown[]) => void;
  program(require, module, module.exports, programPath, CASES);
  await module.exports.finished;
}

/** The objects of a dump: lists and single objects, one or more documents. */
function objectsOf(path: string): readonly FakeObject[] {
  const documents = loadAll(readFileSync(path, "utf8")) as readonly (
    | FakeObject
    | { readonly items: readonly FakeObject[] }
  )[];
  return documents.flatMap((one) => ("items" in one ? one.items : [one]));
}

const api = await startFakeApi({ objects: objectsOf(`${CASES}healthy.yaml`), now: "2026-11-22T22:45:00Z" });
const live = ["--kubeconfig", api.kubeconfigPath, "-n", "shop"];
try {
  await run("svc", "my-service", ...live);
  if (runs === "all") await others();
} finally {
  await api.close();
}
process.exitCode = 0;
// What the runs left for later (src/main.ts, LAST_WORDS; http2/session.ts, LINGER) has run by then, always and not only on a slow machine.
await new Promise((resolve) => setTimeout(resolve, 1000));
writeFileSync(out, script.createCachedData());

async function others(): Promise<void> {
  await run("pod", "deploy/my-deployment", ...live);
  for (const name of ["selector", "target-port"]) await run("svc", "my-service", "-f", `${CASES}${name}.yaml`);
  await run("pod", "deploy/my-deployment", "-f", `${CASES}image-pull.yaml`);
  await run("svc", "no-such-service", ...live);
}
