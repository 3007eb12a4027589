/** Which engine enforces policies, read from the DaemonSets that run on every node. */
import type { DaemonSet } from "../model/kube.ts";
import type { PolicyEngine } from "./types.ts";

export interface DetectedEngine {
  readonly engine: PolicyEngine;
  /** What it was read from, as a sentence part. */
  readonly evidence: string;
}

/** DaemonSet names of engines that enforce networking.k8s.io/v1 as soon as they run. */
const ENGINES: readonly (readonly [RegExp, PolicyEngine])[] = [
  [/^azure-npm(-win)?$/, "npm"],
  [/^(cilium|anetd)$/, "cilium"],
  [/^((rke2-)?canal|calico-node(-windows)?)$/, "calico"],
  [/^antrea-agent$/, "antrea"],
  [/^kube-router$/, "kube-router"],
  [/^weave-net$/, "weave-net"],
  [/^kindnet$/, "kindnet"],
  [/^kube-network-policies$/, "kube-network-policies"],
];

/** Agents that enforce policies in some setups or versions only: with one of them, "no engine" cannot be said. */
const MAY_ENFORCE =
  /^(aws-node|kube-flannel(-ds)?|ovnkube-node|kube-ovn-cni|ovs-ovn|romana-agent|netd|nsx-node-agent|sdn)$/;

function place(daemonSet: DaemonSet): string {
  return `DaemonSet ${daemonSet.metadata.namespace}/${daemonSet.metadata.name}`;
}

/** Its own name and the one that its `k8s-app` label gives: charts rename the object, the label stays. */
function namesOf({ metadata }: DaemonSet): readonly string[] {
  return [metadata.name, metadata.labels?.["k8s-app"] ?? ""];
}

/**
 * Detects the engine. `complete`: all DaemonSets that could be one were listed (kube-system, calico-system and where else engines live).
 * `none` is said only then, and only when DaemonSets exist at all: a cluster without any may run its engine as a plain process on the nodes,
 * as k3s does (whose nodes say so in their kubelet version; pass those in `kubeletVersions`).
 */
export function detectEngine(
  daemonSets: readonly DaemonSet[],
  complete: boolean,
  kubeletVersions: readonly string[] = [],
): DetectedEngine {
  const found = daemonSets.flatMap((daemonSet) =>
    ENGINES.filter(([name]) => namesOf(daemonSet).some((each) => name.test(each))).map(([, engine]) => ({
      engine,
      evidence: place(daemonSet),
    })),
  );
  // Two engines at once: a migration (NPM to Cilium). Which one holds a node cannot be told.
  const engines = new Set(found.map(({ engine }) => engine));
  const [first] = found;
  if (first !== undefined && engines.size === 1) return first;
  if (first !== undefined) {
    return { engine: "unknown", evidence: `several: ${found.map(({ evidence }) => evidence).join(", ")}` };
  }
  const doubtful = daemonSets.find(({ metadata }) => MAY_ENFORCE.test(metadata.name));
  if (doubtful !== undefined) {
    return { engine: "unknown", evidence: `${place(doubtful)} enforces policies in some setups only` };
  }
  if (kubeletVersions.some((version) => version.includes("+k3s"))) {
    return { engine: "unknown", evidence: "k3s enforces policies unless that is switched off" };
  }
  if (!complete) return { engine: "unknown", evidence: "the DaemonSets could not all be read" };
  return daemonSets.length === 0
    ? { engine: "unknown", evidence: "there is no DaemonSet to tell" }
    : { engine: "none", evidence: `none of ${daemonSets.length} DaemonSets is a policy engine` };
}
