import { type Command, commandNamed } from "./command.ts";

/**
 * The words of a command line as yargs needs them, where kubectl's own parser (pflag) reads more than yargs does: `-oyaml`, `-nshop` and `-Ao json` are one
 * word of short options, `-f -` is a value, like kubectl's own such flags `--probe` takes its value with `=` only (in `svc --probe web`, web is the Service), and `help svc` is `svc --help`. What follows `--` stays as it is.
 */
export function plainWords(argv: readonly string[], commands: readonly Command[]): readonly string[] {
  // Like kubectl: the bare name shows what there is.
  if (argv.length === 0) return ["--help"];
  if (argv[0] === "help") return helpFor(argv[1], commands);
  let short: ReadonlyMap<string, ShortOption> | undefined;
  const end = argv.indexOf("--");
  const options = end < 0 ? argv : argv.slice(0, end);
  const plain = options.flatMap((word, i): readonly string[] => {
    if (word === "--probe") return ["--probe=auto"];
    if (isFileOption(word) && options[i + 1] === "-") return ["--filename=-"];
    if (word === "-" && isFileOption(options[i - 1])) return [];
    if (!/^-[A-Za-z]./.test(word)) return [word];
    short ??= shortOptions(commands);
    return apart(word, short) ?? [word];
  });
  const repeated = repeatedFlags(plain);
  return end < 0 ? repeated : [...repeated, ...argv.slice(end)];
}

/** A word that is no command stands alone, so that it is refused. */
function helpFor(word: string | undefined, commands: readonly Command[]): readonly string[] {
  if (word === undefined) return ["--help"];
  return commandNamed(commands, word) === undefined ? [word] : [word, "--help"];
}

function isFileOption(word: string | undefined): boolean {
  return word === "-f" || word === "--filename";
}

interface ShortOption {
  readonly name: string;
  readonly takesValue: boolean;
}

/** By letter. A letter means the same in every command. */
function shortOptions(commands: readonly Command[]): ReadonlyMap<string, ShortOption> {
  return new Map([
    ["h", { name: "help", takesValue: false }],
    ...commands.flatMap(({ options = {} }) =>
      Object.entries(options).flatMap(([name, { alias = [], type }]) =>
        [alias]
          .flat()
          .filter((one) => one.length === 1)
          .map((letter) => [letter, { name, takesValue: type !== "boolean" }] as const),
      ),
    ),
  ]);
}

/** `-Aoyaml` as `-A --output=yaml`; undefined where a letter is no option, which yargs then complains about. */
function apart(word: string, known: ReadonlyMap<string, ShortOption>): readonly string[] | undefined {
  const found: string[] = [];
  for (let i = 1; i < word.length; i++) {
    const option = known.get(word[i] ?? "");
    if (option === undefined) return undefined;
    const rest = word.slice(i + 1);
    if (option.takesValue && rest !== "") return [...found, `--${option.name}=${rest.replace(/^=/, "")}`];
    if (rest.startsWith("=")) return [...found, `--${option.name}${rest}`];
    found.push(`-${word[i]}`);
  }
  return found;
}

/** Prefixes after `--vnet` and `--overlay`, as many as there are: each gets the flag of its own that yargs wants. Nothing else on a line looks like one. */
function repeatedFlags(argv: readonly string[]): readonly string[] {
  let flag = "";
  return argv.flatMap((word, i) => {
    const isPrefix = word.includes("/") && /^[\da-f.:]+\/\d+$/i.test(word);
    if (!isPrefix) flag = word === "--vnet" || word === "--overlay" ? word : "";
    return isPrefix && flag !== "" && argv[i - 1] !== flag ? [flag, word] : [word];
  });
}
