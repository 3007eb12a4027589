/** Which nodes a cloud load balancer sends to, and which of them hold endpoints. */
import type { Endpoint } from "../../model/endpoints.ts";
import type { KubeNode } from "../../model/kube.ts";
import { isTerminating } from "../../model/pods.ts";

const EXCLUDE = "node.kubernetes.io/exclude-from-external-load-balancers";
/** What Go's strconv.ParseBool reads as false: with these the exclude label does not exclude. */
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/**
 * Why the service controller leaves this node out of load balancers, or undefined. A cordoned or NotReady node is not left out.
 * Source: cloud-provider controllers/service nodeIncludedPredicates; cloud-provider-azure ShouldNodeExcludedFromLoadBalancer.
 */
export function whyExcluded(node: KubeNode): string | undefined {
  const labels = node.metadata.labels ?? {};
  const excluded = labels[EXCLUDE];
  if (excluded !== undefined && !FALSE.has(excluded)) return `label ${EXCLUDE}=${excluded}`;
  if (labels["kubernetes.azure.com/managed"]?.toLowerCase() === "false")
    return "label kubernetes.azure.com/managed=false";
  if ((node.spec?.taints ?? []).some((taint) => taint.key === "ToBeDeletedByClusterAutoscaler"))
    return "taint ToBeDeletedByClusterAutoscaler";
  return isTerminating(node) ? "being deleted" : undefined;
}

/** Names of the nodes that hold one of the endpoints. An endpoint without a node name is local to none. */
export function nodesOf(endpoints: readonly Endpoint[]): ReadonlySet<string> {
  return new Set(
    endpoints.flatMap((endpoint) => (endpoint.node === undefined || endpoint.node === "" ? [] : [endpoint.node])),
  );
}

/** Nodes whose pods are clients behind a proxy of the cluster: not cordoned, no virtual node, and without the control plane's taint. */
export function workerNodes(nodes: readonly KubeNode[]): readonly KubeNode[] {
  return nodes.filter(
    (node) =>
      node.spec?.unschedulable !== true &&
      !(node.spec?.taints ?? []).some(
        (taint) =>
          taint.key === "node-role.kubernetes.io/control-plane" ||
          taint.key === "node-role.kubernetes.io/master" ||
          taint.key === "virtual-kubelet.io/provider",
      ),
  );
}

/** The cluster runs on Azure: a node's providerID says so. */
export function isAzure(nodes: readonly KubeNode[]): boolean {
  return nodes.some((node) => node.spec?.providerID?.startsWith("azure://") === true);
}
