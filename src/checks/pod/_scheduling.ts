import type { Pod } from "../../model/kube.ts";
import { longRunning } from "../../model/pods.ts";
import { protocolOf } from "../../model/ports.ts";
import { kubectl } from "../../model/shell.ts";

export type CauseKind = "resources" | "taint" | "affinity" | "ports" | "volume" | "unschedulable" | "other";

/** One reason in a scheduler message, e.g. `3 Insufficient cpu`. */
export interface SchedulingCause {
  readonly kind: CauseKind;
  readonly text: string;
}

const KINDS: readonly (readonly [RegExp, CauseKind])[] = [
  [/insufficient|too many pods/i, "resources"],
  [/taint/i, "taint"],
  [/free ports/i, "ports"],
  [/volume|persistentvolumeclaim|pvc/i, "volume"],
  [/affinity|selector|topology spread/i, "affinity"],
  [/unschedulable/i, "unschedulable"],
];

/** Whether the scheduler misses free host ports. Source: scheduler plugin NodePorts, "node(s) didn't have free ports for the requested pod ports". */
export function freePortsMissing(message: string): boolean {
  return /free ports/i.test(message);
}

/**
 * Splits `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}. preemption: …` into its causes.
 * The part about preemption repeats them and is left out. A message of another form is one cause.
 */
export function schedulingCauses(message: string): readonly SchedulingCause[] {
  // Source: scheduler, "no new claims to deallocate" (plugin DynamicResources, since 1.34) or "not found" (no candidate) are what its
  // PostFilter plugins add.
  const body = message.split(/\.\s+(?:no new claims to deallocate|not found\s*$|preemption:)/i)[0] ?? "";
  const list = body.replace(/^\d+\/\d+ nodes are available:?\s*/, "").replace(/\.\s*$/, "");
  // Commas also stand inside `{key: a, b}` of taints: only those before the next count part.
  return list
    .split(/,\s+(?=\d+ )/)
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map((text) => ({ kind: KINDS.find(([pattern]) => pattern.test(text))?.[1] ?? "other", text }));
}

/** What to do about each kind of cause, once. */
export function remediesFor(causes: readonly SchedulingCause[], pod: Pod): readonly string[] {
  const { namespace } = pod.metadata;
  const kinds = [...new Set(causes.map((cause) => cause.kind))];
  return kinds.flatMap((kind) => {
    switch (kind) {
      case "resources":
        return [
          "# lower the requests, or add room; on AKS:",
          "az aks nodepool scale --resource-group <RESOURCE_GROUP> --cluster-name <CLUSTER> --name <NODEPOOL> --node-count <COUNT>",
        ];
      case "taint":
        return [
          "# tolerate the taint in the workload, or use nodes without it",
          kubectl("", "get", "nodes", "-o", "custom-columns=NAME:.metadata.name,TAINTS:.spec.taints"),
        ];
      case "affinity":
        return ["# spec.nodeSelector or affinity matches no node", kubectl("", "get", "nodes", "--show-labels")];
      case "volume":
        return [
          kubectl(namespace, "get", "pvc"),
          "# a claim that is unbound, or bound to a disk of another zone, blocks the pod",
        ];
      case "unschedulable":
        return ["# cordoned nodes take no pods", kubectl("", "get", "nodes")];
      default:
        return [];
    }
  });
}

/** Host ports the pod asks for, as `8080/TCP`, sorted; with hostNetwork every containerPort is one. */
export function hostPorts(pod: Pod): readonly string[] {
  const onHost = pod.spec?.hostNetwork === true;
  const asked = longRunning(pod).flatMap((container) =>
    (container.ports ?? []).flatMap((port) => {
      const number = port.hostPort ?? (onHost ? port.containerPort : undefined);
      return number === undefined || number === 0 ? [] : [`${number}/${protocolOf(port)}`];
    }),
  );
  return [...new Set(asked)].toSorted();
}
