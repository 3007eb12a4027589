import type { Command, OptionTable } from "../command.ts";
import { JUDGING, judgeOptions, textOption } from "../options.ts";

/** `netcheck dump TYPE/NAME [--to FILE.tar.gz | DIR | -]`. */
export const dumpCommand: Command = {
  usage: "dump <target>",
  description: "Seal what the checks of one target read into a file, for a ticket; `-f` of it gives the same report",
  positionals: { target: { type: "string", description: "svc/web, pod/x, deploy/x, ingress/x" } },
  get options(): OptionTable {
    return {
      ...JUDGING,
      to: {
        type: "string",
        requiresArg: true,
        group: "Output:",
        description:
          "A .tar.gz or a folder to write; - for standard output. By default an archive named after the target",
      },
    };
  },
  examples: [
    ["$0 dump svc/web -n shop --to web.tar.gz", "then: netcheck svc web -n shop -f web.tar.gz"],
    ["$0 dump deploy/web -o markdown > ticket.md", "the file, and the report of the same moment"],
  ],
  run: async (args, io) => {
    const { dump } = await import("../dump.ts");
    return dump(
      judgeOptions(args),
      { target: textOption(args, "target") ?? "", to: textOption(args, "to"), print: given(args) },
      io,
    );
  },
};

/** With `-o` the report is printed too: of what went into the file, not of a moment later. */
function given(args: Readonly<Record<string, unknown>>): boolean {
  return args["output"] !== "table";
}
