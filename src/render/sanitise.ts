/**
 * Text of the cluster is hostile: names, annotations, messages and log lines may carry escape sequences that move the cursor, change the
 * window's title or reverse the reading direction. Everything that reaches a terminal passes through here.
 */

/** Characters that a terminal or a reader must not get raw, apart from C0: DEL, C1, zero-width, bidi, separators, tags, lone surrogates. */
const BEYOND_C0 =
  "\\u007f-\\u009f\\u00ad\\u061c\\u115f\\u1160\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb\\ufffe\\uffff\\u{e0000}-\\u{e0fff}\\ud800-\\udfff";

/** Nearly all text: printable ASCII, of which nothing is hostile. */
const PRINTABLE = /^[\x20-\x7e]*$/;
const HOSTILE = new RegExp(`[\\u0000-\\u001f${BEYOND_C0}]`, "gu");
const HOSTILE_IN_QUOTES = new RegExp(`[${BEYOND_C0}]`, "gu");

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

function visible(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const named = NAMED[char];
  if (named !== undefined) return named;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`;
}

/** One line of harmless text: every control, invisible or direction-changing character becomes a visible escape such as `\x1b`. */
export function oneLine(text: string): string {
  return PRINTABLE.test(text) ? text : text.replace(HOSTILE, visible);
}

/** Harmless lines: line ends split, tabs become two spaces, the rest as `oneLine`. Empty lines at the end are dropped. */
export function lines(text: string): readonly string[] {
  const split = text.split(/\r\n|\n/).map((line) => oneLine(line.replaceAll("\t", "  ")));
  while (split.length > 1 && split.at(-1)?.trim() === "") split.pop();
  return split;
}

/**
 * Escapes what JSON.stringify and a YAML writer leave raw. For text in which such characters can only stand inside double quotes, so that
 * the document still holds the same data. Beyond the basic plane JSON writes a surrogate pair, YAML one long escape.
 */
export function escapeQuoted(text: string, format: "json" | "yaml"): string {
  return text.replace(HOSTILE_IN_QUOTES, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (code > 0xffff && format === "yaml") return `\\U${hex(code, 8)}`;
    return Array.from({ length: char.length }, (_, i) => `\\u${hex(char.charCodeAt(i), 4)}`).join("");
  });
}

/** Whether a text holds anything that `oneLine` would change, line ends and tabs aside. */
export function isHostile(text: string): boolean {
  return text.replace(/[\n\t]/g, "").search(HOSTILE) >= 0;
}
