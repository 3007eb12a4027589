import type { Command, OptionTable } from "../command.ts";
import { EXIT } from "../exit.ts";
import { textOption } from "../options.ts";

/** `netcheck completion bash|zsh|fish|powershell|install`. */
export const completionCommand: Command = {
  usage: "completion <what>",
  description: "Complete names with the tab key: print a shell's script, or install the hook that kubectl uses",
  positionals: {
    what: {
      type: "string",
      choices: ["bash", "zsh", "fish", "powershell", "install"],
      description: "A shell, for its script; or install, for `kubectl netcheck` in every shell",
    },
  },
  get options(): OptionTable {
    return {
      dir: { type: "string", requiresArg: true, description: "install: the folder of PATH to write the hook to" },
      yes: { alias: "y", type: "boolean", description: "install: do not ask" },
    };
  },
  examples: [
    ["$0 completion install", "complete `kubectl netcheck …` (kubectl 1.26 and later)"],
    ["source <(kubectl-netcheck completion bash)", "complete `kubectl-netcheck …` in this shell"],
  ],
  run: async (args, io) => {
    const what = textOption(args, "what");
    if (what === "install") {
      const { install } = await import("../completion/install.ts");
      return install(textOption(args, "dir"), args["yes"] === true, io);
    }
    const { SCRIPTS } = await import("../completion/scripts.ts");
    if (what === "bash" || what === "zsh" || what === "fish" || what === "powershell") io.out(SCRIPTS[what]);
    return EXIT.fine;
  },
};
