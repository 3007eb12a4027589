import type { Scope } from "../model/check.ts";
import { type Endpoint, expectedEndpoints, hasSelector, mergeSlices, slicesOf } from "../model/endpoints.ts";
import type { Service, ServicePort } from "../model/kube.ts";
import { findPort } from "../model/ports.ts";
import type { ReportTarget } from "../model/report.ts";
import { judgedPorts as portsAsked } from "../model/services.ts";
import { itemsOr, type Snapshot } from "../model/snapshot.ts";

const KINDS = { pod: "Pod", svc: "Service", ingress: "Ingress" } as const;
const WORKLOADS: Readonly<Record<string, string>> = {
  replicaset: "ReplicaSet",
  statefulset: "StatefulSet",
  daemonset: "DaemonSet",
};
const PLURALS = { pod: "pods", svc: "Services", ingress: "Ingresses" } as const;

/** `Service shop/web`, `Deployment shop/web`, `the pods of shop with -l app=web`: how a sentence names the target. */
export function targetName(target: ReportTarget): string {
  if (target.name.startsWith("-l")) return `the ${PLURALS[target.kind]} of ${target.namespace} with ${target.name}`;
  if (target.name === "") return `the ${PLURALS[target.kind]} of ${target.namespace || "all namespaces"}`;
  const slash = target.name.indexOf("/");
  if (slash < 0) return `${KINDS[target.kind]} ${target.namespace}/${target.name}`;
  const kind = target.name.slice(0, slash);
  return `${WORKLOADS[kind] ?? `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`} ${target.namespace}/${target.name.slice(slash + 1)}`;
}

/** The Service's ports that are judged: the one asked for with `--port`, else all. */
export function judgedPorts(service: Service, scope: Scope): readonly ServicePort[] {
  return portsAsked(service, scope.port).map(({ port }) => port);
}

/** How many backends a Service has, counted in pods (one pod with two address families is one), or undefined when slices are unread. */
export interface EndpointCount {
  readonly ready: number;
  readonly listed: number;
  /** Undefined when pods could not be read, or when a person or an operator writes the slices. */
  readonly expected: number | undefined;
}

const keyOf = (endpoint: Endpoint): string => endpoint.pod ?? endpoint.ip;

/** A backend counts as ready when it takes traffic on a judged port: an address without its port is of no use to a client. */
export function countEndpoints(service: Service, snapshot: Snapshot, scope: Scope): EndpointCount | undefined {
  const { endpointSlices, pods, nodes } = snapshot.collections;
  if (endpointSlices.state !== "ok") return undefined;
  const listed = mergeSlices(slicesOf(service, endpointSlices.items));
  const should =
    pods.state === "ok" && hasSelector(service)
      ? expectedEndpoints(service, pods.items, nodes.state === "ok" ? nodes.items : undefined).endpoints
      : undefined;
  const names = judgedPorts(service, scope).map((port) => port.name ?? "");
  const serves = (endpoint: Endpoint): boolean =>
    endpoint.ready && (names.length === 0 || endpoint.ports.some((port) => names.includes(port.name)));
  const distinct = (endpoints: readonly Endpoint[]): number => new Set(endpoints.map(keyOf)).size;
  return {
    ready: distinct(listed.filter(serves)),
    listed: distinct(listed),
    expected: should === undefined ? undefined : distinct(should),
  };
}

/** Port numbers that the judged Services reach in the judged pods, distinct, in order. */
export function targetNumbers(scope: Scope): readonly number[] {
  const numbers = scope.services.flatMap((service) =>
    judgedPorts(service, scope).flatMap((port) => scope.pods.map((pod) => findPort(pod, port) ?? [])),
  );
  return [...new Set(numbers.flat())].toSorted((a, b) => a - b);
}

/** Nodes as a list, or undefined when they were not read. */
export function nodesOf(snapshot: Snapshot) {
  const { nodes } = snapshot.collections;
  return nodes.state === "ok" ? itemsOr(nodes) : undefined;
}
