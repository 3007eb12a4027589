/** Requests through a controller: which results there are, what the logs say of them, words for both. For checks and tables. */
import type { Evidence } from "../finding.ts";
import { type FrontProxy, frontProxies } from "../front-proxy.ts";
import type { Ingress, IngressClass, Pod, Service } from "../kube.ts";
import { withoutQueryValues } from "../marker.ts";
import { hostPort, type ProbeHop, type ProbeResult } from "../probe-results.ts";
import { redact } from "../redact.ts";
import { type Gathered, itemsOr } from "../snapshot.ts";
import { upstreamText } from "./accesslog.ts";
import type { Logged, Seen } from "./arrival.ts";
import { controllerName, type FoundController } from "./found.ts";
import { carriesRequests, isUnderstood, type MarkedLog } from "./markedlog.ts";
import { addressesOf, resolve } from "./resolve.ts";
import { exposingServices } from "./service.ts";

/** The collections that say who takes an Ingress. */
interface Claimed {
  readonly ingressClasses: Gathered<IngressClass>;
  readonly controllerPods: Gathered<Pod>;
}

function takersOf(ingress: Ingress, { ingressClasses, controllerPods }: Claimed): readonly FoundController[] {
  return resolve(ingress, itemsOr(ingressClasses), itemsOr(controllerPods)).takers;
}

/** Stations of the way through a controller, from the inside out. */
export const VIA: readonly ProbeHop[] = ["controller-pod", "controller-ip", "controller-lb", "host"];

export function isVia({ target }: ProbeResult): boolean {
  return VIA.includes(target.hop);
}

/** From the user's machine, through the load balancer or by the host's name. */
export function isFromOutside(result: ProbeResult): boolean {
  return result.vantage.kind === "local" && isVia(result);
}

/** What the verdicts on arrivals rest on, for one Ingress. */
export function loggedOf(
  ingress: Ingress,
  probes: readonly ProbeResult[],
  wanted: Claimed & { readonly markedLogs: Gathered<MarkedLog> },
): Logged {
  return {
    controllers: takersOf(ingress, wanted).map((one) => ({
      name: controllerName(one),
      understood: isUnderstood(one),
      carries: carriesRequests(one),
    })),
    logs: itemsOr(wanted.markedLogs),
    results: probes,
  };
}

/** `https://shop.example.com/cart`, without the values of a query, which may be nobody's business. */
export function urlOf({ target }: ProbeResult): string {
  const { scheme, name, host, servicePort, port, path } = target;
  const shown = servicePort ?? port;
  const at = hostPort(name ?? host, shown);
  const usual = shown === (scheme === "https" ? 443 : 80);
  return `${scheme}://${usual ? at.replace(/:\d+$/, "") : at}${withoutQueryValues(path)}`;
}

/** A line of a log as evidence: no credential of it, and of queries our marker alone. */
export function lineEvidence({ pod, line }: Seen): Evidence {
  return { k: `log of ${pod}`, v: withoutQueryValues(redact(line)) };
}

/** `upstream 10.244.1.5:8080 502`, for a line that is understood. */
export function upstreamEvidence(seen: readonly Seen[]): readonly Evidence[] {
  const access = seen.find((one) => one.access !== undefined)?.access;
  return access === undefined ? [] : [{ k: "upstream", v: upstreamText(access) }];
}

/** The proxies in front that carry requests, by the aliases of the name and the headers of the answers. */
export function proxiesOf(result: ProbeResult): readonly FrontProxy[] {
  const headers = result.attempts.find((attempt) => attempt.headers !== undefined)?.headers;
  const seen = { cnames: result.resolved?.cnames ?? [], ...(headers === undefined ? {} : { headers }) };
  return frontProxies(seen).filter(({ carries }) => carries);
}

/**
 * Whether a request that never arrived fared badly: without an answer, or with one that says that nothing is there (404, 410, 5xx). Something in front may
 * well answer for the app, send its clients to https or to a login page, or turn strangers away: then others may fare better.
 */
export function faredBadly({ attempts }: ProbeResult): boolean {
  return attempts.every(({ status }) => status === undefined || status === 404 || status === 410 || status >= 500);
}

/** The addresses at which the controller is reached, as the cluster tells: of its load balancers, and those written into the Ingress. Names stay names. */
export function ownAddresses(
  ingress: Ingress,
  wanted: Claimed & { readonly controllerServices: Gathered<Service> },
): readonly string[] {
  const services = takersOf(ingress, wanted).flatMap((one) =>
    exposingServices(one, itemsOr(wanted.controllerServices)),
  );
  const own = services.flatMap(({ spec, status }) => [
    ...(status?.loadBalancer?.ingress ?? []).flatMap((one) => one.ip || one.hostname || []),
    ...(spec?.externalIPs ?? []),
  ]);
  return [...new Set([...own, ...addressesOf(ingress)])];
}

/** The Service by which requests reach the controller, for remedies. */
export function entryService(
  ingress: Ingress,
  wanted: Claimed & { readonly controllerServices: Gathered<Service> },
): Service | undefined {
  return takersOf(ingress, wanted).flatMap((one) => exposingServices(one, itemsOr(wanted.controllerServices)))[0];
}
