import type { Scope } from "../model/check.ts";
import { parseAddress } from "../model/cidr.ts";
import { type Endpoint, isHeadless, mergeSlices, slicesOf, usableForPort } from "../model/endpoints.ts";
import { type KubeNode, type ObjectRef, type Pod, refOf, type Service } from "../model/kube.ts";
import { ipsOf, isTerminal } from "../model/pods.ts";
import { declaredPorts, findPort, protocolOf } from "../model/ports.ts";
import type { ProbeScheme, ProbeTarget } from "../model/probe-results.ts";
import { selects } from "../model/selectors.ts";
import { isExternalName, judgedPorts } from "../model/services.ts";
import { itemsOr, type Snapshot } from "../model/snapshot.ts";
import { schemeFor } from "./scheme.ts";
import { backendPath, backendPorts, viaTargets, type Way, wayOf } from "./via.ts";

/** What the user says about the requests. */
export interface RequestChoices {
  readonly scheme?: ProbeScheme;
  /** Default `/`. */
  readonly path?: string;
  /** Statuses to expect, as given. */
  readonly expect?: string;
  /** Node ports too. */
  readonly nodePort?: boolean;
  /** Whether requests through an ingress controller carry the marker in their query too; they do unless this is false. */
  readonly queryMarker?: boolean;
}

/** Endpoints tried per port, and addresses tried in one test pod: someone waits for the answer. */
const ENDPOINTS = 5;
const MOST = 12;
/** Of node ports, addresses outside, and UDP ports: of each. */
const MOST_OTHERS = 4;

/**
 * What to try for the judged objects, from the inside out: usable endpoints (spread over nodes), cluster IPs, the DNS name, node ports where asked, load
 * balancer addresses; at last UDP ports, of which only an answer or a refusal says anything. Pure.
 */
export function targetsOf(scope: Scope, snapshot: Snapshot, choices: RequestChoices): readonly ProbeTarget[] {
  const way = wayOf(scope, snapshot, choices);
  const targets =
    scope.target === "pod"
      ? podTargets(scope, snapshot, choices)
      : asked(scope.services, way).flatMap((service) =>
          way === undefined
            ? serviceTargets(service, scope, snapshot, choices)
            : backendTargets(service, scope, snapshot, choices, way),
        );
  const isOther = ({ hop, scheme }: ProbeTarget): boolean =>
    hop === "load-balancer" || hop === "node-port" || scheme === "udp";
  const some = (hop: ProbeTarget["hop"]): readonly ProbeTarget[] =>
    targets.filter((target) => target.hop === hop && target.scheme !== "udp").slice(0, MOST_OTHERS);
  const udp = targets.filter(({ scheme }) => scheme === "udp").slice(0, MOST_OTHERS);
  const inside = targets.filter((target) => !isOther(target)).slice(0, MOST);
  const through = way === undefined ? [] : viaTargets(way, snapshot);
  const { expect } = choices;
  return [...inside, ...some("node-port"), ...some("load-balancer"), ...udp, ...through].map((target) =>
    expect === undefined ? target : { ...target, expect },
  );
}

/** The Service that the URL leads to before others of the Ingress: there is a limit to what is tried. */
function asked(services: readonly Service[], way: Way | undefined): readonly Service[] {
  const own = way?.url.route?.backend.service;
  return services.toSorted((a, b) => Number(b.metadata.name === own) - Number(a.metadata.name === own));
}

/**
 * A backend of an Ingress by itself: its endpoints and cluster IPs, at the ports that the Ingress uses. Its name and a load balancer of its own are not
 * on the way. `--scheme` is about the URL, not about what the app speaks.
 */
function backendTargets(
  service: Service,
  scope: Scope,
  snapshot: Snapshot,
  choices: RequestChoices,
  way: Way,
): readonly ProbeTarget[] {
  const used = backendPorts(service, way);
  const only: Service = { ...service, spec: { ...service.spec, ports: [...used] } };
  const { scheme: _, ...others } = choices;
  return serviceTargets(only, scope, snapshot, { ...others, path: backendPath(service, way) }).filter(
    ({ hop }) => hop === "pod" || hop === "cluster-ip",
  );
}

function serviceTargets(
  service: Service,
  scope: Scope,
  snapshot: Snapshot,
  choices: RequestChoices,
): readonly ProbeTarget[] {
  if (isExternalName(service)) return [];
  const ports = judgedPorts(service, scope.port).filter(({ port }) => ["TCP", "UDP"].includes(protocolOf(port)));
  const each = Math.max(1, Math.min(ENDPOINTS, Math.floor(8 / Math.max(1, ports.length))));
  const all = mergeSlices(slicesOf(service, itemsOr(snapshot.collections.endpointSlices)));
  const hops = ports.map(({ port }) => {
    const number = port.port ?? 0;
    const endpoints = usableForPort(all, port.name);
    const inPod = (endpoint: Endpoint): number =>
      endpoint.ports.find((one) => one.name === (port.name ?? ""))?.number ?? 0;
    const first = endpoints[0];
    const udp = protocolOf(port) === "UDP";
    const chosen = udp
      ? ({ scheme: "udp", guessed: false } as const)
      : schemeFor(choices.scheme, port, first === undefined ? number : inPod(first), scope.pods);
    const common = { ...chosen, path: choices.path ?? "/", servicePort: number };
    const object = refOf(service);
    const front = { ...common, object, port: number };
    const { name, namespace } = service.metadata;
    const dialled = isHeadless(service) ? (first === undefined ? undefined : inPod(first)) : number;
    const addresses = (service.status?.loadBalancer?.ingress ?? []).map((entry) => entry.ip || entry.hostname || "");
    return {
      pods: spread(endpoints, each).map(
        (endpoint): ProbeTarget => ({
          ...common,
          hop: "pod",
          host: endpoint.ip,
          port: inPod(endpoint),
          object: endpoint.pod === undefined ? object : { kind: "Pod", namespace, name: endpoint.pod },
          ...(endpoint.node === undefined ? {} : { node: endpoint.node }),
        }),
      ),
      clusterIps: clusterIps(service).map((host): ProbeTarget => ({ ...front, hop: "cluster-ip", host })),
      // Completed by the test pod's search list, whose last entry is the cluster's own domain, whatever it is called.
      names:
        dialled === undefined || udp
          ? []
          : [{ ...front, hop: "dns-name" as const, host: `${name}.${namespace}.svc`, port: dialled }],
      nodePorts:
        choices.nodePort === true && port.nodePort !== undefined && !udp
          ? nodePortTargets(front, port.nodePort, endpoints, itemsOr(snapshot.collections.nodes))
          : [],
      outside: (udp ? [] : addresses)
        .filter((host) => host !== "")
        .map((host): ProbeTarget => ({ ...front, hop: "load-balancer", host })),
    };
  });
  return [
    ...hops.flatMap(({ pods }) => pods),
    ...hops.flatMap(({ clusterIps: ips }) => ips),
    ...hops.flatMap(({ names }) => names),
    ...hops.flatMap(({ nodePorts }) => nodePorts),
    ...hops.flatMap(({ outside }) => outside),
  ];
}

/** A node port at the internal addresses of nodes that work: one with an endpoint and one without first, since they differ under `Local` policies. */
function nodePortTargets(
  front: Omit<ProbeTarget, "hop" | "host">,
  nodePort: number,
  endpoints: readonly Endpoint[],
  nodes: readonly KubeNode[],
): readonly ProbeTarget[] {
  const hosting = new Set(endpoints.map(({ node }) => node));
  const ready = nodes.filter(
    ({ status }) => status?.conditions?.find(({ type }) => type === "Ready")?.status === "True",
  );
  const own = ready.filter(({ metadata }) => hosting.has(metadata.name));
  const others = ready.filter(({ metadata }) => !hosting.has(metadata.name));
  return [...own.slice(0, 1), ...others.slice(0, 1), ...own.slice(1), ...others.slice(1)].flatMap((node) =>
    (node.status?.addresses ?? [])
      .filter(({ type, address }) => type === "InternalIP" && parseAddress(address ?? "") !== undefined)
      .map(
        ({ address = "" }): ProbeTarget => ({
          ...front,
          hop: "node-port",
          host: address,
          port: nodePort,
          node: node.metadata.name,
        }),
      ),
  );
}

function clusterIps(service: Service): readonly string[] {
  const { clusterIPs, clusterIP = "" } = service.spec ?? {};
  return (clusterIPs ?? [clusterIP]).filter((ip) => parseAddress(ip) !== undefined);
}

/** The first `count`, one of each node before the second of any. */
export function spread<T extends { readonly node?: string | undefined }>(
  items: readonly T[],
  count: number,
): readonly T[] {
  const turns = new Map<string, number>();
  const placed = items.map((item, at) => {
    const node = item.node ?? "";
    const turn = turns.get(node) ?? 0;
    turns.set(node, turn + 1);
    return { item, turn, at };
  });
  return placed
    .toSorted((a, b) => a.turn - b.turn || a.at - b.at)
    .slice(0, count)
    .map(({ item }) => item);
}

interface PodPort {
  readonly number: number;
  readonly port: Parameters<typeof schemeFor>[1];
}

function podTargets(scope: Scope, snapshot: Snapshot, choices: RequestChoices): readonly ProbeTarget[] {
  const services = itemsOr(snapshot.collections.services);
  const alive = scope.pods
    .filter((pod) => !isTerminal(pod) && ipsOf(pod).length > 0)
    .map((pod) => ({ pod, node: pod.spec?.nodeName }));
  return spread(alive, ENDPOINTS).flatMap(({ pod, node }) =>
    portsOf(pod, services, scope.port).flatMap(({ number, port }): readonly ProbeTarget[] => {
      const object: ObjectRef = refOf(pod);
      return ipsOf(pod).map((host) => ({
        hop: "pod",
        host,
        port: number,
        ...schemeFor(choices.scheme, port, number, [pod]),
        path: choices.path ?? "/",
        object,
        ...(node === undefined ? {} : { node }),
      }));
    }),
  );
}

/** The ports of a pod that matter: the one asked for, else those that Services send to, else those it declares. */
function portsOf(pod: Pod, services: readonly Service[], asked: string | undefined): readonly PodPort[] {
  const declared = declaredPorts(pod).filter(({ protocol }) => protocol === "TCP");
  if (asked !== undefined) {
    const number = /^\d+$/.test(asked) ? Number(asked) : declared.find(({ name }) => name === asked)?.number;
    return number === undefined ? [] : [{ number, port: undefined }];
  }
  const wanted = services
    .filter((service) => selects(service, pod))
    .flatMap((service) => service.spec?.ports ?? [])
    .filter((port) => protocolOf(port) === "TCP")
    .flatMap((port): readonly PodPort[] => {
      const number = findPort(pod, port);
      return number === undefined ? [] : [{ number, port }];
    });
  const own = declared.map(
    ({ number, name }): PodPort => ({ number, port: name === undefined ? undefined : { name } }),
  );
  const chosen = wanted.length > 0 ? wanted : own;
  return chosen.filter(({ number }, i) => chosen.findIndex((other) => other.number === number) === i);
}
