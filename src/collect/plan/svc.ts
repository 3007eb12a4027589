import { expectedEndpoints, hasSelector, mergeSlices, slicesOf } from "../../model/endpoints.ts";
import type { EndpointSlice, Pod, Service } from "../../model/kube.ts";
import { byKey, LabelIndex } from "../../model/labelindex.ts";
import { isReady, isTerminating } from "../../model/pods.ts";
import { declaredOtherwise, findPort } from "../../model/ports.ts";
import { type Query, RESOURCES } from "../../model/resources.ts";
import { selects } from "../../model/selectors.ts";
import { isLoadBalancer } from "../../model/services.ts";
import type { TargetRequest } from "../../model/target.ts";
import { isRead, type Known, knownItems } from "./known.ts";
import { agents, get, hasRestarted, list, listAs, logs, podLabels, selectorText } from "./queries.ts";

/**
 * Every query that `netcheck svc` warrants, given what is known. A healthy Service costs five: itself, its slices, its pods, the nodes, the
 * Deployments. What explains a fault (events, logs, other workloads, near misses) is asked only when there is one.
 */
export function svcQueries(request: TargetRequest, known: Known, now: number): readonly Query[] {
  return request.selection.by === "name"
    ? oneService(request, request.selection.name, known, now)
    : allServices(request, known, now);
}

function oneService(request: TargetRequest, name: string, known: Known, now: number): readonly Query[] {
  const { namespace } = request;
  const service = knownItems(known, "services").find(
    (item) => item.metadata.name === name && item.metadata.namespace === namespace,
  );
  const first = [
    get("services", namespace, name),
    list("endpointSlices", namespace, { labelSelector: `kubernetes.io/service-name=${name}` }),
    list("nodes", ""),
    list("deployments", namespace),
    ...substitute(known, namespace, { fieldSelector: `metadata.name=${name}` }),
  ];
  if (service === undefined) return first;
  const pods = hasSelector(service)
    ? [list("pods", namespace, { labelSelector: selectorText(service.spec?.selector ?? {}) })]
    : [];
  return [...first, ...pods, ...troubleQueries(service, known, now)];
}

/** One LIST for each kind, however many Services there are: logs and the agents of nodes are left to the command for one Service. */
function allServices(request: TargetRequest, known: Known, now: number): readonly Query[] {
  const { namespace } = request;
  const services = knownItems(known, "services");
  const near = surroundings(known);
  return [
    list("services", namespace),
    list("endpointSlices", namespace),
    list("pods", namespace),
    list("nodes", ""),
    list("deployments", namespace),
    ...substitute(known, namespace),
    ...(services.some(isLoadBalancer) ? loadBalancerQueries(services, namespace, known) : []),
    ...(knownItems(known, "pods").some((pod) => hasRestarted(pod, now)) ? [list("events", namespace)] : []),
    ...(services.some((service) => isTroubled(service, near))
      ? [
          list("events", namespace),
          list("replicaSets", namespace),
          list("statefulSets", namespace),
          list("daemonSets", namespace),
        ]
      : []),
  ];
}

/** Where slices may not be read (or are in no dump), the older Endpoints say at least which addresses are ready. */
function substitute(
  known: Known,
  namespace: string,
  which: { readonly fieldSelector?: string } = {},
): readonly Query[] {
  return known.endpointSlices?.state === "unavailable" ? [list("endpoints", namespace, which)] : [];
}

function troubleQueries(service: Service, known: Known, now: number): readonly Query[] {
  const { namespace } = service.metadata;
  const matching = knownItems(known, "pods").filter((pod) => selects(service, pod));
  const around = isLoadBalancer(service)
    ? loadBalancerQueries([service], namespace, known)
    : siblingQueries(service, matching);
  if (!isTroubled(service, surroundings(known)))
    return [...around, ...(matching.some((pod) => hasRestarted(pod, now)) ? [list("events", namespace)] : [])];
  const nothing = hasSelector(service) && isRead(known, "pods") && matching.length === 0;
  return [
    list("events", namespace),
    ...around,
    ...(nothing
      ? [list("statefulSets", namespace), list("daemonSets", namespace), list("replicaSets", namespace)]
      : []),
    ...(nothing ? nearMissQueries(namespace, known) : []),
    ...agents(matching, knownItems(known, "nodes")),
    ...logs(matching, now),
  ];
}

/** Whether another Service leads to the same pods by the protocol that they declare: the TCP and the UDP of one app are often two Services. */
function siblingQueries(service: Service, pods: readonly Pod[]): readonly Query[] {
  const differs = (service.spec?.ports ?? []).some((port) => declaredOtherwise(pods, port) !== undefined);
  return differs ? [listAs("allServices", RESOURCES.services, service.metadata.namespace)] : [];
}

/**
 * What concerns load balancers alone: the cloud's events, Services elsewhere that may have the same address, and, while one waits for its
 * address, whoever may give it, which is told by the names of pods.
 */
function loadBalancerQueries(services: readonly Service[], namespace: string, known: Known): readonly Query[] {
  // With all namespaces asked for, the Services and pods themselves are already all of them.
  if (namespace === "") return [list("events", "")];
  const refused = known.allServices?.state === "unavailable";
  return [
    list("events", namespace),
    listAs("allServices", RESOURCES.services, ""),
    ...(refused ? [listAs("allServices", RESOURCES.services, namespace)] : []),
    ...(services.some(isPending) ? nearMissQueries(namespace, known) : []),
  ];
}

function isPending(service: Service): boolean {
  return isLoadBalancer(service) && (service.status?.loadBalancer?.ingress ?? []).length === 0;
}

/** All namespaces in one list; where that is forbidden, at least the Service's own. */
function nearMissQueries(namespace: string, known: Known): readonly Query[] {
  const everywhere = podLabels("");
  const refused = known.podLabels !== undefined && known.podLabels.state === "unavailable";
  return refused ? [everywhere, podLabels(namespace)] : [everywhere];
}

/** What is known around Services, ready to be asked for each of them. */
interface Surroundings {
  readonly slices: ReadonlyMap<string, readonly EndpointSlice[]> | undefined;
  readonly pods: LabelIndex<Pod> | undefined;
}

function surroundings(known: Known): Surroundings {
  const slices = byKey(
    knownItems(known, "endpointSlices"),
    ({ metadata }) => `${metadata.namespace}/${metadata.labels?.["kubernetes.io/service-name"] ?? ""}`,
  );
  return {
    slices: isRead(known, "endpointSlices") ? slices : undefined,
    pods: isRead(known, "pods")
      ? new LabelIndex(knownItems(known, "pods"), (pod) => pod.metadata.labels ?? {})
      : undefined,
  };
}

/** Something that needs an explanation: no or unready pods, a port that does not resolve, slices that differ, no LB address. */
function isTroubled(service: Service, near: Surroundings): boolean {
  if (service.spec?.type === "ExternalName") return false;
  if (isPending(service) || service.metadata.deletionTimestamp !== undefined) return true;
  const { namespace, name } = service.metadata;
  const listed = near.slices && mergeSlices(slicesOf(service, near.slices.get(`${namespace}/${name}`) ?? []));
  if (!hasSelector(service)) return listed?.length === 0;
  if (near.pods === undefined) return false;
  const pods = near.pods.matching(namespace, service.spec?.selector ?? {});
  const ports = service.spec?.ports ?? [];
  const expected = expectedEndpoints(service, pods, undefined).endpoints;
  return (
    pods.length === 0 ||
    pods.some((pod) => !isReady(pod) || isTerminating(pod)) ||
    pods.some((pod) => ports.some((port) => findPort(pod, port) === undefined)) ||
    (listed !== undefined && expected.length !== listed.length)
  );
}
