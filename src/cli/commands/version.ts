import type { Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { textOption } from "../options.ts";
import { versionText } from "../version.ts";

/** `netcheck version [-o json]`. */
export const versionCommand: Command = {
  usage: "version",
  description: "Print the version",
  options: { output: { alias: "o", type: "string", choices: ["json"], description: "Output format" } },
  run: async (args, io) => {
    io.out(versionText(textOption(args, "output") === "json"));
    return EXIT.fine;
  },
};
