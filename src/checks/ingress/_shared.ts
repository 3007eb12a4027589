/** What the Ingress checks share: the loop over the judged Ingresses, who takes them, which routes were asked for, and words for them. */
import type { CheckAnswer, Scope } from "../../model/check.ts";
import type { Severity } from "../../model/finding.ts";
import { askedOf, routesAsked } from "../../model/ingress/asked.ts";
import { peersOf, type Resolution, readingOf, resolve } from "../../model/ingress/resolve.ts";
import { type Route, routesOf } from "../../model/ingress/routes.ts";
import type { Ingress, IngressClass, Pod, Service } from "../../model/kube.ts";
import { kubectl, sh } from "../../model/shell.ts";
import { type Gathered, itemsOr } from "../../model/snapshot.ts";

export const INGRESS = "https://kubernetes.io/docs/concepts/services-networking/ingress/";
export const NGINX = "https://kubernetes.github.io/ingress-nginx/";
export const NGINX_TROUBLE = `${NGINX}troubleshooting/`;
export const NGINX_ANNOTATIONS = `${NGINX}user-guide/nginx-configuration/annotations/`;
export const NGINX_ARGS = `${NGINX}user-guide/cli-arguments/`;
export const APP_ROUTING = "https://learn.microsoft.com/azure/aks/app-routing";

/** Prefix of the annotations that ingress-nginx and application routing read. */
export const NGINX_PREFIX = "nginx.ingress.kubernetes.io/";

/** Asks `judge` about each Ingress and joins the answers: findings win, then what is unknown, then what passed. */
export function forEachIngress(scope: Scope, judge: (ingress: Ingress) => CheckAnswer): CheckAnswer {
  const findings = [];
  const unknown: string[] = [];
  const skipped: string[] = [];
  for (const ingress of scope.ingresses) {
    const answer = judge(ingress);
    if ("skipped" in answer) skipped.push(answer.skipped);
    else if ("unknown" in answer) unknown.push(answer.unknown);
    else findings.push(...answer);
  }
  if (findings.length > 0) return findings;
  if (unknown.length > 0) return { unknown: [...new Set(unknown)].join("; ") };
  if (scope.ingresses.length === 0) return { skipped: "no Ingress to judge" };
  return skipped.length === scope.ingresses.length ? { skipped: [...new Set(skipped)].join("; ") } : [];
}

/** The collections that say who takes an Ingress, as they came. A check that uses them names them in `wants`. */
export interface Claims {
  readonly ingressClasses: Gathered<IngressClass>;
  readonly controllerPods: Gathered<Pod>;
}

/** Who takes the Ingress. What could not be read is taken for unknown, not for absent: `kind` is then undefined. */
export function resolved(ingress: Ingress, claims: Claims): Resolution {
  return resolve(ingress, itemsOr(claims.ingressClasses), itemsOr(claims.controllerPods));
}

/** The Ingresses of one controller, the given one among them. */
export function peers(ingress: Ingress, all: readonly Ingress[], claims: Claims): readonly Ingress[] {
  return peersOf(ingress, all, itemsOr(claims.ingressClasses), itemsOr(claims.controllerPods));
}

/** One route with whether `--host/--path` ask for it; every one is asked for without these options. */
export interface JudgedRoute {
  readonly route: Route;
  readonly asked: boolean;
}

/**
 * Every route of the Ingress. With `--host/--path` only the winning one breaks the verdict: a fault of another route is told as a warning, neither
 * hidden nor taken for an answer to the question.
 */
export function judgedRoutes(
  ingress: Ingress,
  scope: Scope,
  all: Gathered<Ingress>,
  claims: Claims,
): readonly JudgedRoute[] {
  const others = peers(ingress, itemsOr(all), claims);
  const chosen = routesAsked(ingress, askedOf(ingress, others, scope, readingOf(resolved(ingress, claims))));
  const asked = new Set(chosen.map((route) => route.at));
  return routesOf(ingress).map((route) => ({ route, asked: asked.has(route.at) }));
}

/** The severity of a fault of a route: an error only where the route was asked for. */
export function severityOf(severity: Severity, asked: boolean): Severity {
  return severity === "error" && !asked ? "warning" : severity;
}

/** `shop.example.com/cart`, `*` for a rule without host, `the default backend`. */
export function routeText(route: Route): string {
  if (route.pathType === "default") return "the default backend";
  return `${route.host === "" ? "*" : route.host}${route.path ?? ""}`;
}

/** `web:80`, `web:http`, `StorageBucket/static`. */
export function backendText(route: Route): string {
  const { service, port, resource } = route.backend;
  return service === undefined ? (resource ?? "(none)") : `${service}:${port ?? "?"}`;
}

/** A backend that is an action written in annotations, not a Service. Sources: AWS Load Balancer Controller, port name `use-annotation`. */
export function isAction(route: Route): boolean {
  return route.backend.port === "use-annotation";
}

/** The Service of a route in the Ingress' own namespace; an Ingress cannot reach into another. */
export function serviceOf(route: Route, services: readonly Service[]): Service | undefined {
  return services.find(
    (service) =>
      service.metadata.name === route.backend.service &&
      service.metadata.namespace === route.ingress.metadata.namespace,
  );
}

export function annotation(ingress: Ingress, key: string): string | undefined {
  return ingress.metadata.annotations?.[key];
}

/** A setting of ingress-nginx on this Ingress. */
export function nginxAnnotation(ingress: Ingress, name: string): string | undefined {
  return annotation(ingress, `${NGINX_PREFIX}${name}`);
}

/** A merge patch of the Ingress as a pasteable command. */
export function mergePatch(ingress: Ingress, patch: object): string {
  const { namespace, name } = ingress.metadata;
  return kubectl(namespace, "patch", "ingress", name, "--type=merge", "-p", JSON.stringify(patch));
}

/** `{"op":"replace",…}` patches of the Ingress as a pasteable command. */
export function jsonPatch(ingress: Ingress, operations: readonly Readonly<Record<string, unknown>>[]): string {
  const { namespace, name } = ingress.metadata;
  return kubectl(namespace, "patch", "ingress", name, "--type=json", "-p", JSON.stringify(operations));
}

/** `spec.rules[0].http.paths[1].backend` as a JSON pointer, for patches. */
export function pointer(at: string): string {
  return `/${at.replaceAll("[", "/").replaceAll("]", "").replaceAll(".", "/")}`;
}

/** Another question to this tool: `kubectl netcheck -n NS svc web`. */
export function netcheck(namespace: string, ...words: readonly string[]): string {
  return ["kubectl", "netcheck", "-n", namespace, ...words].map(sh).join(" ");
}

/** Why a wanted collection is not there, in a phrase; undefined when it is there or was not needed. */
export function unreadable<T>(what: string, gathered: Gathered<T>): string | undefined {
  if (gathered.state === "ok")
    return (gathered.gaps ?? []).length > 0 ? `${what} could not be read in full` : undefined;
  return gathered.reason === "not-requested" ? undefined : `${what} could not be read (${gathered.reason})`;
}

/** `a, b and 3 more`. */
export function listed(names: readonly string[], count = 5): string {
  const more = names.length - count;
  return more <= 0 ? names.join(", ") : `${names.slice(0, count).join(", ")} and ${more} more`;
}
