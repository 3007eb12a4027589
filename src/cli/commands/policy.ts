import type { PolicyEngine } from "../../model/flow-report.ts";
import type { Command, OptionTable } from "../command.ts";
import { kubeOptions } from "../kube-flags.ts";
import { COLOUR, JUDGING, judgeOptions, textOption } from "../options.ts";

const text = { type: "string", requiresArg: true } as const;

const ENGINES = [
  "cilium",
  "calico",
  "npm",
  "kube-network-policies",
  "kube-router",
  "antrea",
  "weave-net",
  "kindnet",
] as const satisfies readonly PolicyEngine[];

/** `netcheck policy --from A --to B`: would NetworkPolicies let this flow pass, and if not, which rule stops it. */
export const policyCommand: Command = {
  usage: "policy",
  aliases: ["netpol"],
  description: "Would NetworkPolicies let this flow pass, and if not, which rule stops it?",
  get options(): OptionTable {
    return {
      from: { ...text, description: "Where the flow begins: POD, NS/POD, TYPE/NAME, NS/TYPE/NAME or an IP address" },
      to: { ...text, description: "Where it goes, in the same words; svc/NAME stands for its pods" },
      port: {
        ...text,
        description: "The port called: a Service's own, else the pod's; by number or name (default: all)",
      },
      protocol: {
        ...text,
        choices: ["TCP", "UDP", "SCTP"],
        coerce: (value: unknown) => (typeof value === "string" ? value.toUpperCase() : value),
        default: "TCP",
        description: "The protocol",
      },
      flows: {
        ...text,
        description: "Judge every line of this file (- for standard input): JSON objects {from,to,port,protocol}",
      },
      engine: { ...text, choices: ENGINES, description: "What enforces policies, in place of what the cluster tells" },
      filename: JUDGING.filename,
      output: { ...JUDGING.output, choices: ["table", "wide", "json", "yaml"] },
      ...COLOUR,
      ...kubeOptions,
    };
  },
  examples: [
    ["$0 policy --from shop/client --to shop/svc/web --port 80", "one flow"],
    ["$0 policy --flows flows.jsonl -f manifests/", "many flows, by files instead of a cluster"],
  ],
  run: async (args, io) => {
    const { policyCommand: judge } = await import("../policy/judge.ts");
    return judge(
      {
        judging: judgeOptions(args),
        from: textOption(args, "from"),
        to: textOption(args, "to"),
        port: textOption(args, "port"),
        protocol: textOption(args, "protocol") ?? "TCP",
        flows: textOption(args, "flows"),
        engine: textOption(args, "engine") as PolicyEngine | undefined,
      },
      io,
    );
  },
};
