import { canonicalIp, parseAddress } from "./cidr.ts";
import type { EndpointSlice, Endpoints, KubeNode, Pod, Service } from "./kube.ts";
import { ipsOf, isReady, isTerminal, isTerminating, timeOf } from "./pods.ts";
import { findPort, protocolOf } from "./ports.ts";
import { selects } from "./selectors.ts";

export interface EndpointPort {
  /** "" for an unnamed port: nil and "" mean the same. */
  readonly name: string;
  readonly number: number;
  readonly protocol: string;
}

/** One address with its conditions, from a slice or as it should be. */
export interface Endpoint {
  readonly ip: string;
  readonly family: 4 | 6;
  readonly ports: readonly EndpointPort[];
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly node: string | undefined;
  /** Name and UID of the pod behind it; undefined for hand-made endpoints. */
  readonly pod: string | undefined;
  readonly podUid: string | undefined;
  /** The EndpointSlice that lists it; "" when expected. */
  readonly slice: string;
}

/** The endpoints the slice controller should produce for a selector Service, and the pods it rejects with the reason. */
export interface Expected {
  readonly endpoints: readonly Endpoint[];
  readonly rejected: readonly { readonly pod: Pod; readonly reason: "terminal" | "no-ip" | "node-missing" }[];
}

/** `headless`: clusterIP is "None"; clients get pod addresses by DNS and no proxy rewrites ports. */
export function isHeadless(service: Service): boolean {
  return service.spec?.clusterIP === "None";
}

/** The Service's endpoints are made by the slice controller: it has a selector and is no ExternalName. */
export function hasSelector(service: Service): boolean {
  return Object.keys(service.spec?.selector ?? {}).length > 0 && service.spec?.type !== "ExternalName";
}

/** Address families the slice controller serves: ipFamilies, else the clusterIP's, else both (headless without ipFamilies). */
export function familiesOf(service: Service): readonly (4 | 6)[] {
  const listed = service.spec?.ipFamilies ?? [];
  if (listed.length > 0) return listed.map((family) => (family === "IPv6" ? 6 : 4));
  const cluster = parseAddress(service.spec?.clusterIP ?? "");
  return cluster === undefined ? [4, 6] : [cluster.family];
}

/**
 * What the EndpointSlice controller should have produced for `service` from `pods` (of its namespace; others are ignored).
 * `nodes` undefined means that nodes could not be read: no pod is then rejected for a missing node.
 * A pod whose named targetPort does not resolve stays an endpoint without that port.
 * Source: kubernetes/endpointslice utils.go ShouldPodBeInEndpoints, getEndpointPorts, podToEndpoint.
 */
export function expectedEndpoints(
  service: Service,
  pods: readonly Pod[],
  nodes: readonly KubeNode[] | undefined,
): Expected {
  const endpoints: Endpoint[] = [];
  const rejected: Expected["rejected"][number][] = [];
  const publish = service.spec?.publishNotReadyAddresses === true;
  const families = familiesOf(service);
  const known = nodes === undefined ? undefined : new Set(nodes.map((node) => node.metadata.name));
  for (const pod of pods.filter((candidate) => selects(service, candidate))) {
    const ips = ipsOf(pod);
    const node = pod.spec?.nodeName;
    if (isTerminal(pod)) rejected.push({ pod, reason: "terminal" });
    else if (ips.length === 0) rejected.push({ pod, reason: "no-ip" });
    else if (known !== undefined && node !== undefined && !known.has(node) && !publish)
      rejected.push({ pod, reason: "node-missing" });
    else {
      const ports = (service.spec?.ports ?? []).flatMap((port) => {
        const number = findPort(pod, port);
        return number === undefined ? [] : [{ name: port.name ?? "", number, protocol: protocolOf(port) }];
      });
      for (const ip of ips) {
        const family = parseAddress(ip)?.family ?? 4;
        if (!families.includes(family)) continue;
        endpoints.push({
          ip,
          family,
          ports,
          ready: publish || (isReady(pod) && !isTerminating(pod)),
          serving: publish || isReady(pod),
          terminating: isTerminating(pod),
          node,
          pod: pod.metadata.name,
          podUid: pod.metadata.uid,
          slice: "",
        });
      }
    }
  }
  return { endpoints, rejected };
}

/** The slices of a Service: label `kubernetes.io/service-name` in its namespace. FQDN slices are ignored, as kube-proxy does. */
export function slicesOf(service: Service, slices: readonly EndpointSlice[]): readonly EndpointSlice[] {
  return slices.filter(
    (slice) =>
      slice.metadata.namespace === service.metadata.namespace &&
      slice.metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name &&
      slice.addressType !== "FQDN",
  );
}

/**
 * All endpoints of all slices, merged: a Service has many slices (100 endpoints each, one set per family and per port set).
 * A nil `ready` or `serving` means true, a nil `terminating` false. Source: discovery/v1 EndpointConditions.
 */
export function mergeSlices(slices: readonly EndpointSlice[]): readonly Endpoint[] {
  return slices.flatMap((slice) => {
    const ports = (slice.ports ?? []).map((port) => ({
      name: port.name ?? "",
      number: port.port ?? 0,
      protocol: protocolOf(port),
    }));
    return (slice.endpoints ?? []).flatMap((endpoint) =>
      (endpoint.addresses ?? []).map((address): Endpoint => {
        const ip = canonicalIp(address);
        const target = endpoint.targetRef?.kind === "Pod" ? endpoint.targetRef : undefined;
        const ready = endpoint.conditions?.ready ?? true;
        return {
          ip,
          family: slice.addressType === "IPv6" ? 6 : 4,
          ports,
          ready,
          serving: endpoint.conditions?.serving ?? true,
          terminating: endpoint.conditions?.terminating ?? false,
          node: endpoint.nodeName,
          pod: target?.name,
          podUid: target?.uid,
          slice: slice.metadata.name,
        };
      }),
    );
  });
}

/**
 * The Endpoints object of a Service: same name, same namespace. Old leader elections kept their lock in an Endpoints object of any name, with an
 * annotation and without addresses; such a one says nothing of the Service. Source: client-go tools/leaderelection/resourcelock (until 1.24).
 */
export function endpointsObject(service: Service, all: readonly Endpoints[]): Endpoints | undefined {
  const { namespace, name } = service.metadata;
  const found = all.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  return found?.metadata.annotations?.["control-plane.alpha.kubernetes.io/leader"] === undefined ? found : undefined;
}

/** The endpoints of an Endpoints object. It knows no serving or terminating ones: those stand among the not ready. */
export function listedIn({ metadata, subsets = [] }: Endpoints): readonly Endpoint[] {
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) =>
    [...addresses.map((one) => ({ one, ready: true })), ...notReadyAddresses.map((one) => ({ one, ready: false }))].map(
      ({ one, ready }): Endpoint => {
        const ip = canonicalIp(one.ip ?? "");
        const target = one.targetRef?.kind === "Pod" ? one.targetRef : undefined;
        return {
          ip,
          family: parseAddress(ip)?.family ?? 4,
          ports: ports.map((port) => ({ name: port.name ?? "", number: port.port ?? 0, protocol: protocolOf(port) })),
          ready,
          serving: ready,
          terminating: false,
          node: one.nodeName,
          pod: target?.name,
          podUid: target?.uid,
          slice: metadata.name,
        };
      },
    ),
  );
}

/**
 * The endpoints that receive traffic: the ready ones, or, when there is none, those that still serve while terminating.
 * Source: kube-proxy pkg/proxy/topology.go CategorizeEndpoints.
 */
export function usable(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : endpoints.filter((endpoint) => endpoint.serving && endpoint.terminating);
}

/** The usable endpoints of one service port, matched by name (nil == "") as kube-proxy matches them. The fallback to terminating ones is per port. */
export function usableForPort(endpoints: readonly Endpoint[], portName: string | undefined): readonly Endpoint[] {
  return usable(endpoints.filter((endpoint) => endpoint.ports.some((port) => port.name === (portName ?? ""))));
}

/** The slice controller's own note of when a pod of the Service changed last, against `time` (ms). */
export function changedSince(slices: readonly (EndpointSlice | Endpoints)[], time: number): boolean {
  return slices.some((slice) => {
    const changed = slice.metadata.annotations?.["endpoints.kubernetes.io/last-change-trigger-time"];
    return (timeOf(changed ?? slice.metadata.creationTimestamp) ?? Number.NEGATIVE_INFINITY) > time;
  });
}
