import { UserError } from "../errors.ts";
import { distance, nearest } from "../model/nearest.ts";
import { sh } from "../model/shell.ts";
import { workloadNamed } from "../model/target.ts";
import { type Command, commandNamed } from "./command.ts";
import { urlHint } from "./url-hint.ts";

/**
 * A refused command line in one sentence, with the line that was probably meant. Pure. `message` is yargs' own, which decides what is said; where it is not
 * understood, it is shown as it is.
 */
export function usageError(message: string, words: readonly string[], commands: readonly Command[]): UserError {
  const [first = ""] = words;
  const command = commandNamed(commands, first);
  if (command === undefined) {
    // Options may stand before the command, which is then not the first word.
    if (first.startsWith("-")) return new UserError(sentence(message), ["kubectl netcheck --help"]);
    return new UserError(`there is no command "${first}"`, commandHints(words, commands));
  }
  const help = `kubectl netcheck ${nameOf(command)} --help`;
  const unknown = /^Unknown arguments?: (.*)$/s.exec(message)?.[1]?.split(", ") ?? [];
  const given = words.filter((word) => word.startsWith("-")).map((word) => word.replace(/^--?([^=]*).*$/s, "$1"));
  const option = unknown.find((name) => given.includes(name));
  if (option !== undefined) {
    const dashed = option.length === 1 ? `-${option}` : `--${option}`;
    return new UserError(`netcheck ${nameOf(command)} has no option ${dashed}`, [
      ...optionHints(option, command, commands),
      help,
    ]);
  }
  if (unknown.length > 0) return tooMany(words, unknown, command, commands, help);
  if (/^Not enough non-option arguments/.test(message)) {
    const wanted = /<(.+?)>/.exec(command.usage)?.[1] ?? "argument";
    const choices = command.positionals?.[wanted]?.choices;
    const said = choices === undefined ? wanted.toUpperCase() : choices.join("|");
    return new UserError(`netcheck ${nameOf(command)} wants one word more: ${said}`, [help]);
  }
  return new UserError(sentence(message), [help]);
}

function nameOf({ usage }: Command): string {
  return usage.split(" ")[0] ?? usage;
}

/** Two forms of yargs' own words that are worth rewording: a value that is none of the choices, and an option without its value. */
function sentence(message: string): string {
  const value = /Argument: (.+), Given: (.+), Choices: (.+)/.exec(message);
  if (value !== null) {
    const [, name = "", given = "", choices = ""] = value;
    return `${given} is no value for ${name}: one of ${choices.replaceAll('"', "")}`;
  }
  const bare = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  if (bare !== undefined) return `${bare.length === 1 ? `-${bare}` : `--${bare}`} needs a value`;
  return message;
}

function commandHints(words: readonly string[], commands: readonly Command[]): readonly string[] {
  const [first = "", second] = words;
  const [type = "", name] = first.split("/");
  const target = name ?? (second?.startsWith("-") === false ? second : undefined);
  const shown = target === undefined ? "NAME" : sh(target);
  const kind = commandNamed(commands, type.toLowerCase());
  if (kind !== undefined && name !== undefined) return [`kubectl netcheck ${nameOf(kind)} ${shown}`];
  if (workloadNamed(type) !== undefined) return [`for its pods: kubectl netcheck pod ${type}/${shown}`];
  const url = urlHint(first);
  if (url !== undefined) return [url];
  const names = commands.filter(({ shown: isShown }) => isShown !== false);
  const known = names.flatMap((command) => [nameOf(command), ...(command.aliases ?? [])]);
  const lower = first.toLowerCase();
  const near = nearest(lower, known);
  // Short words are soon a third wrong: srv is svc all the same, and foo is not pod.
  const alike = known.filter((word) => word[0] === lower[0] && distance(word, lower) <= 2);
  const meant = [...new Set([...near, ...alike].flatMap((word) => commandNamed(commands, word) ?? []))].slice(0, 2);
  const exact = commandNamed(commands, first.toLowerCase());
  return [
    ...(exact === undefined ? meant : [exact]).map((command) => `did you mean kubectl netcheck ${nameOf(command)}?`),
    `commands: ${names.map(nameOf).join(", ")}`,
  ];
}

function optionHints(option: string, command: Command, commands: readonly Command[]): readonly string[] {
  const own = Object.keys(command.options ?? {});
  const near = nearest(option, own).slice(0, 2);
  if (near.length > 0) return [`did you mean ${near.map((name) => `--${name}`).join(" or ")}?`];
  const elsewhere = commands.filter(({ options = {} }) => option in options).map(nameOf);
  return elsewhere.length === 0 ? [] : [`--${option} belongs to: ${elsewhere.join(", ")}`];
}

/** More words than the command takes: mostly kubectl's habits, `TYPE NAME` and several names. */
function tooMany(
  words: readonly string[],
  unknown: readonly string[],
  command: Command,
  commands: readonly Command[],
  help: string,
): UserError {
  const [, type = ""] = words;
  const isKind = commandNamed(commands, type.toLowerCase()) === command;
  const isWorkload = nameOf(command) === "pod" && workloadNamed(type) !== undefined;
  const [name = ""] = unknown;
  if (unknown.length === 1 && isKind)
    return new UserError(`netcheck ${nameOf(command)} takes a name without its type before it`, [
      `kubectl netcheck ${nameOf(command)} ${sh(name)}`,
    ]);
  if (unknown.length === 1 && isWorkload)
    return new UserError("netcheck pod takes TYPE/NAME as one word", [`kubectl netcheck pod ${type}/${sh(name)}`]);
  const takes = command.positionals === undefined ? "no names" : "one name";
  const lists = ["pod", "svc", "ingress"].includes(nameOf(command))
    ? [`one at a time, or every object of the namespace: kubectl netcheck ${nameOf(command)}`]
    : [];
  return new UserError(`netcheck ${nameOf(command)} takes ${takes}, and these are too many: ${unknown.join(", ")}`, [
    ...lists,
    help,
  ]);
}
