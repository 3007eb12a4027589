import { defineCheck } from "../../model/check.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { conditionOf, isTerminal, timeOf } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { YOUTH_UNPROVEN } from "./_judge.ts";

/** A pod whose node object is gone: nobody runs it any more, and the slice controller drops it from every Service. */
export const check = defineCheck({
  id: "pod/node-lost",
  question: "Does the node that should run the pod still exist?",
  hop: "node",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["nodes"],
  findings: {
    "pod/node-lost": {
      severity: "error",
      title: "The pod's node is gone",
      explain:
        "spec.nodeName names a node that the API server no longer knows. The pod's containers are not running anywhere, its status is what the kubelet said last, " +
        "and the EndpointSlice controller leaves it out. The pod garbage collector removes such pods after a while.",
      docs: ["https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection"],
    },
  },
  run({ scope, wanted, now, clockIsLowerBound, settings }, find) {
    const { nodes } = wanted;
    if (nodes.state === "unavailable")
      return nodes.reason === "not-requested"
        ? { skipped: nodes.detail }
        : { unknown: `nodes: ${nodes.reason}: ${nodes.detail}` };
    const known = new Set(nodes.items.map((node) => node.metadata.name));
    // Nodes and pods are listed a moment apart: a node that joined in between is not in the list yet.
    const justPlaced = (pod: Pod): boolean => {
      const placed = conditionOf(pod, "PodScheduled")?.lastTransitionTime ?? pod.metadata.creationTimestamp;
      return now - (timeOf(placed) ?? 0) <= settings.statusLag;
    };
    const lost = scope.pods.flatMap((pod) => {
      const node = pod.spec?.nodeName;
      // A finished pod needs no node any more, and keeps the name of the one it ran on.
      if (node === undefined || node === "" || known.has(node) || isTerminal(pod)) return [];
      const fresh = justPlaced(pod);
      if (fresh && !clockIsLowerBound) return [];
      const { namespace, name } = pod.metadata;
      return [
        find("pod/node-lost", {
          object: refOf(pod, "spec.nodeName"),
          confidence: fresh ? "possible" : "certain",
          summary: `pod ${name} is bound to node ${node}, which does not exist`,
          evidence: [{ k: "spec.nodeName", v: node }, ...(fresh ? [YOUTH_UNPROVEN] : [])],
          remedy: [
            kubectl(namespace, "delete", "pod", name),
            "# and see why the machine went away (autoscaler, VM scale set)",
          ],
        }),
      ];
    });
    // A dump that holds some nodes says nothing of the others.
    const gaps = nodes.gaps ?? [];
    return lost.length > 0 && gaps.length > 0
      ? { unknown: `not every node could be read: ${gaps.slice(0, 3).join("; ")}` }
      : lost;
  },
});
