import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { judgedWorkloads } from "./_judged.ts";

/** On which nodes does a judged DaemonSet not run? Taints and selectors keep it off by design; local traffic policies feel it. */
export const check = defineCheck({
  id: "workload/daemonset-skips-nodes",
  question: "Does the DaemonSet run on every node?",
  hop: "node",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["nodes"],
  wants: ["deployments", "statefulSets", "daemonSets", "replicaSets", "pods"],
  findings: {
    "workload/daemonset-skips-nodes": {
      severity: "info",
      title: "The DaemonSet leaves nodes out",
      explain:
        "The DaemonSet wants fewer pods than there are nodes, because of taints or a node selector. That is usually meant; only with a local traffic policy do those nodes drop traffic. " +
        "A warning when you ask for the DaemonSet and no node fits at all.",
      docs: ["https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/"],
    },
  },
  run({ scope, nodes, wanted }, find) {
    const sets = judgedWorkloads(scope, wanted).filter((workload) => workload.kind === "DaemonSet");
    if (sets.length === 0) return { skipped: "no DaemonSet makes the judged pods" };
    return sets.flatMap((set) => {
      const status = set.status as { readonly desiredNumberScheduled?: number } | undefined;
      const desired = status?.desiredNumberScheduled;
      if (desired === undefined || desired >= nodes.length) return [];
      const { name } = set.metadata;
      const owned = itemsOr(wanted.pods).filter((pod) =>
        (pod.metadata.ownerReferences ?? []).some((owner) => owner.kind === "DaemonSet" && owner.name === name),
      );
      const used = new Set(owned.map((pod) => pod.spec?.nodeName));
      // A driver for hardware that no node has wants no pod by design; who asks for the DaemonSet itself misses them.
      const missed = desired === 0 && scope.target === "pod" && scope.workload?.name === name;
      const without = nodes
        .map((node) => node.metadata.name)
        .filter((node) => !used.has(node))
        .toSorted();
      return [
        find("workload/daemonset-skips-nodes", {
          severity: missed ? "warning" : "info",
          object: refOf(set, "status.desiredNumberScheduled"),
          summary: `DaemonSet/${name} runs on ${desired} of ${nodes.length} nodes`,
          evidence: [
            { k: "wanted pods", v: String(desired) },
            { k: "nodes without one", v: without.slice(0, 10).join(", ") || "-" },
          ],
          remedy: missed
            ? [
                "# no node fits: compare what the pods ask for with the nodes' labels and taints",
                kubectl(set.metadata.namespace, "describe", "daemonset", name),
                kubectl("", "get", "nodes", "--show-labels"),
              ]
            : [],
        }),
      ];
    });
  },
});
