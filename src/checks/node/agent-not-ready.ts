import { defineCheck } from "../../model/check.ts";
import { type KubeNode, type Pod, refOf } from "../../model/kube.ts";
import { ageOf, isReady, isTerminal, ownerOf } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { isVirtual, judgedNodes, podsOn, servedElsewhere } from "./_nodes.ts";

/** DaemonSets that carry a node's pod network, by name. One that a cluster does not have is not missed. */
const AGENTS: readonly string[] = [
  "kube-proxy",
  "azure-cns",
  "azure-cni",
  "cilium",
  "azure-npm",
  "calico-node",
  "azure-ip-masq-agent",
  "kube-flannel-ds",
  "kindnet",
];

/** Do the network agents run on the judged pods' nodes? */
export const check = defineCheck({
  id: "node/agent-not-ready",
  question: "Do the network agents of the pods' nodes run?",
  hop: "node",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["nodes", "agentPods"],
  findings: {
    "node/agent-not-ready": {
      severity: "error",
      title: "A network agent of a node is not ready",
      explain:
        "kube-proxy or the network plugin's agent runs on other nodes, but is not ready on this one: Services or new pods do not work there. Agents that the cluster does not have at all are not missed " +
        "(with Cilium there may be no kube-proxy), and virtual nodes have none.",
      docs: [
        "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#is-the-kube-proxy-working",
        "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium",
      ],
    },
  },
  run({ scope, nodes, agentPods, settings, now, clockIsLowerBound }, find) {
    const judged = judgedNodes(scope, nodes).filter((node) => !isVirtual(node));
    if (judged.length === 0) return { skipped: "no judged pod runs on a known node" };
    return judged.flatMap((node) =>
      AGENTS.flatMap((agent) => {
        const here = agentPods.filter(
          (pod) => agentOf(pod) === agent && pod.spec?.nodeName === node.metadata.name && !isTerminal(pod),
        );
        // Without a pod of it here, a node selector may keep it away by design (Windows, another pool): only a pod that is there can be broken.
        const broken = here.find((pod) => !isReady(pod) && (clockIsLowerBound || !isYoung(pod)));
        return broken === undefined || here.some(isReady) ? [] : [notReady(node, agent, broken)];
      }),
    );

    function isYoung(pod: Pod): boolean {
      return (ageOf(pod.metadata, now) ?? 0) <= settings.settle;
    }

    function notReady(node: KubeNode, agent: string, pod: Pod) {
      const { name, namespace } = pod.metadata;
      const restarts = (pod.status?.containerStatuses ?? []).reduce((sum, one) => sum + (one.restartCount ?? 0), 0);
      return find("node/agent-not-ready", {
        severity: servedElsewhere(scope, nodes, node) ? "warning" : "error",
        confidence: isYoung(pod) ? "possible" : "certain",
        object: refOf(node),
        summary: `${agent} is not ready on node ${node.metadata.name} of ${podsOn(scope, node)}: the pod network does not work there as it should`,
        evidence: [
          { k: "pod", v: `${namespace}/${name}, ${pod.status?.phase ?? "?"}` },
          { k: "restarts", v: String(restarts) },
        ],
        remedy: [
          kubectl(namespace, "describe", "pod", name),
          kubectl(namespace, "logs", name, "--all-containers", "--tail=50"),
          kubectl(namespace, "delete", "pod", name),
        ],
      });
    }
  },
});

function agentOf(pod: Pod): string {
  const owner = ownerOf(pod);
  if (owner?.kind === "DaemonSet") return owner.name ?? "";
  return pod.metadata.labels?.["component"] === "kube-proxy" || pod.metadata.labels?.["k8s-app"] === "kube-proxy"
    ? "kube-proxy"
    : "";
}
