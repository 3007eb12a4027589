import { UserError } from "../../errors.ts";
import { connect, kubeconfigNames } from "../../kube/connect.ts";
import type { Connection } from "../../kube/transport.ts";
import { type Resource, resourcePath } from "../../model/resources.ts";
import { oneLine } from "../../render/sanitise.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { kubeFlags } from "../kube-flags.ts";
import { VERSION } from "../version.ts";
import { type Choice, type Source, sourceOf } from "./choices.ts";
import { type Line, lineOf } from "./line.ts";

/** cobra's directives, which kubectl reads on the last line: what the shell may do besides offering our choices. */
const FILES_TOO = 0;
const NO_FILES = 4;
/** Someone waits at the tab key: what has not come by then (milliseconds since the key) is left out. */
const PATIENCE = 450;
const METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";
const PAGE = 500;

/**
 * `netcheck __complete WORD…`, called by the shell hooks: prints what may stand for the last word, one choice a line (a tab and its meaning may
 * follow), and a directive. Silent about every error: a tab key is no place for messages. `spent`: milliseconds since the key was pressed.
 */
export async function answer(
  words: readonly string[],
  commands: readonly Command[],
  io: Io,
  spent: number,
): Promise<number> {
  const line = lineOf(words, commands);
  const source = sourceOf(line, commands);
  const choices = await choicesOf(source, line, io, Math.max(0, Math.round(PATIENCE - spent))).catch(
    (): readonly Choice[] => [],
  );
  for (const { word, meaning } of choices.filter((one) => one.word.startsWith(line.partial))) {
    // What is typed into a shell is no place for a name with surprises.
    if (oneLine(word) !== word) continue;
    io.out(`${line.prefix}${word}${meaning === "" ? "" : `\t${oneLine(meaning)}`}\n`);
  }
  io.out(`:${source.from === "files" ? FILES_TOO : NO_FILES}\n`);
  return EXIT.fine;
}

async function choicesOf(source: Source, line: Line, io: Io, patience: number): Promise<readonly Choice[]> {
  switch (source.from) {
    case "words":
      return source.words;
    case "findings": {
      const { CHECKS } = await import("../../checks/index.ts");
      return CHECKS.flatMap((check) =>
        Object.entries(check.findings).map(([id, { title }]) => ({ word: id, meaning: title })),
      );
    }
    case "kubeconfig":
      return (await kubeconfigNames(kubeFlags(line.args), source.entries, { env: io.env })).map(plain);
    case "cluster":
      return namesWithin(patience, source.lists, line, io);
    case "files":
    case "nowhere":
      return [];
  }
}

const plain = (word: string): Choice => ({ word, meaning: "" });

async function namesWithin(
  patience: number,
  lists: readonly { readonly resource: Resource; readonly before: string }[],
  line: Line,
  io: Io,
): Promise<readonly Choice[]> {
  const late = AbortSignal.timeout(patience);
  const found: Choice[] = [];
  const asking = async (): Promise<void> => {
    const connection = await connect(kubeFlags(line.args), {
      userAgent: `kubectl-netcheck/${VERSION}`,
      signal: late,
      // A credential plugin may use what it has, but must not ask, and its complaints go nowhere.
      around: { env: io.env, stdinIsTerminal: false, stderr: "ignore" },
    });
    try {
      await Promise.all(
        lists.map(async ({ resource, before }) => {
          for (const name of await names(connection, resource)) found.push(plain(before + name));
        }),
      );
    } finally {
      connection.close();
    }
  };
  const tooLate = new Promise<void>((resolve) => {
    late.addEventListener("abort", () => resolve());
  });
  await Promise.race([asking().catch(() => undefined), tooLate]);
  return found.toSorted((a, b) => (a.word < b.word ? -1 : 1));
}

/** From the watch cache and without bodies: cheap for the server, and a moment old at worst. */
async function names(connection: Connection, resource: Resource): Promise<readonly string[]> {
  const path = resourcePath(resource, resource.namespaced ? connection.namespace : "");
  const answered = await connection.request(path, {
    accept: METADATA,
    query: { limit: PAGE, resourceVersion: 0 },
    retries: 0,
  });
  if (answered.status !== 200) throw new UserError(`the API server answered ${answered.status}`);
  const { items } = JSON.parse(answered.text) as {
    readonly items?: readonly { readonly metadata: { name: string } }[];
  };
  return (items ?? []).map((item) => item.metadata.name);
}
