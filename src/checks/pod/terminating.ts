import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { isTerminal, timeOf } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { judgePods, POD_DOCS, span } from "./_judge.ts";

/** A pod still there this long after its deadline is stuck; before, the kubelet and garbage collection may simply be busy. */
const STUCK_AFTER = 60_000;

/** Is the pod on its way out, and does it get there? */
export const check = defineCheck({
  id: "pod/terminating",
  question: "Is the pod being deleted?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  needs: [],
  wants: ["nodes"],
  findings: {
    "pod/terminating": {
      severity: "info",
      title: "The pod is being deleted",
      explain:
        "A pod with a deletionTimestamp gets no new connections through a Service unless no ready endpoint is left. deletionTimestamp is the deadline: the grace period is already in it.",
      docs: ["https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination"],
    },
    "pod/terminating-stuck": {
      severity: "warning",
      title: "The pod cannot be deleted",
      explain:
        "The deadline of the deletion is past, but the pod is still there: a finalizer that nobody removes, a kubelet that does not confirm, or a volume that cannot be unmounted. " +
        "On a node that is not ready it is only the consequence of that.",
      docs: ["https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/", ...POD_DOCS],
    },
  },
  run({ scope, wanted, now }, find) {
    return judgePods(scope, (pod) => {
      const deadline = timeOf(pod.metadata.deletionTimestamp);
      if (deadline === undefined) return [];
      const { name, namespace } = pod.metadata;
      const late = now - deadline;
      const object = refOf(pod, "metadata.deletionTimestamp");
      if (late <= STUCK_AFTER) {
        return [
          find("pod/terminating", {
            object,
            summary: `pod ${name} is being deleted: it gets no new connections unless no ready endpoint is left`,
            evidence: [{ k: "deadline", v: pod.metadata.deletionTimestamp ?? "" }],
          }),
        ];
      }
      const finalizers = pod.metadata.finalizers ?? [];
      const node = itemsOr(wanted.nodes).find((one) => one.metadata.name === pod.spec?.nodeName);
      const nodeReady = node?.status?.conditions?.find((condition) => condition.type === "Ready")?.status;
      const nodeDown = nodeReady !== undefined && nodeReady !== "True";
      const cause =
        finalizers.length > 0
          ? `the finalizer ${finalizers.join(", ")} is not removed`
          : nodeDown
            ? `node ${pod.spec?.nodeName} is not ready and does not confirm`
            : isTerminal(pod)
              ? "its containers have ended, but it is not removed"
              : `the kubelet of node ${pod.spec?.nodeName ?? "?"} has not confirmed it`;
      return [
        find("pod/terminating-stuck", {
          severity: nodeDown ? "info" : "warning",
          object,
          summary: `pod ${name} should have been gone ${span(late)} ago: ${cause}`,
          evidence: [
            { k: "deadline", v: pod.metadata.deletionTimestamp ?? "" },
            { k: "finalizers", v: finalizers.join(", ") || "none" },
            { k: "node", v: `${pod.spec?.nodeName ?? "-"}, Ready ${nodeReady ?? "not known"}` },
          ],
          remedy: [
            ...(finalizers.length > 0
              ? [
                  `# mend the controller that owns the finalizer ${finalizers.join(", ")}`,
                  "# last resort; what the finalizer was to clean up is then left behind:",
                  // A forced deletion skips the kubelet, but waits for finalizers like any other.
                  kubectl(namespace, "patch", "pod", name, "--type=merge", "-p", '{"metadata":{"finalizers":null}}'),
                ]
              : [
                  kubectl("", "describe", "node", pod.spec?.nodeName ?? "<NODE>"),
                  "# last resort; the containers may still run on the node:",
                  kubectl(namespace, "delete", "pod", name, "--force", "--grace-period=0"),
                ]),
          ],
        }),
      ];
    });
  },
});
