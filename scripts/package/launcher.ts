/**
 * What a packaged binary runs first. Prints the version by itself; for the rest it starts the program from the binary's assets, with V8's code
 * cache when the package has one: functions that a warm-up run compiled need not be compiled again (a third of the whole start).
 */
import { writeSync } from "node:fs";
import { getRawAsset } from "node:sea";
import { Script } from "node:vm";
import { isVersionRequest, versionText } from "../../src/cli/version.ts";
import { cacheIn } from "./aligned.ts";

const asset = (name: string): Buffer => Buffer.from(getRawAsset(name) as ArrayBuffer);

/** The command that most runs are of has a cache of its own: the smaller it is, the sooner it is there. */
function cacheFor(words: readonly string[]): Buffer {
  const isPlainSvc =
    /^(svc|services?)$/.test(words[0] ?? "") && !words.some((word) => /^(-f|--filename|--probe)/.test(word));
  return cacheIn(asset(isPlainSvc ? "code-cache-svc" : "code-cache"));
}

function startProgram(): void {
  const cache = cacheFor(process.argv.slice(2));
  const script = new Script(asset("program").toString("latin1"), {
    filename: "kubectl-netcheck.cjs",
    ...(cache.length === 0 ? {} : { cachedData: cache }),
  });
  const program = script.runInThisContext() as (...args: unknown[]) => void;
  program(require, module, exports, __filename, __dirname);
}

function printed(text: string): boolean {
  try {
    // A Windows console wants node's stream.
    return process.platform !== "win32" && writeSync(1, text) === text.length;
  } catch {
    return false;
  }
}

if (!(isVersionRequest(process.argv.slice(2)) && printed(versionText(false)))) startProgram();
