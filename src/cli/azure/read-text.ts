import { readFile } from "node:fs/promises";
import { UserError } from "../../errors.ts";
import type { Io } from "../io.ts";

/** The text of a file, or of standard input for `-`. Throws UserError. */
export async function readText(path: string, io: Io): Promise<string> {
  if (path === "-") {
    const chunks: Uint8Array[] = [];
    for await (const chunk of io.stdin) chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  }
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `cannot read ${path}: ${code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : (code ?? "")}`,
    );
  }
}
