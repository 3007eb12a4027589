import type { Options } from "yargs";
import type { Args, Command } from "./command.ts";
import { commandsFor, wantsHelp } from "./needed.ts";

/**
 * The arguments of a line that leaves nothing to decide, such as `svc web -n shop -o json`, and its command. yargs takes longer for it than a request to the API
 * server takes. Undefined for every other line (help, anything unknown, repeated, empty or doubtful): that one is yargs' to read, and to refuse.
 */
export function plainLine(
  commands: readonly Command[],
  words: readonly string[],
): { readonly command: Command; readonly args: Args } | undefined {
  const [command, ...more] = commandsFor(commands, words);
  if (command === undefined || more.length > 0 || !/^\w+( \[\w+\])?$/.test(command.usage)) return undefined;
  if (wantsHelp(words)) return undefined;
  const args = argsOf(command, words.slice(1));
  return args && { command, args };
}

/** What of yargs' declarations is understood here. An option or word that is declared with anything more is left to yargs. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  "type",
  "alias",
  "choices",
  "default",
  "description",
  "describe",
  "requiresArg",
  "group",
]);

function isUnderstood(option: object): boolean {
  return Object.keys(option).every((key) => UNDERSTOOD.has(key));
}

function argsOf({ options = {}, positionals = {} }: Command, rest: readonly string[]): Args | undefined {
  const args: Record<string, unknown> = {};
  const [positional] = Object.entries(positionals);
  for (let i = 0; i < rest.length; i += 1) {
    const word = rest[i] ?? "";
    if (word === "") return undefined;
    if (!word.startsWith("-")) {
      if (positional === undefined || Object.hasOwn(args, positional[0]) || !isText(positional[1])) return undefined;
      args[positional[0]] = word;
      continue;
    }
    const equals = word.indexOf("=");
    const named = namedBy(options, equals < 0 ? word : word.slice(0, equals));
    if (named === undefined || Object.hasOwn(args, named.name) || !isUnderstood(named.option)) return undefined;
    const { name, option } = named;
    if (option.type === "boolean") {
      if (equals >= 0 || isFollowedByTruth(rest[i + 1])) return undefined;
      args[name] = true;
      continue;
    }
    if (!isText(option)) return undefined;
    if (equals < 0) i += 1;
    const value = equals < 0 ? (rest[i] ?? "") : word.slice(equals + 1);
    if (value === "" || (equals < 0 && value.startsWith("-"))) return undefined;
    if (option.choices !== undefined && !option.choices.includes(value)) return undefined;
    args[name] = value;
  }
  for (const [name, option] of Object.entries(options))
    if (option.default !== undefined && !Object.hasOwn(args, name)) args[name] = option.default;
  return args;
}

function isText(option: { readonly type?: unknown }): boolean {
  return option.type === "string" && isUnderstood(option);
}

/** `--only-problems true`: to yargs the word belongs to the flag. */
function isFollowedByTruth(word: string | undefined): boolean {
  return word === "true" || word === "false";
}

/** The option that `--name` or `-n` names, without the dashes in it written otherwise (`--requestTimeout`), which yargs takes too. */
function namedBy(
  options: Readonly<Record<string, Options>>,
  word: string,
): { readonly name: string; readonly option: Options } | undefined {
  for (const [name, option] of Object.entries(options)) {
    const names = [name, ...[option.alias ?? []].flat()];
    if (names.some((one) => word === (one.length === 1 ? `-${one}` : `--${one}`))) return { name, option };
  }
  return undefined;
}
