import yargs from "yargs";
import { UserError } from "../errors.ts";
import { EXIT } from "./exit.ts";
import type { Io } from "./io.ts";
import { allNamespacesOption, kubeOptions } from "./kube-flags.ts";
import { JUDGE_OPTIONS, judgeOptions, textOption } from "./options.ts";

const EXIT_HELP = [
  "Exit codes: 0 healthy or degraded · 1 broken · 2 the command could not do its work · 3 unknown (something essential could not be read).",
  "Explain a finding: kubectl netcheck explain svc/selector-matches-nothing",
].join("\n");

/** The options of every judging command. */
const OPTIONS = { ...JUDGE_OPTIONS, ...kubeOptions, ...allNamespacesOption };

/**
 * Runs one command line (without node and script) and gives its exit code. What the user can mend is thrown as UserError, including usage
 * errors; `--help` and `--version` print and give 0.
 */
export async function runApp(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.fine;
  const done = (result: number): void => {
    code = result;
  };
  const app = yargs([...argv])
    .scriptName("kubectl netcheck")
    .usage(
      "$0 COMMAND\n\nTells why an app on Kubernetes cannot be reached: names the broken hop, the cause, and the command that mends it.",
    )
    .command(
      ["pod [target]", "po", "pods"],
      "Is it running, is it ready? NAME, TYPE/NAME (deploy/web), -l SELECTOR, or every pod",
      (command) =>
        command
          .options(OPTIONS)
          .positional("target", { type: "string", description: "A pod, or a workload such as deploy/web" })
          .option("selector", {
            alias: "l",
            type: "string",
            requiresArg: true,
            description: "Judge the pods with these labels",
          })
          .example("$0 pod web-6f5c-7k2xp", "one pod")
          .example("$0 pod deploy/web -n shop", "the pods of a Deployment"),
      async (args) => {
        const { podCommand } = await import("./commands/pod.ts");
        done(await podCommand(textOption(args, "target"), textOption(args, "selector"), judgeOptions(args), io));
      },
    )
    .command(
      ["svc [name]", "service", "services"],
      "Selector, ports, endpoints, exposure of a Service, and the pods behind it",
      (command) =>
        command
          .options(OPTIONS)
          .positional("name", { type: "string", description: "A Service; without it every Service of the namespace" })
          .option("port", {
            type: "string",
            requiresArg: true,
            description: "The service port you call, by number or name",
          })
          .example("$0 svc web -n shop", "one Service")
          .example("$0 svc web -f dump.yaml", "the same from `kubectl get svc,po,endpointslices,no,deploy -o yaml`"),
      async (args) => {
        const { svcCommand } = await import("./commands/svc.ts");
        done(await svcCommand(textOption(args, "name"), textOption(args, "port"), judgeOptions(args), io));
      },
    )
    .command(
      "version",
      "Print the version",
      (command) => command.option("output", { alias: "o", type: "string", choices: ["json"] }),
      async (args) => {
        const { versionCommand } = await import("./commands/version.ts");
        done(versionCommand(args.output, io));
      },
    )
    .demandCommand(0)
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
      if (error !== undefined && error !== null) throw error;
      throw new UserError(message, ["kubectl netcheck --help"]);
    });
  const first = argv[0];
  if (argv.length === 1 && (first === "--version" || first === "-v")) {
    const { versionCommand } = await import("./commands/version.ts");
    return versionCommand(undefined, io);
  }
  // Like kubectl: the bare name shows what there is.
  const words = argv.length === 0 ? ["--help"] : [...argv];
  await app.parseAsync(words, {}, (_error, _argv, output) => {
    if (output !== "") io.out(`${output}\n`);
  });
  return code;
}
