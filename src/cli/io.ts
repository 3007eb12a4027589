/** The streams and surroundings of one run, passed in and never global, so that a test can watch and fake them. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Standard input, for `-f -`. */
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Width of the terminal, or of a page when the output is no terminal. */
  readonly columns: number;
  /** Standard output is a terminal. */
  readonly tty: boolean;
  /** Standard error is a terminal: progress may be shown there. */
  readonly errTty?: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Whether to colour: `--color` decides, else NO_COLOR (any non-empty value) and FORCE_COLOR, else the terminal. See no-color.org. */
function wantsColour(io: Io, flag: string): boolean {
  if (flag === "always") return true;
  if (flag === "never" || (io.env["NO_COLOR"] ?? "") !== "") return false;
  const forced = io.env["FORCE_COLOR"] ?? "";
  if (forced !== "") return forced !== "0" && forced !== "false";
  return io.tty && io.env["TERM"] !== "dumb";
}

/** Whether box characters and arrows can be shown: a UTF-8 locale, or none set at all (containers), or Windows Terminal. */
function wantsUnicode(io: Io): boolean {
  const locale = io.env["LC_ALL"] || io.env["LC_CTYPE"] || io.env["LANG"] || "";
  return locale === "" || /utf-?8/.test(locale.toLowerCase());
}

/** How to print for this terminal; `flag` is `--color`. */
export function styleOf(
  io: Io,
  flag: string,
): { readonly columns: number; readonly colour: boolean; readonly unicode: boolean } {
  return { columns: io.columns, colour: wantsColour(io, flag), unicode: wantsUnicode(io) };
}
