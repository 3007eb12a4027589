import type { Options, PositionalOptions } from "yargs";
import type { Io } from "./io.ts";

/** Parsed arguments by option name, as yargs gives them. */
export type Args = Readonly<Record<string, unknown>>;

/** Declarations of options by name, as yargs takes them. */
export type OptionTable = Readonly<Record<string, Options>>;

/**
 * One command as data. The file that declares it loads with every start of the plugin, so what its `run` needs is imported inside `run`.
 */
export interface Command {
  /** yargs syntax, e.g. `svc [name]`. */
  readonly usage: string;
  readonly aliases?: readonly string[];
  readonly description: string;
  /** false hides it from the help. */
  readonly shown?: false;
  readonly positionals?: Readonly<Record<string, PositionalOptions>>;
  /** Best a getter: every start reads the table of commands, and runs one. */
  readonly options?: OptionTable;
  readonly examples?: readonly (readonly [line: string, meaning: string])[];
  /** Returns the exit code; throws UserError. */
  run(args: Args, io: Io): Promise<number>;
}

/** The command that `word` names, by itself or by an alias. */
export function commandNamed(commands: readonly Command[], word: string): Command | undefined {
  return commands.find((command) => command.usage.split(" ")[0] === word || (command.aliases ?? []).includes(word));
}
