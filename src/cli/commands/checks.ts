import type { Command, OptionTable } from "../command.ts";
import { EXIT } from "../exit.ts";
import { styleOf } from "../io.ts";
import { COLOUR, textOption } from "../options.ts";

/** `netcheck checks`: every finding with its severity, title and the commands that can give it. */
export const checksCommand: Command = {
  usage: "checks",
  description: "Every finding that there is",
  get options(): OptionTable {
    return {
      ...COLOUR,
      output: {
        alias: "o",
        type: "string",
        choices: ["table", "json"],
        default: "table",
        description: "Output format",
      },
    };
  },
  run: async (args, io) => {
    const { CHECKS } = await import("../../checks/index.ts");
    const { catalogueOf, renderCatalogue, renderCatalogueJson } = await import("../../render/catalogue.ts");
    const entries = catalogueOf(CHECKS);
    const style = { ...styleOf(io, textOption(args, "color") ?? "auto"), wide: false };
    io.out(textOption(args, "output") === "json" ? renderCatalogueJson(entries) : renderCatalogue(entries, style));
    return EXIT.fine;
  },
};
