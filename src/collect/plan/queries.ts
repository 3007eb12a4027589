import { failingContainers } from "../../model/failing.ts";
import type { Pod } from "../../model/kube.ts";
import { type GetQuery, type ListQuery, type LogQuery, RESOURCES, type Resource } from "../../model/resources.ts";
import type { CollectionName } from "../../model/snapshot.ts";

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
