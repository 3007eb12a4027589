import { UserError } from "../../errors.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { styleOf } from "../io.ts";
import { COLOUR, textOption } from "../options.ts";

/** `netcheck explain ID`: a finding's id, or a check's. */
export const explainCommand: Command = {
  usage: "explain <id>",
  description: "What a finding means, and when it is no fault",
  positionals: { id: { type: "string", description: "A finding, e.g. svc/selector-matches-nothing" } },
  options: COLOUR,
  run: async (args, io) => {
    const { CHECKS } = await import("../../checks/index.ts");
    const { nearIds, renderExplain } = await import("../../render/explain.ts");
    const id = textOption(args, "id") ?? "";
    const text = renderExplain(CHECKS, id, styleOf(io, textOption(args, "color") ?? "auto"));
    if (text === undefined) {
      const near = nearIds(CHECKS, id).map((other) => `Did you mean ${other}?`);
      throw new UserError(`no finding is called "${id}"`, [...near, "kubectl netcheck checks lists them all."]);
    }
    io.out(text);
    return EXIT.fine;
  },
};
