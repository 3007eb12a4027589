import type { PartialObject, Pod, Service, ServicePort } from "./kube.ts";
import { ageOf, isReady, isTerminal, quietFor } from "./pods.ts";
import { matchesPortArgument } from "./ports.ts";
import { selects } from "./selectors.ts";
import type { Settings } from "./settings.ts";

/** The API server's own Service: it has no selector, and the API server itself writes its endpoints. */
export function isApiServerService(service: Service): boolean {
  return service.metadata.namespace === "default" && service.metadata.name === "kubernetes";
}

/** A CNAME in the cluster's DNS: nothing is proxied, so selector, ports and endpoints mean nothing. */
export function isExternalName(service: Service): boolean {
  return service.spec?.type === "ExternalName";
}

export function isLoadBalancer(service: Service): boolean {
  return service.spec?.type === "LoadBalancer";
}

/** The pods that the Service selects, in any phase. */
export function selectedPods(service: Service, pods: readonly Pod[]): readonly Pod[] {
  return pods.filter((pod) => selects(service, pod));
}

/** The selected pods that can still serve: neither Succeeded nor Failed. Terminating ones are among them, as in the slices. */
export function eligiblePods(service: Service, pods: readonly Pod[]): readonly Pod[] {
  return selectedPods(service, pods).filter((pod) => !isTerminal(pod));
}

/**
 * Why it is too early to miss the Service's endpoints, or undefined: the Service or all of its pods are seconds old, or a pod became ready a moment ago and
 * is on its way into the slice. `pods` are those that can serve; `now` in ms since the epoch. With `clockIsLowerBound` the Service's own youth proves
 * nothing.
 */
export function notYet(
  service: Service,
  pods: readonly Pod[],
  now: number,
  settings: Settings,
  clockIsLowerBound = false,
): string | undefined {
  const ageIn = (object: PartialObject): number => ageOf(object.metadata, now) ?? Number.POSITIVE_INFINITY;
  if (ageIn(service) < settings.settle && !clockIsLowerBound)
    return `no endpoint is ready yet: Service ${service.metadata.name} is only seconds old`;
  if (pods.length > 0 && pods.every((pod) => ageIn(pod) < settings.settle))
    return "no endpoint is ready yet: the pods are only seconds old";
  if (pods.some((pod) => isReady(pod) && (quietFor(pod, now) ?? Number.POSITIVE_INFINITY) < settings.statusLag))
    return "no endpoint is ready yet, but a pod became ready within the last minute";
  return undefined;
}

/** A service port with its place in `spec.ports`. */
export interface IndexedPort {
  readonly index: number;
  readonly port: ServicePort;
}

/** The ports that are judged: the one that `--port` names, else all. An argument that names none is judged by a check of its own. */
export function judgedPorts(service: Service, argument: string | undefined): readonly IndexedPort[] {
  const all = (service.spec?.ports ?? []).map((port, index) => ({ index, port }));
  if (argument === undefined) return all;
  const named = all.filter(({ port }) => matchesPortArgument(port, argument));
  return named.length > 0 ? named : all;
}
