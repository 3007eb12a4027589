import type { Io } from "./io.ts";

/** A terminal that can be asked several times: the lines that are typed. */
export interface Lines {
  /** The next line, "" at the end of the input. */
  next(): Promise<string>;
  /** Ends reading, which would keep the process alive. */
  close(): void;
}

/** Lines of standard input, which is opened at the first question. */
export function linesOf({ stdin }: Pick<Io, "stdin">): Lines {
  let input: AsyncIterator<Uint8Array> | undefined;
  let typed = "";
  return {
    next: async () => {
      input ??= stdin[Symbol.asyncIterator]();
      while (!typed.includes("\n")) {
        const { done, value } = await input.next();
        if (done === true) break;
        typed += Buffer.from(value).toString("utf8");
      }
      const [line = "", ...rest] = typed.split("\n");
      typed = rest.join("\n");
      return line;
    },
    // Not awaited: a read that is under way ends only with a key.
    close: () => void input?.return?.(),
  };
}

/** One yes-or-no question on standard error. Control characters of the cluster's names do not reach the terminal. */
export async function agrees(what: string, io: Io, lines: Lines): Promise<boolean> {
  io.err(`\r\u001b[K${what.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?")} Go on? [y/N] `);
  return /^y(es)?$/i.test((await lines.next()).trim());
}
