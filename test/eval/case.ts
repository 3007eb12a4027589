/** The files of a case, and netcheck asked about them as a user would. */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { loadAll } from "js-yaml";
import { run } from "../cluster/proc.ts";
import { type Answer, answerTo } from "./answer.ts";
import type { Question } from "./expectations.ts";
import type { Manifest } from "./staged.ts";

/** Where the corpus lies, or undefined when it is not there. */
export const CORPUS = process.env["NETCHECK_CORPUS"] ?? join(import.meta.dirname, "../../../shared/corpus");

const MAIN = join(import.meta.dirname, "../../src/main.ts");

const isObject = (value: unknown): value is Manifest => {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<Manifest>;
  return typeof apiVersion === "string" && typeof kind === "string" && typeof metadata?.name === "string";
};

/**
 * Every object in the files of a case. One that lies inside another under a key of its own (kubectl-status records a Service with its
 * Endpoints that way, which no API does) counts as an object beside it.
 */
export function documentsOf(folder: string): readonly Manifest[] {
  const files = globSync(join(folder, "*.{yaml,yml,json}"))
    .filter((file) => !["truth.json", "task.yaml", "test_case.yaml"].includes(basename(file)))
    .sort();
  const documents = files.flatMap((file) => loadAll(readFileSync(file, "utf8")));
  const listed = documents.flatMap((document) => {
    const { items } = (document ?? {}) as { readonly items?: readonly unknown[] };
    return Array.isArray(items) ? items : [document];
  });
  return listed.filter(isObject).flatMap((object) => [object, ...Object.values(object).filter(isObject)]);
}

/** The worst answer to the questions of a case. */
export function together(answers: readonly Answer[]): Answer {
  for (const score of ["wrong", "unknown"] as const) {
    const found = answers.find((answer) => answer.score === score);
    if (found !== undefined) return found;
  }
  return { score: "right", why: "" };
}

/** Asks about the files of a case. */
export async function answerFromFiles(folder: string, questions: readonly Question[]): Promise<Answer> {
  const scratch = mkdtempSync(join(tmpdir(), "netcheck-eval-"));
  try {
    const inside = documentsOf(folder).flatMap((object) => Object.values(object).filter(isObject));
    const more = join(scratch, "inside.json");
    writeFileSync(more, JSON.stringify({ apiVersion: "v1", kind: "List", items: inside }));
    const given = ["-f", folder, ...(inside.length > 0 ? ["-f", more] : [])];
    const answers: Answer[] = [];
    for (const question of questions) {
      const args = [MAIN, ...question.ask.split(" "), ...given, "-o", "json"];
      answers.push(answerTo(question, await run(process.execPath, args)));
    }
    return together(answers);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
