import { defineCheck } from "../../model/check.ts";
import { mergeSlices, slicesOf, usable } from "../../model/endpoints.ts";
import type { Finding, FindingMeta } from "../../model/finding.ts";
import {
  faultOf,
  LOG_PATTERNS,
  type LoggedFault,
  type LogPattern,
  namesService,
  servedOf,
} from "../../model/ingress/errorlog.ts";
import { isNginx } from "../../model/ingress/found.ts";
import { matchHost } from "../../model/ingress/host.ts";
import { type EndpointSlice, type Ingress, refOf, type Service } from "../../model/kube.ts";
import { withoutQueryValues } from "../../model/marker.ts";
import type { ProbeResult } from "../../model/probe-results.ts";
import { redact } from "../../model/redact.ts";
import { kubectl } from "../../model/shell.ts";
import { type Gathered, itemsOr } from "../../model/snapshot.ts";
import type { TlsSecret } from "../../model/tls.ts";
import {
  forEachIngress,
  type JudgedRoute,
  judgedRoutes,
  NGINX_ANNOTATIONS,
  NGINX_PREFIX,
  NGINX_TROUBLE,
  netcheck,
  nginxAnnotation,
  resolved,
  serviceOf,
} from "./_shared.ts";

/** Older lines may be about faults that are mended. */
const RECENT = 10 * 60 * 1000;

/** Only what the log said just now is sure to last; a line of minutes ago may be of a start or a rollout. */
const NOW = 2 * 60 * 1000;

type LogId = `ingress/log-${string}`;

const meta = (
  severity: FindingMeta["severity"],
  title: string,
  explain: string,
  docs: readonly string[] = [NGINX_TROUBLE],
): FindingMeta => ({
  severity,
  title,
  explain: `${explain} Only lines of the last ten minutes count that name a host or a Service of this Ingress, and an upstream that still is one of its endpoints; a later answer of that endpoint takes them back. A warning instead of an error when the last line is older than two minutes; an error when the line is about a request of --probe that failed by it.`,
  docs,
});

const FINDINGS: Readonly<Record<LogId, FindingMeta>> = {
  "ingress/log-upstream-refused": meta(
    "error",
    "The controller's connections to the app are refused",
    "An endpoint refuses connections on the target port: the app does not listen there. Clients get 502.",
  ),
  "ingress/log-upstream-timeout": meta(
    "error",
    "The controller cannot connect to the app",
    "Connections from the controller to an endpoint get no answer: a NetworkPolicy or the network lies between. Clients get 504.",
  ),
  "ingress/log-upstream-slow": meta(
    "warning",
    "The app answers too slowly",
    "The app took longer than proxy-read-timeout (60 s by default). Clients get 504.",
    [NGINX_ANNOTATIONS],
  ),
  "ingress/log-upstream-closed": meta(
    "warning",
    "The app closes connections early",
    "The app closed the connection before it answered: a crash, a keep-alive shorter than the controller's, or another protocol. Clients get 502.",
  ),
  "ingress/log-upstream-tls": meta(
    "error",
    "TLS between controller and app fails",
    "The controller speaks TLS to a port that does not (backend-protocol HTTPS in front of a plain port), or the handshake fails. Clients get 502.",
    [NGINX_ANNOTATIONS],
  ),
  "ingress/log-header-too-big": meta(
    "warning",
    "The app's response headers are too big",
    "The headers exceed proxy-buffer-size (4k by default), often because of large cookies. Clients get 502.",
    [NGINX_ANNOTATIONS],
  ),
  "ingress/log-upstream-protocol": meta(
    "error",
    "The app speaks another protocol",
    "The answer is no HTTP: gRPC, TLS or raw TCP behind a plain HTTP backend. Clients get 502.",
    [NGINX_ANNOTATIONS],
  ),
  "ingress/log-no-endpoint": meta(
    "warning",
    "The controller sees no endpoint",
    "The controller found no ready endpoint of a Service of this Ingress. Clients get 503.",
  ),
  "ingress/log-service-missing": meta(
    "warning",
    "The controller cannot find the Service",
    "The controller could not read a Service of this Ingress, or its endpoints. Clients get 503.",
  ),
  "ingress/log-body-too-large": meta(
    "info",
    "Requests are larger than allowed",
    "A client sent more than proxy-body-size allows (1m by default) and got 413.",
    [NGINX_ANNOTATIONS],
  ),
  "ingress/log-cert-default": meta(
    "warning",
    "The controller uses its default certificate",
    "The controller could not load a TLS Secret of this Ingress, so clients get a certificate that nobody trusts.",
  ),
  "ingress/log-ignored": meta(
    "error",
    "The controller ignores the Ingress",
    "The controller says that it ignores this Ingress because of its class. Clients get 404.",
  ),
  "ingress/log-reload-failed": meta(
    "error",
    "The controller could not load its configuration",
    "nginx refused the configuration and goes on with the last good one: changes have no effect. Taken back by a later successful reload.",
  ),
};

/** What the controller itself says of this Ingress. Its log is read when the cluster is asked, or when a dump holds it. */
export const check = defineCheck({
  id: "ingress/log",
  question: "Does the controller's log speak of faults of this Ingress?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: [],
  wants: [
    "logs",
    "tlsSecrets",
    "services",
    "endpointSlices",
    "allIngresses",
    "ingressClasses",
    "controllerPods",
    "probes",
  ],
  findings: FINDINGS,
  run({ scope, now, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const takers = resolved(ingress, wanted).takers.filter(isNginx);
      const pods = takers.flatMap((one) => one.pods);
      const excerpts = itemsOr(wanted.logs).filter((log) =>
        pods.some((pod) => pod.metadata.name === log.pod && pod.metadata.namespace === log.namespace),
      );
      if (takers.length === 0) return { skipped: "no ingress-nginx that takes the Ingress was found" };
      const readable = excerpts.filter((log) => log.unreadable === undefined);
      const refused = excerpts.find((log) => log.unreadable !== undefined)?.unreadable;
      if (readable.length === 0)
        return refused === undefined
          ? { skipped: "the controller's log was not read" }
          : { unknown: `the controller's log could not be read: ${refused}` };
      if (now === 0) return { skipped: "the dump does not say when it was taken, so no line of a log is recent" };
      const routes = judgedRoutes(ingress, scope, wanted.allIngresses, wanted);
      const endpoints = addressesOf(routes, wanted);
      const lines = readable.flatMap((log) =>
        log.lines.map((line) => ({ line, pod: log.pod, namespace: log.namespace })),
      );
      const failed = failedMarkers(itemsOr(wanted.probes));
      const served = lines.flatMap(({ line }) => servedOf(line) ?? []);
      const told = new Map<
        string,
        {
          readonly fault: LoggedFault;
          readonly pattern: LogPattern;
          count: number;
          ours: boolean;
          readonly pod: string;
          readonly namespace: string;
        }
      >();
      for (const { line, pod, namespace } of lines) {
        const pattern = LOG_PATTERNS.find((one) => one.pattern.test(line));
        if (pattern === undefined) continue;
        const fault = faultOf(line, now);
        if (
          fault.time === undefined ||
          now - fault.time > RECENT ||
          !isMine(fault, pattern, ingress, routes, endpoints)
        )
          continue;
        const taken =
          pattern.about === "upstream"
            ? served.some((one) => one.upstream === fault.upstream && one.time > (fault.time ?? 0))
            : pattern.about === "controller" &&
              lines.some((later) => reloaded(later.line) && (faultOf(later.line, now).time ?? 0) > (fault.time ?? 0));
        if (taken || isMended(pattern, ingress, endpoints, wanted)) continue;
        const before = told.get(pattern.id);
        const ours = before?.ours === true || failed.some((marker) => line.includes(marker));
        told.set(pattern.id, { fault, pattern, count: (before?.count ?? 0) + 1, ours, pod, namespace });
      }
      return [...told.values()].map(({ fault, pattern, count, ours, pod, namespace }): Finding => {
        const id: LogId = `ingress/${pattern.id}` as LogId;
        const lasting = pattern.about === "controller" || now - (fault.time ?? 0) < NOW;
        const severity = FINDINGS[id]?.severity ?? "warning";
        return find(id, {
          severity: ours ? "error" : severity === "error" && !lasting ? "warning" : severity,
          confidence: ours ? "certain" : "likely",
          object: pattern.about === "controller" ? { kind: "Pod", namespace, name: pod } : refOf(ingress),
          summary: `${FINDINGS[id]?.title.toLowerCase().replace("tls", "TLS")}: ${count} ${count === 1 ? "line" : "lines"} of the last ten minutes in the controller's log`,
          evidence: [
            { k: `log of ${pod}`, v: withoutQueryValues(redact(fault.line)) },
            ...(fault.upstream === undefined ? [] : [{ k: "upstream", v: fault.upstream }]),
          ],
          remedy: remedyOf(pattern, ingress, routes),
        });
      });
    });
  },
});

/** Markers of our own requests through the controller that were answered with nothing but server errors, or not at all. */
function failedMarkers(probes: readonly ProbeResult[]): readonly string[] {
  const failed = probes.filter(
    ({ marker, attempts }) =>
      marker !== undefined &&
      attempts.every(({ status, class: found }) => (status ?? 0) >= 500 || found === "timeout-response"),
  );
  return failed.flatMap(({ marker }) => marker ?? []);
}

/** What the line says is no longer so, as far as the cluster tells: the controller said it while the app was starting. */
function isMended(
  pattern: LogPattern,
  ingress: Ingress,
  endpoints: ReadonlySet<string>,
  wanted: { readonly tlsSecrets: Gathered<TlsSecret> },
): boolean {
  if (pattern.id === "log-no-endpoint" || pattern.id === "log-service-missing") return endpoints.size > 0;
  if (pattern.id !== "log-cert-default") return false;
  const names = (ingress.spec?.tls ?? []).flatMap((tls) => tls.secretName ?? []);
  const { namespace } = ingress.metadata;
  return names.every((name) =>
    itemsOr(wanted.tlsSecrets).some(
      (one) => one.metadata.name === name && one.metadata.namespace === namespace && one.pair === "match",
    ),
  );
}

const reloaded = (line: string): boolean => /Backend successfully reloaded/.test(line);

/** `ip:port` of every usable endpoint of the asked routes. */
function addressesOf(
  routes: readonly JudgedRoute[],
  wanted: { readonly services: Gathered<Service>; readonly endpointSlices: Gathered<EndpointSlice> },
): ReadonlySet<string> {
  const services = itemsOr(wanted.services);
  const slices = itemsOr(wanted.endpointSlices);
  const all = routes.flatMap(({ route, asked }) => {
    const service = asked ? serviceOf(route, services) : undefined;
    return service === undefined ? [] : usable(mergeSlices(slicesOf(service, slices)));
  });
  return new Set(
    all.flatMap((one) => one.ports.map((port) => `${one.family === 6 ? `[${one.ip}]` : one.ip}:${port.number}`)),
  );
}

function isMine(
  fault: LoggedFault,
  pattern: LogPattern,
  ingress: Ingress,
  routes: readonly JudgedRoute[],
  endpoints: ReadonlySet<string>,
): boolean {
  const hosted = routes.some(
    ({ route, asked }) => asked && fault.host !== undefined && matchHost(route.host, fault.host) !== undefined,
  );
  switch (pattern.about) {
    case "upstream":
      return fault.upstream !== undefined && endpoints.has(fault.upstream) && hosted;
    case "host":
      return routes.some(
        ({ route }) => route.host !== "" && fault.host !== undefined && matchHost(route.host, fault.host) !== undefined,
      );
    case "object": {
      const { namespace, name } = ingress.metadata;
      const secrets = (ingress.spec?.tls ?? []).flatMap((tls) => tls.secretName ?? []);
      const asked = routes.filter((one) => one.asked).map((one) => one.route);
      return (
        (pattern.id !== "log-ignored" && namesService(fault.line, asked)) ||
        (pattern.id === "log-cert-default" &&
          secrets.some((secret) => fault.line.includes(`${namespace}/${secret}"`))) ||
        (pattern.id === "log-ignored" && fault.line.includes(`"${namespace}/${name}"`))
      );
    }
    case "controller":
      return true;
  }
}

function remedyOf(pattern: LogPattern, ingress: Ingress, routes: readonly JudgedRoute[]): readonly string[] {
  const { namespace, name } = ingress.metadata;
  const service = routes.find(({ asked, route }) => asked && route.backend.service !== undefined)?.route.backend
    .service;
  const annotate = (setting: string): string =>
    kubectl(namespace, "annotate", "ingress", name, "--overwrite", `${NGINX_PREFIX}${setting}`);
  switch (pattern.id) {
    case "log-header-too-big":
      return [annotate("proxy-buffer-size=16k")];
    case "log-body-too-large":
      return [
        `# proxy-body-size is ${nginxAnnotation(ingress, "proxy-body-size") ?? "1m, the default"}:`,
        annotate("proxy-body-size=8m"),
      ];
    case "log-upstream-slow":
      return ["# find out why the app is slow, or give it more time:", annotate("proxy-read-timeout=120")];
    case "log-upstream-tls":
      return ["# if the app speaks plain HTTP there:", annotate("backend-protocol=HTTP")];
    case "log-upstream-protocol":
      return [
        "# if the app speaks TLS or gRPC there:",
        annotate("backend-protocol=HTTPS"),
        annotate("backend-protocol=GRPC"),
      ];
    case "log-reload-failed":
      return [
        "# look for the snippet or value that the line names in the Ingresses:",
        "kubectl get ingress -A -o yaml",
      ];
    case "log-ignored":
      return [netcheck(namespace, "ingress", name), "kubectl get ingressclasses"];
    default:
      return service === undefined ? [netcheck(namespace, "ingress", name)] : [netcheck(namespace, "svc", service)];
  }
}
