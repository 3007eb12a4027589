import { expectedEndpoints, hasSelector, mergeSlices, slicesOf } from "../../model/endpoints.ts";
import type { Service } from "../../model/kube.ts";
import { isReady, isTerminating } from "../../model/pods.ts";
import { findPort } from "../../model/ports.ts";
import type { Query } from "../../model/resources.ts";
import { selects } from "../../model/selectors.ts";
import type { TargetRequest } from "../../model/target.ts";
import { isRead, type Known, knownItems } from "./known.ts";
import { agents, get, hasRestarted, list, logs, podLabels, selectorText } from "./queries.ts";

/**
 * Every query that `netcheck svc` warrants, given what is known. A healthy Service costs five: itself, its slices, its pods, the nodes, the
 * Deployments. What explains a fault (events, logs, other workloads, near misses) is asked only when there is one.
 */
export function svcQueries(request: TargetRequest, known: Known, now: number): readonly Query[] {
  return request.selection.by === "name"
    ? oneService(request, request.selection.name, known, now)
    : allServices(request, known);
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
  ];
  if (service === undefined) return first;
  const pods = hasSelector(service)
    ? [list("pods", namespace, { labelSelector: selectorText(service.spec?.selector ?? {}) })]
    : [];
  return [...first, ...pods, ...troubleQueries(service, known, now)];
}

function allServices(request: TargetRequest, known: Known): readonly Query[] {
  const { namespace } = request;
  const first = [
    list("services", namespace),
    list("endpointSlices", namespace),
    list("pods", namespace),
    list("nodes", ""),
    list("deployments", namespace),
  ];
  const troubled = knownItems(known, "services").some((service) => isTroubled(service, known));
  const causes = [
    list("events", namespace),
    list("replicaSets", namespace),
    list("statefulSets", namespace),
    list("daemonSets", namespace),
  ];
  return troubled ? [...first, ...causes] : first;
}

function troubleQueries(service: Service, known: Known, now: number): readonly Query[] {
  const { namespace } = service.metadata;
  const balanced = service.spec?.type === "LoadBalancer";
  const matching = knownItems(known, "pods").filter((pod) => selects(service, pod));
  if (!isTroubled(service, known))
    return balanced || matching.some((pod) => hasRestarted(pod, now)) ? [list("events", namespace)] : [];
  const nothing = hasSelector(service) && isRead(known, "pods") && matching.length === 0;
  return [
    list("events", namespace),
    ...(nothing
      ? [list("statefulSets", namespace), list("daemonSets", namespace), list("replicaSets", namespace)]
      : []),
    ...(nothing ? nearMissQueries(namespace, known) : []),
    ...agents(matching, knownItems(known, "nodes")),
    ...logs(matching, now),
  ];
}

/** All namespaces in one list; where that is forbidden, at least the Service's own. */
function nearMissQueries(namespace: string, known: Known): readonly Query[] {
  const everywhere = podLabels("");
  const refused = known.podLabels !== undefined && known.podLabels.state === "unavailable";
  return refused ? [everywhere, podLabels(namespace)] : [everywhere];
}

/** Something that needs an explanation: no or unready pods, a port that does not resolve, slices that differ, no LB address. */
function isTroubled(service: Service, known: Known): boolean {
  if (service.spec?.type === "ExternalName") return false;
  const pending = service.spec?.type === "LoadBalancer" && (service.status?.loadBalancer?.ingress ?? []).length === 0;
  if (pending || service.metadata.deletionTimestamp !== undefined) return true;
  const listed = mergeSlices(slicesOf(service, knownItems(known, "endpointSlices")));
  if (!hasSelector(service)) return isRead(known, "endpointSlices") && listed.length === 0;
  if (!isRead(known, "pods")) return false;
  const pods = knownItems(known, "pods").filter((pod) => selects(service, pod));
  const ports = service.spec?.ports ?? [];
  const expected = expectedEndpoints(service, pods, undefined).endpoints;
  return (
    pods.length === 0 ||
    pods.some((pod) => !isReady(pod) || isTerminating(pod)) ||
    pods.some((pod) => ports.some((port) => findPort(pod, port) === undefined)) ||
    (isRead(known, "endpointSlices") && expected.length !== listed.length)
  );
}
