import type { Args, Command, OptionTable } from "../command.ts";
import { kubeOptions } from "../kube-flags.ts";
import { JUDGING, judgeOptions, textOption } from "../options.ts";

const text = { type: "string", requiresArg: true } as const;
const texts = { type: "string", array: true, requiresArg: true, nargs: 1 } as const;

/** A repeatable option as a list. */
function listOption(args: Args, name: string): readonly string[] {
  const value = args[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** `netcheck azure nsg`: the security group evaluator alone, on recorded files. `netcheck azure collect`: a dump of Azure. */
export const azureCommand: Command = {
  usage: "azure <action>",
  description:
    "azure nsg: would these security groups let a flow through, and by which rule? · azure collect: write what az says for a colleague",
  positionals: { action: { type: "string", choices: ["nsg", "collect"], description: "What to do" } },
  get options(): OptionTable {
    return {
      ...kubeOptions,
      filename: JUDGING.filename,
      "azure-timeout": { ...text, description: "collect: how many seconds Azure may take in all [default: 60]" },
      "azure-dump": { ...text, description: "collect: the folder to write" },
      "nsg-file": { ...texts, description: "JSON of `az network nsg show`: the subnet's; given twice, then the NIC's" },
      from: { ...text, description: "Source address (or Internet, or AzureLoadBalancer for health probes)" },
      to: { ...text, description: "Destination address: with floating IP the frontend's" },
      port: { ...text, description: "Destination port: with floating IP the service port" },
      "source-port": { ...text, description: "Source port; ephemeral by default" },
      protocol: { ...text, default: "TCP", description: "TCP, UDP, SCTP or ICMP" },
      direction: { ...text, default: "Inbound", description: "Inbound or Outbound" },
      vnet: { ...texts, description: "Prefixes of the virtual network and its peers, one or several" },
      overlay: { ...texts, description: "Pod prefixes of an overlay network, one or several" },
      "service-tags": { ...text, description: "JSON of `az network list-service-tags -l REGION`" },
      "route-table": { ...text, description: "JSON of `az network route-table show` of the subnet" },
      flows: {
        ...text,
        description:
          "Judge every flow of this file (- for standard input): JSON objects {from,to,port,protocol,direction}, one a line or in an array",
      },
      output: { alias: "o", type: "string", choices: ["text", "json"], default: "text", description: "Output format" },
    };
  },
  examples: [
    ["$0 azure nsg --nsg-file nsg.json --from 203.0.113.7 --to 20.62.1.9 --port 80 -o json", "one flow"],
    ["$0 azure collect --azure-dump azure-dump", "then: kubectl netcheck svc web --azure-dump azure-dump"],
  ],
  run: async (args, io) => {
    if (textOption(args, "action") === "collect") {
      const { collectCommand } = await import("../azure/collect.ts");
      return collectCommand(judgeOptions(args), textOption(args, "azure-dump"), io);
    }
    const { nsgCommand } = await import("../azure/nsg.ts");
    const { readText } = await import("../azure/read-text.ts");
    const { unlessInterrupted } = await import("../interrupt.ts");
    const judged = nsgCommand(
      {
        nsgFiles: listOption(args, "nsg-file"),
        from: textOption(args, "from"),
        to: textOption(args, "to"),
        port: textOption(args, "port"),
        sourcePort: textOption(args, "source-port"),
        protocol: textOption(args, "protocol"),
        direction: textOption(args, "direction"),
        vnet: listOption(args, "vnet"),
        overlay: listOption(args, "overlay"),
        serviceTags: textOption(args, "service-tags"),
        routeTable: textOption(args, "route-table"),
        flows: textOption(args, "flows"),
        json: textOption(args, "output") === "json",
      },
      (path) => readText(path, io),
    );
    const { stdout, exitCode } = await unlessInterrupted(judged, io.signal);
    io.out(stdout);
    return exitCode;
  },
};
