import { type Args, type Command, commandNamed } from "../command.ts";

/** A command line that is being typed, taken apart. */
export interface Line {
  /** Undefined while the command itself is being typed, or when there is none of that name. */
  readonly command: Command | undefined;
  /** Whether a command was given, known or not. */
  readonly named: boolean;
  /** Positional words before the one being typed, without the command. */
  readonly positionals: readonly string[];
  /** Options given so far, by their long name, as yargs would give them. */
  readonly args: Args;
  /** The option whose value is being typed. */
  readonly option: string | undefined;
  /** What of the word stands already; for `--option=value` the value. */
  readonly partial: string;
  /** What every choice begins with: `--option=`, or nothing. */
  readonly prefix: string;
}

interface OptionTable {
  /** Long name and aliases to the long name. */
  readonly names: ReadonlyMap<string, string>;
  readonly flags: ReadonlySet<string>;
}

function tableOf(commands: readonly Command[]): OptionTable {
  const options = commands.flatMap((command) => Object.entries(command.options ?? {}));
  return {
    names: new Map(
      options.flatMap(([name, { alias }]) => [name, ...[alias ?? []].flat()].map((one) => [one, name] as const)),
    ),
    flags: new Set(options.filter(([, { type }]) => type === "boolean").map(([name]) => name)),
  };
}

/** Takes apart the words after `netcheck`; the last, perhaps empty, is the one being typed. Pure. */
export function lineOf(words: readonly string[], commands: readonly Command[]): Line {
  const table = tableOf(commands);
  const before = words.slice(0, -1);
  const typed = words.at(-1) ?? "";
  const args: Record<string, unknown> = {};
  const positionals: string[] = [];
  let option: string | undefined;
  for (const word of before) {
    if (option !== undefined) {
      args[option] = word;
      option = undefined;
      continue;
    }
    const match = /^--?([^=]+)(?:=(.*))?$/s.exec(word);
    const name = match === null ? undefined : table.names.get(match[1] ?? "");
    if (match === null || word === "--") positionals.push(word);
    else if (name !== undefined && match[2] !== undefined) args[name] = match[2];
    else if (name !== undefined && table.flags.has(name)) args[name] = true;
    else option = name;
  }
  const [first, ...rest] = positionals;
  const inOne = /^(--?([^=]+)=)(.*)$/s.exec(typed);
  const attached = option === undefined && inOne !== null ? table.names.get(inOne[2] ?? "") : undefined;
  return {
    command: first === undefined ? undefined : commandNamed(commands, first),
    named: first !== undefined,
    positionals: rest,
    args,
    option: option ?? attached,
    partial: attached === undefined ? typed : (inOne?.[3] ?? ""),
    prefix: attached === undefined ? "" : (inOne?.[1] ?? ""),
  };
}
