import type { Options } from "yargs";
import { UserError } from "../../errors.ts";
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
  "azure-timeout": {
    type: "string",
    requiresArg: true,
    description:
      "How many seconds Azure may take in all; what is not answered by then is unknown [default: 20, for an Application Gateway 40]",
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
  /** How long Azure may take in all, in ms; undefined for the default. */
  readonly timeoutMs?: number;
}

/** Reads them out of yargs' arguments. Throws UserError. */
export function azureOptions(args: Args): AzureOptions {
  const files = args["nsg-file"];
  const dump = args["azure-dump"];
  const timeoutMs = timeoutOf(args["azure-timeout"]);
  return {
    mode: args["azure"] === "off" ? "off" : "auto",
    nsgFiles: Array.isArray(files) ? files.map(String) : [],
    dump: dump === undefined ? undefined : String(Array.isArray(dump) ? dump.at(-1) : dump),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

function timeoutOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const text = String(Array.isArray(value) ? value.at(-1) : value);
  const seconds = Number(text.replace(/s$/, ""));
  if (!(seconds > 0 && seconds <= 3600))
    throw new UserError(`--azure-timeout ${text} is no number of seconds`, ["--azure-timeout 30"]);
  return seconds * 1000;
}
