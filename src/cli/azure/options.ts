import type { Options } from "yargs";
import type { Args } from "../command.ts";

/** Options about Azure that every judging command takes. */
export const AZURE = {
  azure: {
    type: "string",
    choices: ["auto", "off"],
    default: "auto",
    description:
      "Ask Azure with your own az about a LoadBalancer Service of a live AKS cluster (auto), or do not (off)",
  },
  "nsg-file": {
    type: "string",
    array: true,
    requiresArg: true,
    nargs: 1,
    description: "JSON of `az network nsg show` of the node subnet; given twice, then of the network interfaces",
  },
  "azure-dump": {
    type: "string",
    requiresArg: true,
    description: "Folder written by `netcheck azure collect`, in place of az",
  },
} as const satisfies Record<string, Options>;

/** Where Azure's part of the snapshot comes from. Files go before a dump, a dump before az. */
export interface AzureOptions {
  readonly mode: "auto" | "off";
  readonly nsgFiles: readonly string[];
  readonly dump: string | undefined;
}

export function azureOptions(args: Args): AzureOptions {
  const files = args["nsg-file"];
  const dump = args["azure-dump"];
  return {
    mode: args["azure"] === "off" ? "off" : "auto",
    nsgFiles: Array.isArray(files) ? files.map(String) : [],
    dump: dump === undefined ? undefined : String(Array.isArray(dump) ? dump.at(-1) : dump),
  };
}
