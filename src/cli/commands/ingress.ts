import { UserError } from "../../errors.ts";
import type { Command, OptionTable } from "../command.ts";
import { JUDGING, judgeOptions, textOption } from "../options.ts";
import { MARKING, PROBING } from "../probe-options.ts";
import { ingressSelection } from "../target.ts";

/** `--sockets` and `--node-port` are about a pod and a Service: netcheck pod and svc have them. The scheme here is the URL's. */
const { sockets: _sockets, "node-port": _nodePort, ...COMMON } = PROBING;
const INGRESS_PROBING = {
  ...COMMON,
  ...MARKING,
  scheme: {
    type: "string",
    choices: ["http", "https"],
    description: "How to call the URL (default: https where the Ingress has a TLS section for the host)",
  },
  "probe-path": { ...COMMON["probe-path"], description: "The path to request, where it is not that of --path" },
} as const;

/** `netcheck ingress [NAME] [--host H] [--path P]`. */
export const ingressCommand: Command = {
  usage: "ingress [name]",
  aliases: ["ing", "ingresses"],
  description: "Class, controller, routes, TLS and backends of an Ingress, and what stands behind them",
  positionals: { name: { type: "string", description: "An Ingress; without it every Ingress of the namespace" } },
  get options(): OptionTable {
    return {
      ...JUDGING,
      ...INGRESS_PROBING,
      host: {
        type: "string",
        requiresArg: true,
        description: "The host you call: which rule takes it, and does that work?",
      },
      path: { type: "string", requiresArg: true, description: "The path you call" },
    };
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
    const host = textOption(args, "host") || undefined;
    const path = textOption(args, "path") || undefined;
    if (host?.includes("/")) {
      throw new UserError(`"${host}" is not a host name`, [
        "Give the host alone, and the path with --path: --host shop.example.com --path /cart",
      ]);
    }
    if (path?.startsWith("/") === false)
      throw new UserError(`"${path}" is not the path of a URL`, ["It begins with a slash: --path /cart"]);
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
