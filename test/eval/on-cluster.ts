/** Broken cases on a real cluster: each is made ready for it (staged.ts), applied, and asked about until the state has come about. */
import { randomBytes } from "node:crypto";
import { eventually, kubectl, kubectlRun, netcheck } from "../e2e/support/cluster.ts";
import { type Answer, answerTo } from "./answer.ts";
import { documentsOf, together } from "./case.ts";
import type { Question } from "./expectations.ts";
import { namespacesOf, staged } from "./staged.ts";

/** A case that lies on the cluster. */
export interface Applied {
  readonly changes: readonly string[];
  /** Asks until every answer is right; the last answer when the state does not come about in time. */
  readonly answer: () => Promise<Answer>;
  readonly remove: () => Promise<void>;
}

const asks = (question: Question): readonly string[] => question.ask.split(" ");

function askedNamespaces(questions: readonly Question[]): readonly string[] {
  return questions.flatMap((question) => {
    const words = asks(question);
    return words.flatMap((word, i) => (words[i - 1] === "-n" ? [word] : []));
  });
}

/** Applies the objects of `folder` in namespaces of its own. @throws AssertionError when the API server refuses one. */
export async function applied(folder: string, questions: readonly Question[]): Promise<Applied> {
  const documents = documentsOf(folder);
  const run = randomBytes(3).toString("hex");
  const names = namespacesOf(documents, askedNamespaces(questions));
  const rename = (namespace: string): string => `netcheck-c${run}-${namespace}`;
  const { objects, changes } = staged(documents, rename);
  const renamed = (text: string): string =>
    names.reduce((all, name) => all.replace(new RegExp(`(?<![\\w-])${name}(?=$|[\\s/])`, "g"), rename(name)), text);
  const remove = async (): Promise<void> => {
    await kubectlRun(["delete", "namespace", ...names.map(rename), "--wait=false", "--ignore-not-found"]);
  };
  try {
    for (const name of names.map(rename)) {
      await kubectl(["create", "namespace", name]);
      // Pods are refused until their service account exists, shortly after the namespace.
      await eventually(() => kubectl(["-n", name, "get", "serviceaccount", "default"]), { timeout: 30_000 });
    }
    await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  } catch (error) {
    await remove();
    throw error;
  }
  const once = async (): Promise<Answer> => {
    const answers: Answer[] = [];
    for (const question of questions) {
      const words = asks(question).map((word, i, all) => (all[i - 1] === "-n" ? rename(word) : word));
      const here = {
        ...question,
        ...(question.flow === undefined ? {} : { flow: renamed(question.flow) }),
        ...(question.says === undefined ? {} : { says: renamed(question.says) }),
      };
      answers.push(answerTo(here, await netcheck([...words, "-o", "json"])));
    }
    return together(answers);
  };
  const answer = async (): Promise<Answer> => {
    let last: Answer = { score: "unknown", why: "never asked" };
    try {
      await eventually(
        async () => {
          last = await once();
          return last.score === "right";
        },
        { timeout: 60_000, what: folder },
      );
    } catch (error) {
      if (last.score === "right") throw error;
    }
    return last;
  };
  return { changes, answer, remove };
}
