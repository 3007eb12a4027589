import { readFile } from "node:fs/promises";
import { UserError } from "../../errors.ts";
import { unlessInterrupted } from "../interrupt.ts";
import type { Io } from "../io.ts";

/** The text of a file, or of standard input for `-`. Throws UserError. */
export async function readText(path: string, io: Io): Promise<string> {
  try {
    return await unlessInterrupted(path === "-" ? readAll(io.stdin) : readFile(path, "utf8"), io.signal);
  } catch (error) {
    if (io.signal.aborted) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `cannot read ${path}: ${code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : (code ?? "")}`,
    );
  }
}

async function readAll(stdin: Io["stdin"]): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
