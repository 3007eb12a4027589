import { defineCheck } from "../../model/check.ts";
import { type KubeNode, refOf } from "../../model/kube.ts";
import { isTerminating } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { judgedNodes, podsOn } from "./_nodes.ts";

/** Taints that an autoscaler puts on a node it is about to remove: the cluster autoscaler's, and node auto-provisioning's (Karpenter). */
const REMOVAL_TAINTS: readonly string[] = [
  "ToBeDeletedByClusterAutoscaler",
  "karpenter.sh/disrupted",
  "karpenter.sh/disruption",
];

/** Is a node of the app being emptied or removed? */
export const check = defineCheck({
  id: "node/leaving",
  question: "Do the pods' nodes stay?",
  hop: "node",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["nodes"],
  findings: {
    "node/cordoned": {
      severity: "info",
      title: "A node of the app is cordoned",
      explain:
        "No new pods are placed on the node. The pods that run there go on serving, and load balancers keep the node.",
      docs: ["https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/"],
    },
    "node/deleting": {
      severity: "warning",
      title: "A node of the app is about to be removed",
      explain:
        "An autoscaler has marked the node for removal, or the node object is being deleted. It leaves the load balancer's pool, and its pods end soon.",
      docs: ["https://learn.microsoft.com/azure/aks/cluster-autoscaler-overview"],
    },
  },
  run({ scope, nodes }, find) {
    const judged = judgedNodes(scope, nodes);
    if (judged.length === 0) return { skipped: "no judged pod runs on a known node" };
    return judged.flatMap((node) => {
      const { name } = node.metadata;
      const sign = removalSign(node);
      if (sign !== undefined) {
        return [
          find("node/deleting", {
            object: refOf(node),
            summary: `node ${name} of ${podsOn(scope, node)} is about to be removed`,
            evidence: [{ k: "sign", v: sign }],
            remedy: [
              kubectl("", "describe", "node", name),
              "# its pods end soon; with one replica the app is away meanwhile",
            ],
          }),
        ];
      }
      if (node.spec?.unschedulable !== true) return [];
      return [
        find("node/cordoned", {
          object: refOf(node, "spec.unschedulable"),
          summary: `node ${name} of ${podsOn(scope, node)} is cordoned; its pods go on serving`,
          evidence: [{ k: "spec.unschedulable", v: "true" }],
        }),
      ];
    });
  },
});

function removalSign(node: KubeNode): string | undefined {
  if (isTerminating(node)) return `deletionTimestamp ${node.metadata.deletionTimestamp}`;
  const taint = (node.spec?.taints ?? []).find((one) => REMOVAL_TAINTS.includes(one.key ?? ""));
  return taint === undefined ? undefined : `taint ${taint.key}`;
}
