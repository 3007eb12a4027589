import { failingContainers } from "../../model/failing.ts";
import type { KubeNode, Pod } from "../../model/kube.ts";
import { isReady, isTerminal, timeOf } from "../../model/pods.ts";
import { type GetQuery, type ListQuery, type LogQuery, RESOURCES, type Resource } from "../../model/resources.ts";
import { DEFAULT_SETTINGS } from "../../model/settings.ts";
import type { CollectionName } from "../../model/snapshot.ts";
import { isRead, type Known, knownItems } from "./known.ts";

/** Lists a namespaced kind; `namespace` "" asks for all namespaces. */
export function list(
  collection: CollectionName & keyof typeof RESOURCES,
  namespace: string,
  more: { readonly labelSelector?: string; readonly fieldSelector?: string } = {},
): ListQuery {
  return { type: "list", collection, resource: RESOURCES[collection], namespace, ...more };
}

export function get(collection: CollectionName & keyof typeof RESOURCES, namespace: string, name: string): GetQuery {
  return { type: "get", collection, resource: RESOURCES[collection], namespace, name };
}

/** Lists a kind into a collection of another name: the same kind of objects in another role, e.g. the controller's pods. */
export function listAs(
  collection: CollectionName,
  resource: Resource,
  namespace: string,
  more: { readonly labelSelector?: string; readonly fieldSelector?: string } = {},
): ListQuery {
  return { type: "list", collection, resource, namespace, ...more };
}

/** Names and labels of all pods that may be read: the material of "did you mean". */
export function podLabels(namespace: string): ListQuery {
  return { type: "list", collection: "podLabels", resource: RESOURCES.pods, namespace, metadataOnly: true };
}

const RECENT = DEFAULT_SETTINGS.restartRecent;

/** Whether a container of the pod was restarted lately, though it may be ready again: the events tell why (a liveness kill). */
export function hasRestarted(pod: Pod, now: number): boolean {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  return statuses.some(
    ({ restartCount = 0, lastState }) =>
      restartCount > 0 && now - (timeOf(lastState?.terminated?.finishedAt) ?? now) <= RECENT,
  );
}

const AGENT_NODES = 2;

/**
 * The pods of the nodes on which judged pods are in trouble that the node could be the cause of: not ready, though no container of theirs
 * waits for a reason of its own (a crash, an image). One request for a node, of two nodes at the most, and none while all is well: what
 * fails on more of them is seldom a node. In all namespaces, since plugins bring their own (calico-system).
 */
export function agents(pods: readonly Pod[], nodes: readonly KubeNode[]): readonly ListQuery[] {
  const down = nodes.filter((node) => !isNodeReady(node)).map((node) => node.metadata.name);
  const names = pods
    .filter((pod) => !isTerminal(pod))
    .filter((pod) => down.includes(pod.spec?.nodeName ?? "") || (!isReady(pod) && !hasOwnTrouble(pod)))
    .flatMap((pod) => pod.spec?.nodeName ?? [])
    .filter((name) => name !== "");
  return [...new Set(names)]
    .toSorted()
    .slice(0, AGENT_NODES)
    .map((name) => listAs("agentPods", RESOURCES.pods, "", { fieldSelector: `spec.nodeName=${name}` }));
}

function isNodeReady(node: KubeNode): boolean {
  return node.status?.conditions?.find((condition) => condition.type === "Ready")?.status === "True";
}

/** Reasons to wait that every pod passes through; any other is the container's own. */
const PASSING = new Set(["ContainerCreating", "PodInitializing"]);

function hasOwnTrouble(pod: Pod): boolean {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].some(
    ({ state }) =>
      (state?.waiting !== undefined && !PASSING.has(state.waiting.reason ?? "")) ||
      (state?.terminated?.exitCode ?? 0) !== 0,
  );
}

const TAIL = 60;
const LOGGED_CONTAINERS = 2;

/**
 * The logs worth reading: of the most decisive failing containers of `pods`, the run that ended and the one that runs, few of them, since a crash
 * of ten replicas says the same ten times.
 */
export function logs(pods: readonly Pod[], now: number): readonly LogQuery[] {
  return pods
    .flatMap((pod) => failingContainers(pod, now).map((failing) => ({ pod, failing })))
    .slice(0, LOGGED_CONTAINERS)
    .map(({ pod, failing }) => ({
      type: "log",
      collection: "logs",
      namespace: pod.metadata.namespace,
      pod: pod.metadata.name,
      container: failing.container,
      previous: failing.previous,
      tailLines: TAIL,
    }));
}

/** A label selector text from pairs, as the API takes it: `app=web,tier=front`. */
export function selectorText(pairs: { readonly [key: string]: string | undefined }): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${value ?? ""}`)
    .join(",");
}

const DNS_NAMESPACE = "kube-system";

/**
 * The cluster's DNS: one request for its pods, and one for the endpoints of its Service while none of them is ready. `k8s-app=kube-dns` is the label of
 * CoreDNS too, on AKS as in kubeadm's clusters.
 */
export function dnsQueries(known: Known): readonly ListQuery[] {
  const pods = listAs("clusterDnsPods", RESOURCES.pods, DNS_NAMESPACE, { labelSelector: "k8s-app=kube-dns" });
  const serving = knownItems(known, "clusterDnsPods").some(isReady);
  if (!isRead(known, "clusterDnsPods") || serving) return [pods];
  const labelSelector = "kubernetes.io/service-name=kube-dns";
  return [pods, listAs("dnsSlices", RESOURCES.endpointSlices, DNS_NAMESPACE, { labelSelector })];
}
