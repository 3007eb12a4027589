import type Yargs from "yargs";
import type { Options } from "yargs";
import type { Args, Command } from "./command.ts";
import { commandsFor, optionsFor, wantsHelp } from "./needed.ts";
import { Refused, withValues } from "./refused.ts";

/** A line of one command with plain words and options that are its own. */
export interface PlainLine {
  readonly command: Command;
  /** Those that the line needs. */
  readonly options: Readonly<Record<string, Options>>;
  /** What follows the command. */
  readonly rest: readonly string[];
}

/** The line, when it begins with a command that takes no more than one word (`svc [name]`), asks for no help, and has nothing after `--`. */
export function plainLine(commands: readonly Command[], words: readonly string[]): PlainLine | undefined {
  const [command, ...more] = commandsFor(commands, words);
  if (command === undefined || more.length > 0 || !/^\w+( \[\w+\])?$/.test(command.usage)) return undefined;
  if (wantsHelp(words) || words.includes("--")) return undefined;
  return { command, options: optionsFor(command.options ?? {}, words), rest: words.slice(1) };
}

/**
 * The arguments of a plain line, without yargs' machine for commands, which reads each line twice: that costs more time than a request to the API server.
 * Undefined for whatever yargs does not take at once; the whole table then says what is wrong with it.
 */
export function plainArgs(yargs: typeof Yargs, { command, options, rest }: PlainLine): Args | undefined {
  try {
    const args: Args & { readonly _: readonly (string | number)[] } = yargs([], "/")
      .strictOptions()
      .parserConfiguration({ "greedy-arrays": false, "boolean-negation": false, "parse-positional-numbers": false })
      .help(false)
      .version(false)
      .detectLocale(false)
      .exitProcess(false)
      .fail((message, error) => {
        throw error ?? new Refused(message);
      })
      .options(withValues(options))
      .parseSync(rest);
    const [name] = Object.keys(command.positionals ?? {});
    const given = args._.map(String);
    if (given.length > (name === undefined ? 0 : 1)) return undefined;
    return name === undefined ? args : { ...args, [name]: given[0] };
  } catch {
    return undefined;
  }
}
