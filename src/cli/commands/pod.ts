import type { Command, OptionTable } from "../command.ts";
import { JUDGING, judgeOptions, portOption, textOption } from "../options.ts";
import { PROBING } from "../probe-options.ts";
import { podSelection } from "../target.ts";

/** `netcheck pod [NAME | TYPE/NAME] [-l SELECTOR]`. */
export const podCommand: Command = {
  usage: "pod [target]",
  aliases: ["po", "pods"],
  description: "Is it running, is it ready? NAME, TYPE/NAME (deploy/web), -l SELECTOR, or every pod",
  positionals: { target: { type: "string", description: "A pod, or a workload such as deploy/web" } },
  get options(): OptionTable {
    return {
      ...JUDGING,
      ...PROBING,
      port: { type: "string", requiresArg: true, description: "The port to probe, by number or name" },
      selector: { alias: "l", type: "string", requiresArg: true, description: "Judge the pods with these labels" },
    };
  },
  examples: [
    ["$0 pod web-6f5c-7k2xp", "one pod"],
    ["$0 pod deploy/web -n shop", "the pods of a Deployment"],
  ],
  run: async (args, io) => {
    const selection = podSelection(textOption(args, "target"), textOption(args, "selector"));
    const { judge } = await import("../run.ts");
    const port = portOption(args);
    return judge(
      judgeOptions(args),
      (namespace) => ({ kind: "pod", namespace, selection, ...(port === undefined ? {} : { port }) }),
      io,
    );
  },
};
