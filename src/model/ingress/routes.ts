import type { Ingress } from "../kube.ts";
import { timeOf } from "../pods.ts";
import { type HostMatch, matchHost } from "./host.ts";
import { matchNginxRegex, matchPrefix } from "./path.ts";

/** The backend of one path: a Service port, or a resource that only some controllers know. */
export interface Backend {
  readonly service: string | undefined;
  /** `number` or `name` as written; undefined when the backend is a resource. */
  readonly port: number | string | undefined;
  readonly resource: string | undefined;
}

/** One path of one rule of an Ingress, or its default backend. */
export interface Route {
  readonly ingress: Ingress;
  /** "" for a rule without host and for the default backend. */
  readonly host: string;
  /** undefined for the default backend, and for a rule without paths. */
  readonly path: string | undefined;
  readonly pathType: "Exact" | "Prefix" | "ImplementationSpecific" | "default";
  readonly backend: Backend;
  /** JSON path of the backend in the Ingress. */
  readonly at: string;
}

type WireBackend = NonNullable<Ingress["spec"]>["defaultBackend"];

function backendOf(backend: WireBackend): Backend {
  const port = backend?.service?.port;
  return {
    service: backend?.service?.name,
    port: port?.number ?? port?.name,
    resource:
      backend?.resource === undefined ? undefined : `${backend.resource.kind ?? "?"}/${backend.resource.name ?? "?"}`,
  };
}

/** Every route of an Ingress in the order written, the default backend last. */
export function routesOf(ingress: Ingress): readonly Route[] {
  const rules = (ingress.spec?.rules ?? []).flatMap((rule, r) =>
    (rule.http?.paths ?? []).map(
      (path, p): Route => ({
        ingress,
        host: rule.host ?? "",
        path: path.path ?? "/",
        pathType: pathTypeOf(path.pathType),
        backend: backendOf(path.backend),
        at: `spec.rules[${r}].http.paths[${p}].backend`,
      }),
    ),
  );
  const fallback = ingress.spec?.defaultBackend;
  if (fallback === undefined) return rules;
  return [
    ...rules,
    {
      ingress,
      host: "",
      path: undefined,
      pathType: "default",
      backend: backendOf(fallback),
      at: "spec.defaultBackend",
    },
  ];
}

function pathTypeOf(type: string | undefined): Route["pathType"] {
  return type === "Exact" || type === "Prefix" ? type : "ImplementationSpecific";
}

/** How a controller reads paths: as the API says, or as ingress-nginx does, where one regex turns all paths of a host into regexes. */
export type PathReading = "standard" | "ingress-nginx";

export type Answer =
  | { readonly kind: "route"; readonly route: Route; readonly why: string }
  /** Nothing matches: the controller's own default answers, usually 404. */
  | { readonly kind: "none"; readonly why: "no-host" | "no-path"; readonly candidates: readonly Route[] }
  /** A path that this code cannot evaluate may take the request. */
  | { readonly kind: "unknown"; readonly why: string; readonly candidates: readonly Route[] };

const HOST_RANK: Readonly<Record<HostMatch, number>> = { exact: 2, wildcard: 1, any: 0 };

/**
 * The route that takes a request for host and path among Ingresses of one controller: most specific host first; within it the longest path, Exact before
 * Prefix at equal length; the older Ingress wins a draw. No match: a default backend, else none.
 * Sources: networking/v1 IngressRule and HTTPIngressPath; ingress-nginx docs/how-it-works.md (oldest first).
 */
export function routeFor(ingresses: readonly Ingress[], host: string, path: string, reading: PathReading): Answer {
  const routes = ingresses.flatMap(routesOf);
  const ruled = routes.filter((route) => route.pathType !== "default");
  const hosted = ruled.flatMap((route) => {
    const match = matchHost(route.host, host);
    return match === undefined ? [] : [{ route, rank: HOST_RANK[match] }];
  });
  const best = Math.max(...hosted.map(({ rank }) => rank));
  const candidates = hosted.filter(({ rank }) => rank === best).map(({ route }) => route);
  const found =
    reading === "ingress-nginx" && candidates.some(usesRegex)
      ? byRegex(candidates, path)
      : byType(candidates, path, reading);
  if (found !== undefined) return found;
  const fallback = routes.filter((route) => route.pathType === "default").toSorted(older)[0];
  if (fallback !== undefined)
    return { kind: "route", route: fallback, why: "no rule matches, the default backend takes it" };
  return { kind: "none", why: candidates.length === 0 ? "no-host" : "no-path", candidates };
}

/**
 * ingress-nginx reads all paths of a host as regexes, Exact ones too, as soon as one of them has use-regex, or a rewrite-target that differs from its path.
 * Source: ingress-nginx internal/ingress/controller/template/template.go enforceRegexModifier, buildLocation.
 */
export function usesRegex(route: Route): boolean {
  const annotations = route.ingress.metadata.annotations ?? {};
  const target = annotations[`${NGINX}rewrite-target`] ?? "";
  return annotations[`${NGINX}use-regex`] === "true" || (target !== "" && target !== route.path);
}

const NGINX = "nginx.ingress.kubernetes.io/";

function older(a: Route, b: Route): number {
  const [x, y] = [a, b].map((route) => timeOf(route.ingress.metadata.creationTimestamp) ?? 0);
  return (x ?? 0) - (y ?? 0);
}

function length(route: Route): number {
  return (route.path ?? "").replace(/\/+$/, "").length;
}

function byType(candidates: readonly Route[], path: string, reading: PathReading): Answer | undefined {
  const clean = path.split(/[?#]/)[0] ?? "/";
  const taken = candidates.filter((route) => {
    if (route.pathType === "Exact") return route.path === clean;
    if (route.pathType === "Prefix") return matchPrefix(route.path ?? "/", clean);
    return isPlain(route, reading) && matchPrefix(route.path ?? "/", clean);
  });
  const won = taken.toSorted(
    (a, b) => length(b) - length(a) || Number(b.pathType === "Exact") - Number(a.pathType === "Exact") || older(a, b),
  )[0];
  const doubtful = candidates.filter(
    (route) => route.pathType === "ImplementationSpecific" && !isPlain(route, reading),
  );
  if (doubtful.some((route) => won === undefined || length(route) >= length(won))) {
    return {
      kind: "unknown",
      why: "ImplementationSpecific paths mean what the controller makes of them",
      candidates: doubtful,
    };
  }
  if (won === undefined) return undefined;
  return { kind: "route", route: won, why: `${won.pathType} ${won.path} is the longest match` };
}

/** ingress-nginx treats ImplementationSpecific as Prefix; `/` means everything to every controller. */
function isPlain(route: Route, reading: PathReading): boolean {
  return reading === "ingress-nginx" || route.path === "/";
}

/** Longest pattern first, first match wins: the order in which the locations stand in nginx.conf. */
function byRegex(candidates: readonly Route[], path: string): Answer | undefined {
  const clean = path.split(/[?#]/)[0] ?? "/";
  const sorted = candidates.toSorted((a, b) => (b.path ?? "").length - (a.path ?? "").length || older(a, b));
  for (const route of sorted) {
    const match = matchNginxRegex(route.path ?? "/", clean);
    if (match === undefined)
      return { kind: "unknown", why: `${route.path} is a pattern that cannot be evaluated here`, candidates: [route] };
    if (match) return { kind: "route", route, why: `${route.path} is the longest pattern that matches` };
  }
  return undefined;
}
