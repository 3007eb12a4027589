/**
 * Transcripts: test/cases/<name>/transcript.txt holds commands, what they print (stdout and stderr together) and their exit code, beside the dump they
 * read. `UPDATE_CASES=1 npm test` rewrites what follows each command; without it a missing or differing transcript fails.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { runApp } from "../src/cli/app.ts";
import { EXIT } from "../src/cli/exit.ts";
import type { Io } from "../src/cli/io.ts";
import { UserError } from "../src/errors.ts";

const PROMPT = "$ kubectl netcheck ";

/** Splits a command line into words as a shell does for plain and single-quoted words: cases need no more. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
}

async function transcriptOf(command: string): Promise<string> {
  let printed = "";
  const assignments = command.match(/^(?:[A-Z_]+=\S* )*/)?.[0] ?? "";
  const env = Object.fromEntries(wordsOf(assignments).map((word) => [word.split("=")[0], word.split("=")[1]]));
  const io: Io = {
    out: (text) => {
      printed += text;
    },
    err: (text) => {
      printed += text;
    },
    stdin: Readable.from([]),
    env: { LANG: "C.UTF-8", ...env },
    columns: Number(env["COLUMNS"] ?? 120),
    tty: false,
    signal: new AbortController().signal,
  };
  let code: number;
  try {
    code = await runApp(wordsOf(command.slice(assignments.length)), io);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    printed += `error: ${error.message}\n${error.hints.map((hint) => `  ${hint}\n`).join("")}`;
    code = EXIT.failed;
  }
  return `${printed.endsWith("\n") || printed === "" ? printed : `${printed}\n`}[exit ${code}]\n`;
}

/** How many checks passed or were left out changes with every check that is added; what they found does not. */
function withoutCounts(text: string): string {
  return text
    .replace(/\d+ checks? passed[\s\S]*?(?=\n[A-Z[])/g, "… checks passed")
    .replace(/\(\d+ checks?\)/g, "(… checks)");
}

async function replay(text: string): Promise<string> {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.startsWith(PROMPT));
  assert.notEqual(first, -1, `a transcript needs a line that begins with "${PROMPT}"`);
  const preface = lines.slice(0, first).join("\n");
  const commands = lines.filter((line) => line.startsWith(PROMPT));
  const parts: string[] = [];
  for (const line of commands) parts.push(`${line}\n${await transcriptOf(line.slice(PROMPT.length))}`);
  return `${preface === "" ? "" : `${preface}\n`}${parts.join("\n")}`;
}

describe("transcripts", () => {
  const files = globSync("test/cases/*/transcript.txt").sort();
  const home = process.cwd();

  it("there are some", () => {
    assert.ok(files.length > 0);
  });

  for (const file of files) {
    it(dirname(file).replaceAll("\\", "/"), async () => {
      const path = resolve(home, file);
      const recorded = readFileSync(path, "utf8");
      process.chdir(dirname(path));
      try {
        const now = await replay(recorded);
        if (process.env["UPDATE_CASES"] === "1") writeFileSync(path, now);
        else assert.equal(withoutCounts(now), withoutCounts(recorded));
      } finally {
        process.chdir(home);
      }
    });
  }
});
