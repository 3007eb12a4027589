import type { Argv } from "yargs";
import type { Args, Command } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { EXIT } from "./exit.ts";
import type * as Headings from "./headings.ts";
import type { Io } from "./io.ts";
import { commandsFor, optionsFor, wantsHelp } from "./needed.ts";
import { plainLine } from "./plain.ts";
import { Refused, withValues } from "./refused.ts";
import { isVersionRequest, versionText } from "./version.ts";
import { plainWords } from "./words.ts";

const USAGE =
  "$0 COMMAND\n\nTells why an app on Kubernetes cannot be reached: names the broken hop, the cause, and the command that mends it.";

const EXIT_HELP = [
  "Exit codes: 0 healthy or degraded · 1 broken · 2 the command could not do its work · 3 unknown (something essential could not be read).",
  "Explain a finding: kubectl netcheck explain svc/selector-matches-nothing",
].join("\n");

/**
 * Runs one command line (without node and script) and gives its exit code. What the user can mend is thrown as UserError, including usage
 * errors; `--help` and `--version` print and give 0.
 */
export async function runApp(argv: readonly string[], io: Io): Promise<number> {
  if (isVersionRequest(argv)) {
    io.out(versionText(false));
    return EXIT.fine;
  }
  if (argv[0] === "__complete") {
    const { answer } = await import("./completion/answer.ts");
    return answer(argv.slice(1), COMMANDS, io, performance.now());
  }
  const words = plainWords(argv, COMMANDS);
  const line = plainLine(COMMANDS, words);
  if (line !== undefined) return line.command.run(line.args, io);
  const { default: yargs } = await import("yargs");
  let code: number = EXIT.fine;
  // yargs would ask for the current folder, which it does not need and which may be gone.
  const app = yargs([], "/")
    .scriptName("kubectl netcheck")
    .usage(USAGE)
    .strict()
    .parserConfiguration({ "greedy-arrays": false, "boolean-negation": false })
    .epilogue(EXIT_HELP)
    .help()
    .alias("h", "help")
    .version(false)
    .wrap(Math.min(io.columns, 110))
    .detectLocale(false)
    .exitProcess(false)
    .fail((message, error) => {
      // YError: the command line is at fault (an option without its value), not the code.
      if (error !== undefined && error !== null && error.name !== "YError") throw error;
      throw new Refused(error?.message ?? message);
    });
  withoutHelpCache(app);
  const headings = wantsHelp(words) ? (await import("./headings.ts")).headingsOf : () => [];
  for (const command of commandsFor(COMMANDS, words)) {
    const options = optionsFor(command.options ?? {}, words);
    declare(app, { ...command, options }, headings, io, (result) => {
      code = result;
    });
  }
  try {
    await app.parseAsync(words, {}, (_error, _argv, output) => {
      if (output !== "") io.out(`${output}\n`);
    });
  } catch (error) {
    if (error instanceof Refused) throw (await import("./usage.ts")).usageError(error.message, words, COMMANDS);
    throw error;
  }
  return code;
}

/**
 * yargs renders the help of every command that runs, in case it is wanted later (cacheHelpMessage): several milliseconds for nothing. Without
 * the cache it renders help when asked. Should yargs change inside, its cache stays.
 */
function withoutHelpCache(app: Argv): void {
  const inner = app as { getInternalMethods?: () => { getUsageInstance(): { cacheHelpMessage: () => void } } };
  const usage = inner.getInternalMethods?.().getUsageInstance();
  if (usage !== undefined) usage.cacheHelpMessage = () => undefined;
}

function declare(
  app: Argv,
  command: Command,
  headingsOf: typeof Headings.headingsOf,
  io: Io,
  done: (code: number) => void,
): void {
  const names = [command.usage, ...(command.aliases ?? [])];
  const build = (own: Argv): Argv => {
    for (const [name, options] of Object.entries(command.positionals ?? {})) own.positional(name, options);
    for (const [line, meaning] of command.examples ?? []) own.example(line, meaning);
    // Before the options: yargs prints headings in the order in which it met them.
    for (const [heading, names] of headingsOf(command.options ?? {})) own.group([...names], heading);
    return own.options(withValues(command.options ?? {}));
  };
  const handle = async (args: Args): Promise<void> => done(await command.run(args, io));
  if (command.shown === false) app.command(names, false, build, handle);
  else app.command(names, command.description, build, handle);
}
