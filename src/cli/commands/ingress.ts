import { UserError } from "../../errors.ts";
import type { Command } from "../command.ts";
import { JUDGING, judgeOptions, textOption } from "../options.ts";
import { MARKING, PROBING } from "../probe-options.ts";
import { ingressSelection } from "../target.ts";

/** `--sockets` is about one pod: netcheck pod and svc have it. */
const { sockets: _, ...INGRESS_PROBING } = PROBING;

/** `netcheck ingress [NAME] [--host H] [--path P]`. */
export const ingressCommand: Command = {
  usage: "ingress [name]",
  aliases: ["ing", "ingresses"],
  description: "Class, controller, routes, TLS and backends of an Ingress, and what stands behind them",
  positionals: { name: { type: "string", description: "An Ingress; without it every Ingress of the namespace" } },
  options: {
    ...JUDGING,
    ...INGRESS_PROBING,
    ...MARKING,
    host: {
      type: "string",
      requiresArg: true,
      description: "The host you call: which rule takes it, and does that work?",
    },
    path: { type: "string", requiresArg: true, description: "The path you call" },
  },
  examples: [
    ["$0 ingress web -n shop", "one Ingress with everything behind it"],
    [
      "$0 ingress web --probe",
      "and send requests: through the controller, from inside and from here, and look for them in its log",
    ],
    ["$0 ingress web --host shop.example.com --path /cart", "which rule takes this request, and does it work?"],
  ],
  run: async (args, io) => {
    const selection = ingressSelection(textOption(args, "name"));
    const host = textOption(args, "host");
    const path = textOption(args, "path");
    if (host?.includes("/")) {
      throw new UserError(`"${host}" is not a host name`, [
        "Give the host alone, and the path with --path: --host shop.example.com --path /cart",
      ]);
    }
    // Rules do not look at the query, and what stands in it may be nobody's business: it is sent, and never printed.
    const bare = path?.split(/[?#]/)[0];
    const options = judgeOptions(args);
    const asked = path === bare || path === undefined ? {} : { path };
    const { judge } = await import("../run.ts");
    return judge(
      { ...options, probe: { ...options.probe, ...asked } },
      (namespace) => ({
        kind: "ingress",
        namespace,
        selection,
        ...(host === undefined ? {} : { host }),
        ...(bare === undefined ? {} : { path: bare }),
      }),
      io,
    );
  },
};
