import { RESOURCES, type Resource } from "../../model/resources.ts";
import { workloadNamed } from "../../model/target.ts";
import type { Command } from "../command.ts";
import type { Line } from "./line.ts";

/** Where the choices for a word come from. */
export type Source =
  | { readonly from: "words"; readonly words: readonly Choice[] }
  /** Names of objects in the cluster, each written after `before` (`deploy/`). */
  | { readonly from: "cluster"; readonly lists: readonly { readonly resource: Resource; readonly before: string }[] }
  | { readonly from: "kubeconfig"; readonly entries: "contexts" | "clusters" | "users" }
  | { readonly from: "findings" }
  /** The shell completes files by itself. */
  | { readonly from: "files" }
  | { readonly from: "nowhere" };

export interface Choice {
  readonly word: string;
  readonly meaning: string;
}

const FILES = new Set(["filename", "kubeconfig", "certificate-authority", "client-certificate", "client-key", "flows"]);
const ENTRIES: Readonly<Record<string, "contexts" | "clusters" | "users">> = {
  context: "contexts",
  cluster: "clusters",
  user: "users",
};
const nothing: Source = { from: "nowhere" };

/** What can stand where the line's last word is being typed. Pure: says where to look, and does not look. */
export function sourceOf(line: Line, commands: readonly Command[]): Source {
  if (line.option !== undefined) return valueSource(line.option, line.command ?? commands[0]);
  if (!line.named && !line.partial.startsWith("-")) return { from: "words", words: commandWords(commands) };
  if (line.partial.startsWith("-")) return { from: "words", words: optionWords(line.command) };
  return line.positionals.length === 0 ? positionalSource(line) : nothing;
}

function commandWords(commands: readonly Command[]): readonly Choice[] {
  return commands
    .filter((command) => command.shown !== false)
    .map((command) => ({ word: command.usage.split(" ")[0] ?? "", meaning: command.description }));
}

function optionWords(command: Command | undefined): readonly Choice[] {
  const options = Object.entries(command?.options ?? {}).filter(([, { hidden }]) => hidden !== true);
  const words = options.map(([name, { describe, description }]) => ({
    word: `--${name}`,
    meaning: String(description ?? describe ?? ""),
  }));
  return [...words, { word: "--help", meaning: "Show help" }];
}

function valueSource(option: string, command: Command | undefined): Source {
  if (FILES.has(option)) return { from: "files" };
  if (option === "namespace") return { from: "cluster", lists: [{ resource: RESOURCES.namespaces, before: "" }] };
  const entries = ENTRIES[option];
  if (entries !== undefined) return { from: "kubeconfig", entries };
  const choices = command?.options?.[option]?.choices;
  return Array.isArray(choices)
    ? { from: "words", words: choices.map((one) => ({ word: String(one), meaning: "" })) }
    : nothing;
}

function positionalSource({ command, partial, args }: Line): Source {
  if (args["filename"] !== undefined) return nothing;
  switch (command?.usage.split(" ")[0]) {
    case "svc":
      return { from: "cluster", lists: [{ resource: RESOURCES.services, before: "" }] };
    case "ingress":
      return { from: "cluster", lists: [{ resource: RESOURCES.ingresses, before: "" }] };
    case "pod":
      return { from: "cluster", lists: podLists(partial) };
    case "explain":
      return { from: "findings" };
    default: {
      const [first] = Object.values(command?.positionals ?? {});
      const choices = first?.choices;
      return Array.isArray(choices)
        ? { from: "words", words: choices.map((one) => ({ word: String(one), meaning: "" })) }
        : nothing;
    }
  }
}

/** A pod by its name, or a workload by TYPE/NAME, in the words that the user began with. */
function podLists(partial: string): readonly { readonly resource: Resource; readonly before: string }[] {
  const type = partial.includes("/") ? partial.slice(0, partial.indexOf("/")) : undefined;
  if (type === undefined) {
    return [
      { resource: RESOURCES.pods, before: "" },
      { resource: RESOURCES.deployments, before: "deploy/" },
    ];
  }
  const workload = workloadNamed(type);
  const resource = workload === undefined ? RESOURCES.pods : RESOURCES[workload];
  const isPod = ["pod", "pods", "po"].includes(type.toLowerCase());
  return workload === undefined && !isPod ? [] : [{ resource, before: `${type}/` }];
}
