import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { isObject } from "../nsg/json.ts";
import type { AzAnswer, AzRunner } from "./runner.ts";

/** The file in a dump that holds the answer to a question: readable words, and a hash so that long ids keep apart. */
export function fileOf(args: readonly string[]): string {
  const words = args.filter((arg) => !arg.startsWith("-")).map((arg) => arg.split("/").at(-1) ?? arg);
  const slug = words
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "_")
    .slice(0, 80);
  const hash = createHash("sha256").update(args.join(" ").toLowerCase()).digest("hex").slice(0, 8);
  return `${slug}-${hash}.json`;
}

/** Throws UserError when the folder is none that `recording` wrote: a slip in the path must not look like missing rights. */
export async function checkDump(folder: string): Promise<void> {
  const hints = ["kubectl netcheck azure collect --azure-dump DIR writes one"];
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const what = code === "ENOENT" ? "there is no such folder" : code === "ENOTDIR" ? "it is no folder" : code;
    throw new UserError(`cannot read --azure-dump ${folder}: ${what}`, hints);
  }
  if (!names.some((name) => /-[0-9a-f]{8}\.json$/.test(name)))
    throw new UserError(`--azure-dump ${folder} holds no answer of az`, hints);
}

/** Answers from a folder that `recording` wrote. What is not in it is a failure that names the command and the file. */
export function dumpRunner(folder: string): AzRunner {
  return async (args) => {
    const file = fileOf(args);
    // A dump is about another machine's login: whoever took it had one.
    if (args[0] === "account") return { state: "ok", json: {} };
    let text: string;
    try {
      text = await readFile(join(folder, file), "utf8");
    } catch {
      return {
        state: "failed",
        kind: "not-in-dump",
        detail: `${file} is not in ${folder}`,
        next: [`az ${args.join(" ")} -o json > ${file}`],
      };
    }
    try {
      return { state: "ok", json: JSON.parse(text) };
    } catch {
      return {
        state: "failed",
        kind: "garbage",
        detail: `${join(folder, file)} is no JSON`,
        next: [`az ${args.join(" ")} -o json > ${file}`],
      };
    }
  };
}

/** Parts of answers that nobody needs for the network, and that may hold keys or settings. */
const LEFT_OUT =
  /^(osProfile|extensionProfile|linuxProfile|windowsProfile|servicePrincipalProfile|identity|identityProfile|tags|storageProfile|diagnosticsProfile|addonProfiles|aadProfile)$|customData|userData|secret|password|token|publicKey|privateKey/i;

/** The JSON without the parts that a dump should not carry. */
export function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !LEFT_OUT.test(key))
      .map(([key, item]) => [key, pruned(item)]),
  );
}

/** Passes questions on to `ask` and writes the answers into `folder`, readable by its owner only. Throws UserError when it cannot write. */
export function recording(folder: string, ask: AzRunner): AzRunner {
  return async (args): Promise<AzAnswer> => {
    const answer = await ask(args);
    if (answer.state === "ok" && args[0] !== "account") await write(folder, fileOf(args), pruned(answer.json));
    return answer;
  };
}

async function write(folder: string, file: string, json: unknown): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, file), `${JSON.stringify(json, null, 1)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new UserError(`cannot write ${join(folder, file)}: ${(error as Error).message}`, [
      "Choose another folder with --azure-dump DIR",
    ]);
  }
}
