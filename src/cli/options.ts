import type { Options } from "yargs";
import { UserError } from "../errors.ts";
import type { SortBy } from "../report/list.ts";
import { AZURE, type AzureOptions, azureOptions } from "./azure/options.ts";
import type { Args } from "./command.ts";
import { allNamespacesOption, type KubeFlags, kubeFlags, kubeOptions } from "./kube-flags.ts";
import { NO_PROBE, type ProbeOptions, probeOptions } from "./probe-options.ts";

/** `--color`, for everything that prints for people. */
export const COLOUR = {
  color: {
    type: "string",
    choices: ["auto", "always", "never"],
    default: "auto",
    description: "Colour the tables (auto: only on a terminal, and never when NO_COLOR is set)",
  },
} as const satisfies Record<string, Options>;

/** Options of every command that judges something. */
export const JUDGING = {
  filename: {
    alias: "f",
    type: "string",
    array: true,
    requiresArg: true,
    nargs: 1,
    description: "Judge a dump instead of a cluster: a file, a folder, a .tar.gz, or - for standard input (repeatable)",
  },
  output: {
    alias: "o",
    type: "string",
    choices: ["table", "wide", "json", "yaml", "markdown", "junit"],
    default: "table",
    description: "Output format; markdown is for a ticket, junit for a pipeline",
  },
  from: {
    type: "string",
    requiresArg: true,
    description:
      "Would policies let this client in? POD, NS/POD, TYPE/NAME (deploy/web: one of its running pods) or an IP address",
  },
  "fail-on": {
    type: "string",
    choices: ["error", "warning", "never"],
    default: "error",
    description: "Which findings make the exit code 1",
  },
  "sort-by": {
    type: "string",
    choices: ["verdict", "name", "age"],
    default: "verdict",
    description: "Order of a list: worst first, by name, or youngest first",
  },
  "only-problems": { type: "boolean", description: "Leave healthy objects out of a list" },
  ...COLOUR,
  ...AZURE,
  ...kubeOptions,
  ...allNamespacesOption,
} as const satisfies Record<string, Options>;

/** What the user chose, after yargs has checked it. */
export interface JudgeOptions {
  readonly kube: KubeFlags;
  readonly files: readonly string[];
  readonly allNamespaces: boolean;
  readonly output: "table" | "wide" | "json" | "yaml" | "markdown" | "junit";
  readonly sortBy: SortBy;
  readonly onlyProblems: boolean;
  readonly color: string;
  readonly from: string | undefined;
  readonly failOn: "error" | "warning" | "never";
  readonly azure: AzureOptions;
  readonly probe: ProbeOptions;
}

/** The last of a repeated option, as kubectl takes it. */
function last(value: unknown): string {
  return String(Array.isArray(value) ? value.at(-1) : (value ?? ""));
}

/** Reads the options out of yargs' arguments, whose choices yargs has checked already. */
export function judgeOptions(args: Args): JudgeOptions {
  const files = args["filename"];
  return {
    kube: kubeFlags(args),
    files: Array.isArray(files) ? files.map(String) : [],
    allNamespaces: args["all-namespaces"] === true,
    output: last(args["output"]) as JudgeOptions["output"],
    sortBy: last(args["sort-by"]) as SortBy,
    onlyProblems: args["only-problems"] === true,
    color: last(args["color"]),
    from: textOption(args, "from"),
    failOn: last(args["fail-on"]) as JudgeOptions["failOn"],
    azure: azureOptions(args),
    probe: args["probe"] === undefined ? NO_PROBE : probeOptions(args),
  };
}

/** A text option or positional, undefined when it was not given. */
export function textOption(args: Args, name: string): string | undefined {
  return args[name] === undefined ? undefined : last(args[name]);
}

/** `--port` by number or name, undefined when it is not given or empty. Throws UserError for what no port of Kubernetes can be called. */
export function portOption(args: Args): string | undefined {
  const port = textOption(args, "port");
  if (port === undefined || port === "") return undefined;
  const isPort = /^\d+$/.test(port)
    ? Number(port) >= 1 && Number(port) <= 65535
    : /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(port);
  if (isPort) return port;
  throw new UserError(`--port takes a number from 1 to 65535 or the name of a port, not "${port}"`);
}
