import type { Options } from "yargs";
import type { Command } from "./command.ts";

/**
 * What of the command table a line needs. To declare all commands and some sixty options costs yargs more time than a request to the API server, and most
 * lines name one command and two options. Whatever is not plainly understood here gets the whole table, so that help, completion of names and errors are the same.
 */

/** The command that the line begins with; all of them when it begins with anything else. */
export function commandsFor(commands: readonly Command[], words: readonly string[]): readonly Command[] {
  const named = commands.filter((command) => namesOf(command).includes(words[0] ?? ""));
  return named.length === 1 ? named : commands;
}

function namesOf({ usage, aliases = [] }: Command): readonly string[] {
  return [usage, ...aliases].map((text) => text.split(" ")[0] ?? "");
}

/** Whether the line asks for help. yargs takes the word `help` at the end of a line for it, too. */
export function wantsHelp(words: readonly string[]): boolean {
  return words.some((word) => word === "-h" || word === "help" || word.startsWith("--help"));
}

/** The options that the line names, and those that have a value when it does not name them; all of them when it names anything else, `--help` too. */
export function optionsFor(
  options: Readonly<Record<string, Options>>,
  words: readonly string[],
): Readonly<Record<string, Options>> {
  if (wantsHelp(words)) return options;
  const byWord = new Map(
    Object.entries(options).flatMap(([name, { alias = [] }]) =>
      [name, ...[alias].flat()].map((one) => [one.length === 1 ? `-${one}` : `--${one}`, name] as const),
    ),
  );
  const named = new Set<string>();
  for (const word of words) {
    if (!word.startsWith("-")) continue;
    const name = byWord.get(word.startsWith("--") ? (word.split("=")[0] ?? word) : word);
    if (name === undefined) return options;
    named.add(name);
  }
  return Object.fromEntries(
    Object.entries(options).filter(([name, option]) => named.has(name) || option.default !== undefined),
  );
}
