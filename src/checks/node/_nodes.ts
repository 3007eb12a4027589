import type { Scope } from "../../model/check.ts";
import type { KubeNode } from "../../model/kube.ts";
import { isReady, isTerminal, isTerminating } from "../../model/pods.ts";
import { sh } from "../../model/shell.ts";

/** The nodes that judged pods run on, by name. A finished pod needs its node no more. */
export function judgedNodes(scope: Scope, nodes: readonly KubeNode[]): readonly KubeNode[] {
  const used = new Set(scope.pods.filter((pod) => !isTerminal(pod)).map((pod) => pod.spec?.nodeName ?? ""));
  return nodes
    .filter((node) => used.has(node.metadata.name))
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Condition of that type. */
export function nodeCondition(node: KubeNode, type: string) {
  return node.status?.conditions?.find((condition) => condition.type === type);
}

/** Whether the kubelet says that the node is well. */
export function isNodeReady(node: KubeNode): boolean {
  return nodeCondition(node, "Ready")?.status === "True";
}

/** Judged pods on that node that are not finished, in words: `pod web-1, web-2`. */
export function podsOn(scope: Scope, node: KubeNode): string {
  const names = scope.pods
    .filter((pod) => pod.spec?.nodeName === node.metadata.name && !isTerminal(pod))
    .map((pod) => pod.metadata.name)
    .toSorted();
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return `pod ${names.slice(0, 3).join(", ")}${more}`;
}

/** Whether another ready node carries a ready pod of the group: the app then serves without this node. */
export function servedElsewhere(scope: Scope, nodes: readonly KubeNode[], node: KubeNode): boolean {
  const good = new Set(nodes.filter(isNodeReady).map((one) => one.metadata.name));
  return (
    scope.group &&
    scope.pods.some(
      (pod) =>
        pod.spec?.nodeName !== node.metadata.name &&
        good.has(pod.spec?.nodeName ?? "") &&
        isReady(pod) &&
        !isTerminating(pod),
    )
  );
}

/** The commands that look at a node, and at its machine when it is one of Azure's scale sets. */
export function nodeRemedy(node: KubeNode): readonly string[] {
  const id = /\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Compute\/virtualMachineScaleSets\/([^/]+)\//i.exec(
    node.spec?.providerID ?? "",
  );
  const machine =
    id?.[1] === undefined || id[2] === undefined
      ? []
      : [`az vmss list-instances --resource-group ${sh(id[1])} --name ${sh(id[2])} --output table`];
  return machine;
}

/** A node without a kubelet of its own: pods on it run elsewhere, e.g. as Azure Container Instances. */
export function isVirtual(node: KubeNode): boolean {
  const tainted = (node.spec?.taints ?? []).some((taint) => taint.key === "virtual-kubelet.io/provider");
  return node.metadata.labels?.["type"] === "virtual-kubelet" || tainted;
}
