import type { CellMark } from "../model/report.ts";
import { oneLine } from "./sanitise.ts";

/** How to draw for the terminal at hand; the command line decides (TTY, NO_COLOR, locale, columns). */
export interface TableOptions {
  /** Columns of the terminal. */
  readonly columns: number;
  readonly colour: boolean;
  /** `-o wide`: all columns, all rows, all evidence. */
  readonly wide: boolean;
  /** False where the locale is not UTF-8: arrows and glyphs become ASCII. */
  readonly unicode: boolean;
}

export type Tone = CellMark | "head" | "bold" | "info" | "plain";

const CODES: Readonly<Record<Exclude<Tone, "plain">, string>> = {
  ok: "32",
  warn: "33",
  bad: "31",
  dim: "2",
  head: "1",
  bold: "1",
  info: "36",
};

export interface Style {
  /** Makes any text one harmless line that the locale can show. Before measuring, because it changes the width. */
  readonly say: (text: string) => string;
  /** Paints text that went through `say`; the identity when colour is off. */
  readonly paint: (text: string, ...tones: readonly Tone[]) => string;
  readonly glyphs: Glyphs;
}

export interface Glyphs {
  readonly arrow: string;
  readonly broken: string;
  readonly beyond: string;
  readonly error: string;
  readonly warning: string;
  readonly info: string;
  readonly under: string;
  readonly ellipsis: string;
}

const UNICODE: Glyphs = {
  arrow: "──▶",
  broken: "──✗",
  beyond: "┄┄┄",
  error: "✗",
  warning: "!",
  info: "i",
  under: "└─",
  ellipsis: "…",
};

const ASCII: Glyphs = {
  arrow: "-->",
  broken: "--X",
  beyond: "...",
  error: "x",
  warning: "!",
  info: "i",
  under: "\\-",
  ellipsis: "...",
};

/** Our own words use a few characters beyond ASCII; where the locale cannot show them they are spelled out. Cluster text stays. */
const SPELLED: Readonly<Record<string, string>> = { "·": "|", "→": "->", "×": "x", "…": "..." };

export function styleOf(options: Pick<TableOptions, "colour" | "unicode">): Style {
  const spell = (text: string): string =>
    options.unicode ? text : text.replace(/[·→×…]/g, (char) => SPELLED[char] ?? char);
  const paint: Style["paint"] = (text, ...tones) => {
    const codes = tones.flatMap((tone) => (tone === "plain" ? [] : [CODES[tone]]));
    return options.colour && codes.length > 0 && text !== "" ? `\x1b[${codes.join(";")}m${text}\x1b[0m` : text;
  };
  return { say: (text) => spell(oneLine(text)), paint, glyphs: options.unicode ? UNICODE : ASCII };
}
