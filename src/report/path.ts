import type { Hop, Ran, Scope } from "../model/check.ts";
import { hasSelector } from "../model/endpoints.ts";
import { inFront, isStation } from "../model/in-front.ts";
import { controllerName } from "../model/ingress/found.ts";
import { addressesOf, resolve } from "../model/ingress/resolve.ts";
import { routesOf } from "../model/ingress/routes.ts";
import { isReady } from "../model/pods.ts";
import { declaredPorts } from "../model/ports.ts";
import type { HopStatus, PathHop, ReportTarget } from "../model/report.ts";
import { itemsOr, type Snapshot } from "../model/snapshot.ts";
import type { Placed } from "./order.ts";
import { countEndpoints, judgedPorts, targetName, targetNumbers } from "./target.ts";

interface Given {
  readonly scope: Scope;
  readonly snapshot: Snapshot;
  readonly target: ReportTarget;
  readonly placed: readonly Placed[];
  readonly ran: readonly Ran[];
}

/** Stations that are drawn only when there is something to say about them. */
const ONLY_IF_TROUBLED: readonly Hop[] = ["dns", "policy", "node"];

/**
 * The stations from the client to the container, with the broken ones marked. Only a root cause breaks a station; one that merely feels
 * the consequence carries a warning, so that the eye stops at the cause.
 */
export function pathOf(given: Given): readonly PathHop[] {
  const hops = stationsOf(given).map(([hop, label]): PathHop => ({ hop, label, status: statusOf(hop, given) }));
  return hops.filter(
    ({ hop, status }) => !ONLY_IF_TROUBLED.includes(hop) || status === "broken" || status === "warning",
  );
}

function statusOf(hop: Hop, { placed, ran }: Given): HopStatus {
  const here = placed.filter((one) => one.hop === hop).map(({ finding }) => finding);
  const worst = (severity: string): boolean =>
    here.some((finding) => finding.severity === severity && finding.consequenceOf === null);
  if (worst("error")) return "broken";
  if (worst("warning") || here.some((finding) => finding.severity !== "info")) return "warning";
  const checks = ran.filter(({ check }) => check.hop === hop);
  if (checks.some(({ check, outcome }) => outcome.status === "unknown" && check.essential)) return "unknown";
  if (checks.some(({ outcome }) => outcome.status === "passed" || outcome.status === "fired")) return "ok";
  return checks.some(({ outcome }) => outcome.status === "unknown") ? "unknown" : "not-checked";
}

type Station = readonly [Hop, string];

function stationsOf(given: Given): readonly Station[] {
  const { target } = given;
  const inside: readonly Station[] = [
    ["policy", "network policy"],
    ["node", nodeLabel(given)],
    ["pod", podLabel(given)],
    ["container", containerLabel(given)],
  ];
  if (target.kind === "pod") return [["client", "client"], ...inside];
  const outside: readonly Station[] =
    target.kind === "ingress"
      ? [
          ["client", "client"],
          ["dns", "DNS"],
          ...frontStation(given),
          ["load-balancer", balancerLabel(given)],
          ["controller", controllerLabel(given)],
          ["ingress", ingressLabel(given)],
        ]
      : [["client", "client"], ["dns", "DNS"], ...frontStation(given), ...loadBalancer(given)];
  if (given.scope.services.some((service) => service.spec?.type === "ExternalName"))
    return [...outside, ["service", serviceLabel(given)]];
  // An Ingress whose backends do not exist leads nowhere.
  if (target.kind === "ingress" && given.scope.services.length === 0) return outside;
  const endpoints: Station = ["endpoints", endpointsLabel(given)];
  const manual = given.scope.services.length > 0 && !given.scope.services.some(hasSelector);
  return [...outside, ["service", serviceLabel(given)], endpoints, ...(manual ? [] : inside)];
}

/** Proxies that carry the requests, before the cluster's own address. Nothing is drawn where nothing points to one. */
function frontStation({ scope, snapshot }: Given): readonly Station[] {
  const { probes, ingressClasses } = snapshot.collections;
  const found = inFront(scope, itemsOr(probes), itemsOr(ingressClasses)).filter(isStation);
  const titles = [...new Set(found.map(({ proxy }) => proxy.title))];
  return titles.length === 0 ? [] : [["front-proxy", titles.join(", ")]];
}

function balancerLabel({ scope }: Given): string {
  const addresses = [...new Set(scope.ingresses.flatMap(addressesOf))];
  return addresses.length === 0 ? "load balancer" : `load balancer ${addresses.slice(0, 2).join(",")}`;
}

/** The installed controllers that take the Ingress, or the kind that its class names. */
function controllerLabel({ scope, snapshot }: Given): string {
  const { ingressClasses, controllerPods } = snapshot.collections;
  const resolved = scope.ingresses.map((one) => resolve(one, itemsOr(ingressClasses), itemsOr(controllerPods)));
  const names = [...new Set(resolved.flatMap(({ takers }) => takers.map(controllerName)))];
  const kinds = [...new Set(resolved.flatMap(({ kind }) => kind?.title ?? []))];
  return `controller ${names.join(",") || kinds.join(",")}`.trimEnd();
}

/** `Ingress shop/web`, with the route that was asked about or the only one that there is. */
function ingressLabel({ scope, target }: Given): string {
  const routes = scope.ingresses.flatMap(routesOf);
  const only = routes.length === 1 && routes[0]?.path !== undefined ? `${routes[0].host || "*"}${routes[0].path}` : "";
  const asked = scope.host === undefined && scope.path === undefined ? only : `${scope.host ?? "*"}${scope.path ?? ""}`;
  return `${targetName(target)}${asked === "" ? "" : ` ${asked}`}`;
}

function loadBalancer({ scope }: Given): readonly Station[] {
  const balanced = scope.services.filter((service) => service.spec?.type === "LoadBalancer");
  if (balanced.length === 0) return [];
  const addresses = balanced.flatMap((service) =>
    (service.status?.loadBalancer?.ingress ?? []).map((entry) => entry.ip ?? entry.hostname ?? ""),
  );
  return [["load-balancer", `load balancer ${addresses.join(",") || "(no address)"}`]];
}

function serviceLabel({ scope, target }: Given): string {
  if (scope.services.length === 0) return targetName(target);
  const labels = scope.services.map((service) => {
    const ports = judgedPorts(service, scope).map((port) => port.port ?? "?");
    const external = service.spec?.type === "ExternalName" ? ` → ${service.spec.externalName ?? "?"}` : "";
    const suffix = ports.length === 0 ? "" : `:${ports.join(",")}`;
    return `${service.metadata.namespace}/${service.metadata.name}${suffix}${external}`;
  });
  return `Service ${labels.slice(0, 2).join(", ")}${labels.length > 2 ? `, +${labels.length - 2}` : ""}`;
}

function endpointsLabel({ scope, snapshot }: Given): string {
  const counts = scope.services.map((service) => countEndpoints(service, snapshot, scope));
  if (counts.length === 0 || counts.some((count) => count === undefined)) return "endpoints ?";
  const ready = counts.reduce((sum, count) => sum + (count?.ready ?? 0), 0);
  const total = counts.reduce((sum, count) => sum + Math.max(count?.expected ?? 0, count?.listed ?? 0), 0);
  return `endpoints ${ready}/${total} ready`;
}

function nodeLabel({ placed, scope }: Given): string {
  const named = placed.filter(({ hop, finding }) => hop === "node" && finding.object.kind === "Node");
  const names = [...new Set(named.map(({ finding }) => finding.object.name))];
  const nodes = names.length > 0 ? names : [...new Set(scope.pods.flatMap((pod) => pod.spec?.nodeName ?? []))];
  return nodes.length === 1 ? `node ${nodes[0]}` : nodes.length === 0 ? "node" : `${nodes.length} nodes`;
}

function podLabel({ scope }: Given): string {
  const { pods } = scope;
  if (pods.length === 0) return "no pods";
  if (pods.length === 1) return `pod ${pods[0]?.metadata.name}`;
  return `pods ${pods.filter(isReady).length}/${pods.length} ready`;
}

/** The containers behind the judged ports; without a Service those of the pod. Several are not named. */
function containerLabel({ scope }: Given): string {
  const numbers = targetNumbers(scope);
  const declaring = scope.pods.flatMap(declaredPorts).filter((port) => numbers.includes(port.number));
  const all = scope.pods.flatMap((pod) => (pod.spec?.containers ?? []).map((container) => container.name ?? ""));
  const names = new Set(declaring.length > 0 ? declaring.map((port) => port.container) : all);
  const port = numbers.length === 0 ? "" : `:${numbers.join(",")}`;
  return names.size === 1 ? `container ${[...names][0]}${port}` : `container${port === "" ? "s" : ` ${port}`}`;
}
