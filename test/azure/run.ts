/** Runs the command line in this process, and reads the JSON that it prints. */
import { Readable } from "node:stream";
import { runApp } from "../../src/cli/app.ts";

export interface Said {
  readonly code: number;
  readonly verdict: string;
  /** `id severity`, `← root` for consequences. */
  readonly findings: readonly string[];
  /** `what: remedy`. */
  readonly unread: readonly string[];
}

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  tty = false,
): Promise<Run> {
  let out = "";
  let err = "";
  const code = await runApp(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    stdin: Readable.from([]),
    env,
    columns: 120,
    tty,
    errTty: tty,
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

export function read({ code, out }: Run): Said {
  const { verdict, findings, unread } = JSON.parse(out);
  return {
    code,
    verdict,
    findings: findings.map(
      (one: { id: string; severity: string; consequenceOf: string | null }) =>
        `${one.id} ${one.severity}${one.consequenceOf === null ? "" : ` ← ${one.consequenceOf}`}`,
    ),
    unread: (unread ?? []).map((one: { what: string; remedy: string }) => `${one.what}: ${one.remedy}`),
  };
}
