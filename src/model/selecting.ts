import type { Pod, Service } from "./kube.ts";
import { selects } from "./selectors.ts";

type Placed = { readonly service: Service; readonly order: number };

/** By list, which never changes: what a list of Services is asked for one pod is asked for all of them. */
const indexes = new WeakMap<readonly Service[], ReadonlyMap<string, readonly Placed[]>>();

const keyOf = (namespace: string, key: string, value: string | undefined): string => `${namespace}\n${key}=${value}`;

/** Services by the first pair of their selectors: a pod that is selected carries that pair. */
function indexOf(services: readonly Service[]): ReadonlyMap<string, readonly Placed[]> {
  const known = indexes.get(services);
  if (known !== undefined) return known;
  const index = new Map<string, Placed[]>();
  for (const [order, service] of services.entries()) {
    const [pair] = Object.entries(service.spec?.selector ?? {});
    if (pair === undefined) continue;
    const key = keyOf(service.metadata.namespace, ...pair);
    const placed = index.get(key);
    if (placed === undefined) index.set(key, [{ service, order }]);
    else placed.push({ service, order });
  }
  indexes.set(services, index);
  return index;
}

/** The Services that select a pod, in their order. Costs what the pod has of labels, not what there is of Services. */
export function servicesSelecting(services: readonly Service[], pod: Pod): readonly Service[] {
  const index = indexOf(services);
  return Object.entries(pod.metadata.labels ?? {})
    .flatMap(([key, value]) => index.get(keyOf(pod.metadata.namespace, key, value)) ?? [])
    .filter(({ service }) => selects(service, pod))
    .toSorted((a, b) => a.order - b.order)
    .map(({ service }) => service);
}
