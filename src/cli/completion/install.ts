import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { UserError } from "../../errors.ts";
import { EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { HOOK_MARK, hookFor } from "./scripts.ts";

/**
 * `netcheck completion install [--dir D] [--yes]`: writes the hook that kubectl looks for into a folder of PATH, once the user has said yes.
 * Never replaces a file that is not ours.
 */
export async function install(dir: string | undefined, isAgreed: boolean, io: Io): Promise<number> {
  const folders = (io.env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  const folder = dir === undefined ? proposed(folders, io) : resolve(dir);
  const { name, text } = hookFor(process.platform);
  const path = join(folder, name);
  const known = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  if (known === text) {
    io.out(`${path} is in place.\n`);
    return EXIT.fine;
  }
  if (known !== undefined && !known.includes(HOOK_MARK))
    throw new UserError(`${path} exists, and is not a hook of ours`, [
      "remove it, or choose another folder with --dir",
    ]);
  if (!isAgreed && !(await agrees(path, io))) {
    io.err("Nothing was written.\n");
    return EXIT.failed;
  }
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, text, { mode: 0o755 });
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new UserError(`cannot write ${path} (${code})`, ["choose another folder of PATH with --dir"]);
  }
  io.out(`Wrote ${path}.\n`);
  if (!folders.includes(folder)) io.err(`warning: ${folder} is not on PATH, so kubectl will not find the hook\n`);
  io.err("kubectl's own completion must be active: kubectl completion --help\n");
  return EXIT.fine;
}

/** The first folder of PATH below the user's home that can be written, else the first that can be written at all. */
function proposed(folders: readonly string[], io: Io): string {
  const home = io.env["HOME"] || io.env["USERPROFILE"];
  const writable = folders.filter(isWritable);
  const own = writable.find((folder) => home !== undefined && folder.startsWith(join(home, "/")));
  const found = own ?? writable[0];
  if (found !== undefined) return found;
  throw new UserError("no folder of PATH can be written", ["choose one with --dir, and put it on PATH"]);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

async function agrees(path: string, io: Io): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UserError(`${path} would be written, but nobody can be asked`, [
      "say so with --yes, or choose with --dir",
    ]);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const said = await asking.question(`Write ${path}? [y/N] `, { signal: io.signal });
    return /^y(es)?$/i.test(said.trim());
  } finally {
    asking.close();
  }
}
