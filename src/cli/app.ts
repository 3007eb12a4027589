import type { Argv } from "yargs";
import { UserError } from "../errors.ts";
import type { Args, Command } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { EXIT } from "./exit.ts";
import type { Io } from "./io.ts";
import { commandsFor, optionsFor } from "./needed.ts";
import { withBareProbe } from "./probe-options.ts";
import { isVersionRequest, versionText } from "./version.ts";

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
  const { default: yargs } = await import("yargs");
  let code: number = EXIT.fine;
  // yargs would ask for the current folder, which it does not need and which may be gone.
  const app = yargs([], "/")
    .scriptName("kubectl netcheck")
    .usage(USAGE)
    .recommendCommands()
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
      if (error?.name === "YError") throw new UserError(error.message, ["kubectl netcheck --help"]);
      if (error !== undefined && error !== null) throw error;
      throw new UserError(message, ["kubectl netcheck --help"]);
    });
  withoutHelpCache(app);
  // Like kubectl: the bare name shows what there is.
  const words = argv.length === 0 ? ["--help"] : repeatedFlags(joinedDashes(withBareProbe(argv)));
  for (const command of commandsFor(COMMANDS, words)) {
    const options = optionsFor(command.options ?? {}, words);
    declare(app, { ...command, options }, io, (result) => {
      code = result;
    });
  }
  await app.parseAsync(words, {}, (_error, _argv, output) => {
    if (output !== "") io.out(`${output}\n`);
  });
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

/** `-f -` as one word: yargs takes a lone dash for no value of a repeatable option. */
function joinedDashes(argv: readonly string[]): readonly string[] {
  return argv.flatMap((word, i) => {
    if (["-f", "--filename"].includes(word) && argv[i + 1] === "-") return ["--filename=-"];
    return word === "-" && ["-f", "--filename"].includes(argv[i - 1] ?? "") ? [] : [word];
  });
}

/** Prefixes after `--vnet` and `--overlay`, as many as there are: each gets the flag of its own that yargs wants. Nothing else on a line looks like one. */
function repeatedFlags(argv: readonly string[]): readonly string[] {
  let flag = "";
  return argv.flatMap((word, i) => {
    const isPrefix = /^[\da-f.:]+\/\d+$/i.test(word);
    if (!isPrefix) flag = word === "--vnet" || word === "--overlay" ? word : "";
    return isPrefix && flag !== "" && argv[i - 1] !== flag ? [flag, word] : [word];
  });
}

function declare(app: Argv, command: Command, io: Io, done: (code: number) => void): void {
  const names = [command.usage, ...(command.aliases ?? [])];
  const build = (own: Argv): Argv => {
    for (const [name, options] of Object.entries(command.positionals ?? {})) own.positional(name, options);
    for (const [line, meaning] of command.examples ?? []) own.example(line, meaning);
    return own.options({ ...command.options });
  };
  const handle = async (args: Args): Promise<void> => done(await command.run(args, io));
  if (command.shown === false) app.command(names, false, build, handle);
  else app.command(names, command.description, build, handle);
}
