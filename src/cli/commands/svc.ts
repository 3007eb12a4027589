import type { Command, OptionTable } from "../command.ts";
import { JUDGING, judgeOptions, portOption, textOption } from "../options.ts";
import { PROBING } from "../probe-options.ts";
import { svcSelection } from "../target.ts";

/** `netcheck svc [NAME] [--port P]`. */
export const svcCommand: Command = {
  usage: "svc [name]",
  aliases: ["service", "services"],
  description: "Selector, ports, endpoints, exposure of a Service, and the pods behind it",
  positionals: { name: { type: "string", description: "A Service; without it every Service of the namespace" } },
  get options(): OptionTable {
    return {
      ...JUDGING,
      ...PROBING,
      port: { type: "string", requiresArg: true, description: "The service port you call, by number or name" },
    };
  },
  examples: [
    ["$0 svc web -n shop", "one Service"],
    ["$0 svc web --probe", "and send requests from a test pod to every hop"],
    ["$0 svc web -f dump.yaml", "the same from `kubectl get svc,po,endpointslices,netpol,no,deploy -o yaml`"],
  ],
  run: async (args, io) => {
    const selection = svcSelection(textOption(args, "name"));
    const port = portOption(args);
    const { judge } = await import("../run.ts");
    return judge(
      judgeOptions(args),
      (namespace) => ({ kind: "svc", namespace, selection, ...(port === undefined ? {} : { port }) }),
      io,
    );
  },
};
