/** What is built once per set of pins and shared by every cluster and checkout of the machine. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot } from "./layout.ts";

/** Twelve hexadecimal digits over texts and the content of files and folders (recursively, with their names). */
export function fingerprint(texts: readonly string[], paths: readonly string[] = []): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:${text}\n`);
  const add = (path: string, name: string): void => {
    if (statSync(path).isDirectory()) {
      for (const entry of readdirSync(path).sort()) add(join(path, entry), `${name}/${entry}`);
    } else {
      hash.update(`${name}\n`).update(readFileSync(path)).update("\n");
    }
  };
  for (const path of paths) add(path, "");
  return hash.digest("hex").slice(0, 12);
}

/**
 * Folder `<cache>/<name>-<key>`, made by `build` when it is not there. The build works in a folder of its own that is
 * renamed at the end, so a build that was cut off leaves nothing that looks finished.
 */
export async function built(name: string, key: string, build: (into: string) => Promise<void>): Promise<string> {
  const final = join(cacheRoot(), `${name}-${key}`);
  if (existsSync(final)) return final;
  const into = `${final}.building-${process.pid}`;
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  try {
    await build(into);
    try {
      renameSync(into, final);
    } catch (error) {
      if (!existsSync(final)) throw error; // otherwise someone else built the same thing meanwhile
    }
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
  return final;
}
