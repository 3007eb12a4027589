import type { Resource } from "./resources.ts";

/** A workload kind that owns pods and has a pod selector. */
export type WorkloadName = "deployments" | "replicaSets" | "statefulSets" | "daemonSets";

/** Which objects of the command's kind are meant. */
export type Selection =
  | { readonly by: "name"; readonly name: string }
  /** `netcheck pod deploy/web`: the pods of a workload. */
  | { readonly by: "workload"; readonly workload: WorkloadName; readonly name: string }
  /** `netcheck pod -l app=web`. */
  | { readonly by: "labels"; readonly selector: string }
  /** No name: every object of the kind in the namespace, or in all of them. */
  | { readonly by: "all" };

/** Where the calls come from that the user asks about (`--from`). */
export type SourceRequest =
  | { readonly kind: "pod"; readonly namespace: string; readonly name: string }
  | { readonly kind: "ip"; readonly ip: string };

/** What the user asked to have judged. */
export interface TargetRequest {
  readonly kind: "pod" | "svc" | "ingress";
  /** "" for all namespaces (only with `by: "all"` or labels). */
  readonly namespace: string;
  readonly selection: Selection;
  readonly port?: string;
  readonly host?: string;
  readonly path?: string;
  readonly from?: SourceRequest;
}

const WORKLOAD_WORDS: Readonly<Record<string, WorkloadName>> = {
  deployment: "deployments",
  deployments: "deployments",
  deploy: "deployments",
  "deployments.apps": "deployments",
  replicaset: "replicaSets",
  replicasets: "replicaSets",
  rs: "replicaSets",
  statefulset: "statefulSets",
  statefulsets: "statefulSets",
  sts: "statefulSets",
  daemonset: "daemonSets",
  daemonsets: "daemonSets",
  ds: "daemonSets",
};

/** The workload kind that kubectl means by `word` (`deploy`, `sts`, `daemonsets`, …), or undefined. */
export function workloadNamed(word: string): WorkloadName | undefined {
  return Object.hasOwn(WORKLOAD_WORDS, word.toLowerCase()) ? WORKLOAD_WORDS[word.toLowerCase()] : undefined;
}

/** How a target is named in reports: `web`, `deployments/web`, `-l app=web`, or `all`. */
export function selectionText(selection: Selection, resources: Readonly<Record<WorkloadName, Resource>>): string {
  switch (selection.by) {
    case "name":
      return selection.name;
    case "workload":
      return `${resources[selection.workload].kind.toLowerCase()}/${selection.name}`;
    case "labels":
      return `-l ${selection.selector}`;
    case "all":
      return "";
  }
}
