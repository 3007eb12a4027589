import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { isVirtual, judgedNodes, podsOn } from "./_nodes.ts";

/** Does a judged pod run on a virtual node (Azure Container Instances)? */
export const check = defineCheck({
  id: "node/virtual",
  question: "Do the pods run on real nodes?",
  hop: "node",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["nodes"],
  findings: {
    "node/virtual": {
      severity: "info",
      title: "A pod runs on a virtual node",
      explain:
        "A virtual node has no kube-proxy and no network plugin of the cluster: its pods run as container instances in a subnet of their own, which its rules must let through. Init containers, host ports and some probes behave differently.",
      docs: ["https://learn.microsoft.com/azure/aks/virtual-nodes"],
    },
  },
  run({ scope, nodes }, find) {
    const judged = judgedNodes(scope, nodes);
    if (judged.length === 0) return { skipped: "no judged pod runs on a known node" };
    return judged.filter(isVirtual).map((node) =>
      find("node/virtual", {
        object: refOf(node),
        summary: `node ${node.metadata.name} of ${podsOn(scope, node)} is a virtual node: no kube-proxy, other networking`,
        evidence: [{ k: "label type", v: node.metadata.labels?.["type"] ?? "-" }],
      }),
    );
  },
});
