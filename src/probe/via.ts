import type { Scope } from "../model/check.ts";
import { parseAddress } from "../model/cidr.ts";
import { type AppUrl, appUrl, isInvented, pathBehind } from "../model/ingress/appurl.ts";
import { portUsed } from "../model/ingress/backend.ts";
import type { FoundController } from "../model/ingress/found.ts";
import { carriesRequests } from "../model/ingress/markedlog.ts";
import { addressesOf, isSame, peersOf, type Resolution, readingOf, resolve } from "../model/ingress/resolve.ts";
import { routesOf } from "../model/ingress/routes.ts";
import { exposingServices } from "../model/ingress/service.ts";
import { type Ingress, type Pod, refOf, type Service, type ServicePort } from "../model/kube.ts";
import { ipsOf, isReady, isTerminating } from "../model/pods.ts";
import { declaredPorts, findPort, protocolOf } from "../model/ports.ts";
import type { ProbeScheme, ProbeTarget } from "../model/probe-results.ts";
import { itemsOr, type Snapshot } from "../model/snapshot.ts";

/** Pods of the controller that are tried, and load balancer addresses. */
const PODS = 2;
const ADDRESSES = 2;

/** What is known of the judged Ingress' way, for the targets and for what is read of it afterwards. */
export interface Way {
  readonly ingress: Ingress;
  readonly resolution: Resolution;
  readonly url: AppUrl;
}

interface Choices {
  readonly scheme?: ProbeScheme;
  readonly path?: string;
}

/** The Ingress that is judged with the URL to try; undefined for other targets and for an Ingress without routes. */
export function wayOf(scope: Scope, snapshot: Snapshot, { scheme, path }: Choices): Way | undefined {
  const [ingress] = scope.ingresses;
  if (scope.target !== "ingress" || ingress === undefined) return undefined;
  const { allIngresses, ingressClasses, controllerPods } = snapshot.collections;
  const [classes, pods] = [itemsOr(ingressClasses), itemsOr(controllerPods)];
  const resolution = resolve(ingress, classes, pods);
  const peers = peersOf(ingress, itemsOr(allIngresses), classes, pods);
  // "/" is what --probe-path is without being given.
  const asked = path === undefined || path === "/" ? {} : { path };
  const given = { ...asked, ...(scheme === undefined ? {} : { scheme }) };
  const url = appUrl(ingress, peers, scope, readingOf(resolution), given);
  return url === undefined ? undefined : { ingress, resolution, url };
}

/** The ports of a backend Service that the Ingress uses: a metrics port beside them is not on the way. */
export function backendPorts(service: Service, way: Way): readonly ServicePort[] {
  const reading = readingOf(way.resolution);
  const used = routesOf(way.ingress)
    .filter(({ backend }) => backend.service === service.metadata.name)
    .flatMap(({ backend }) => portUsed(service, backend.port, reading) ?? []);
  return [...new Set(used)];
}

/** The path that a backend is asked for by itself: that of the URL after the controller's rewriting, for the Service that the URL leads to. */
export function backendPath(service: Service, way: Way): string {
  const { route, path } = way.url;
  if (route === undefined || route.backend.service !== service.metadata.name) return "/";
  return pathBehind(route, path, readingOf(way.resolution)) ?? "/";
}

/**
 * The app's URL through the controller, station by station: a pod of the controller, the cluster IP of its Service, its load balancer's address, the
 * host's own name. Host and SNI are the real name at each, so that the only thing that differs is the way.
 */
export function viaTargets({ ingress, resolution, url }: Way, snapshot: Snapshot): readonly ProbeTarget[] {
  if (url.scheme === "tcp") return [];
  const services = resolution.takers.flatMap((taker) =>
    exposingServices(taker, itemsOr(snapshot.collections.controllerServices)),
  );
  const entry = services.flatMap((service) => {
    const port = (service.spec?.ports ?? []).find((one) => one.port === url.port && protocolOf(one) === "TCP");
    return port === undefined ? [] : [{ service, port }];
  });
  const balanced = entry.flatMap(({ service }) =>
    (service.status?.loadBalancer?.ingress ?? [])
      .flatMap((one) => one.ip || one.hostname || [])
      .map((address) => ({ address, object: refOf(service) })),
  );
  // A load balancer outside the cluster, or one that was told to the controller, stands in the Ingress alone.
  const outside =
    balanced.length > 0 ? balanced : addressesOf(ingress).map((address) => ({ address, object: refOf(ingress) }));
  const common = {
    scheme: url.scheme,
    guessed: false,
    path: url.path,
    servicePort: url.port,
    ...(url.route === undefined || !isSame(url.route.ingress, ingress) ? {} : { route: url.route.at }),
    name: url.host === "" ? (outside[0]?.address ?? entry[0]?.service.spec?.clusterIP ?? "") : url.host,
  };
  if (common.name === "") return [];
  return [
    ...resolution.takers.filter(carriesRequests).flatMap((taker) => podTargets(taker, entry[0]?.port, url, common)),
    ...entry.flatMap(({ service }) =>
      (service.spec?.clusterIPs ?? [service.spec?.clusterIP ?? ""])
        .filter((host) => parseAddress(host) !== undefined)
        .slice(0, 1)
        .map(
          (host): ProbeTarget => ({ ...common, hop: "controller-ip", host, port: url.port, object: refOf(service) }),
        ),
    ),
    ...outside.slice(0, ADDRESSES).map(
      ({ address, object }): ProbeTarget => ({
        ...common,
        hop: "controller-lb",
        host: address,
        port: url.port,
        object,
      }),
    ),
    ...(url.host === "" || parseAddress(url.host) !== undefined || isInvented(url.host)
      ? []
      : [{ ...common, hop: "host" as const, host: url.host, port: url.port, object: refOf(ingress) }]),
  ];
}

type Common = Pick<ProbeTarget, "scheme" | "guessed" | "path" | "name" | "servicePort" | "route">;

/** Ready pods, of different nodes where there are such; one that is not ready gets no traffic either. */
function podTargets(
  taker: FoundController,
  servicePort: ServicePort | undefined,
  url: AppUrl,
  common: Common,
): readonly ProbeTarget[] {
  const ready = taker.pods.filter((pod) => isReady(pod) && !isTerminating(pod) && ipsOf(pod).length > 0);
  const [first] = ready;
  const away = ready.find((pod) => pod.spec?.nodeName !== first?.spec?.nodeName);
  const chosen = [...new Set([first, away, ...ready])].filter((pod) => pod !== undefined).slice(0, PODS);
  return chosen.flatMap((pod): readonly ProbeTarget[] => {
    const port = podPort(pod, servicePort, url);
    if (port === undefined) return [];
    const node = pod.spec?.nodeName;
    return [
      {
        ...common,
        hop: "controller-pod",
        host: ipsOf(pod)[0] ?? "",
        port,
        object: refOf(pod),
        ...(node === undefined ? {} : { node }),
      },
    ];
  });
}

/** By the Service's target port; a controller without a Service listens on the host's own 80 and 443, or names its ports after what they speak. */
function podPort(pod: Pod, servicePort: ServicePort | undefined, url: AppUrl): number | undefined {
  if (servicePort !== undefined) return findPort(pod, servicePort);
  const declared = declaredPorts(pod).filter(({ protocol }) => protocol === "TCP");
  const names = url.scheme === "https" ? ["https", "websecure"] : ["http", "web"];
  return declared.find(({ number, name }) => number === url.port || names.includes(name ?? ""))?.number;
}
