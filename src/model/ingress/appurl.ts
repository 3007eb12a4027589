import type { Ingress } from "../kube.ts";
import type { ProbeScheme } from "../probe-results.ts";
import { askedOf, type Question } from "./asked.ts";
import { matchNginxRegex } from "./path.ts";
import { isSame } from "./resolve.ts";
import { type PathReading, type Route, routeFor, routesOf, usesRegex } from "./routes.ts";

/** The URL by which an app is tried through its Ingress. */
export interface AppUrl {
  readonly scheme: ProbeScheme;
  /** "" when the rule takes every host: the address itself is then the host. */
  readonly host: string;
  /** The port that clients use. */
  readonly port: number;
  readonly path: string;
  /** The route that takes it, as far as can be told. */
  readonly route: Route | undefined;
  /** Where host and path come from, for people. */
  readonly from: string;
}

/** The label that stands for the star of a wildcard host: no such name need exist in DNS. */
export const INVENTED = "netcheck-probe";

/** Whether a host was made up from a wildcard: that it has no address proves nothing. */
export function isInvented(host: string): boolean {
  return host.startsWith(`${INVENTED}.`);
}

interface Given {
  readonly scheme?: ProbeScheme;
  /** `--probe-path`, when it says something, or `--path` with its query. */
  readonly path?: string;
}

/**
 * The URL to try for an Ingress: what `--host/--path` say, else the first rule that names a host and that this Ingress itself answers for. https where
 * the Ingress has a TLS section for the host. Undefined for an Ingress without any route. Pure.
 */
export function appUrl(
  ingress: Ingress,
  peers: readonly Ingress[],
  question: Question,
  reading: PathReading,
  given: Given = {},
): AppUrl | undefined {
  const chosen = asked(ingress, peers, question, reading) ?? fromRules(ingress, peers, reading);
  if (chosen === undefined) return undefined;
  const { host, route, from } = chosen;
  const path = given.path ?? question.path ?? (route === undefined ? "/" : pathFor(route, reading));
  const named = /:(\d+)$/.exec(question.host ?? "")?.[1];
  const scheme = given.scheme ?? (hasTls(ingress, host) ? "https" : "http");
  const port = named === undefined ? (scheme === "https" ? 443 : 80) : Number(named);
  return { scheme, host, port, path: path.startsWith("/") ? path : `/${path}`, route, from };
}

type Choice = Pick<AppUrl, "host" | "route" | "from">;

function asked(
  ingress: Ingress,
  peers: readonly Ingress[],
  question: Question,
  reading: PathReading,
): Choice | undefined {
  const answers = askedOf(ingress, peers, question, reading) ?? [];
  const own = answers.find(({ answer }) => answer.kind === "route" && isSame(answer.route.ingress, ingress));
  const one = own ?? answers[0];
  if (one === undefined) return undefined;
  const { answer } = one;
  const options = [question.host === undefined ? "" : "--host", question.path === undefined ? "" : "--path"];
  return {
    host: concrete(one.host),
    route: answer.kind === "route" ? answer.route : undefined,
    from: options.filter((option) => option !== "").join(" and "),
  };
}

function fromRules(ingress: Ingress, peers: readonly Ingress[], reading: PathReading): Choice | undefined {
  const routes = routesOf(ingress);
  const ranked = [
    ...routes.filter(({ host }) => host !== "" && !host.startsWith("*.")),
    ...routes.filter(({ host }) => host.startsWith("*.")),
    ...routes.filter(({ host }) => host === ""),
  ];
  const answers = (route: Route): boolean => {
    const answer = routeFor(peers, concrete(route.host), pathFor(route, reading), reading);
    return answer.kind === "route" && isSame(answer.route.ingress, ingress) && answer.route.at === route.at;
  };
  const route = ranked.find(answers) ?? ranked[0];
  if (route === undefined) return undefined;
  const what =
    route.pathType === "default" ? "the default backend" : `the rule ${route.host || "*"}${route.path ?? ""}`;
  return { host: concrete(route.host), route, from: routes.length === 1 ? "its only rule" : what };
}

function concrete(host: string): string {
  return host.startsWith("*.") ? `${INVENTED}${host.slice(1)}` : host;
}

/** A path that the route takes: as it is written, or for a pattern its literal beginning. */
export function pathFor(route: Route, reading: PathReading): string {
  const path = route.path ?? "/";
  const isPattern = reading === "ingress-nginx" && usesRegex(route) && /[\\^$|?*+(){}[\]]/.test(path);
  if (!isPattern) return path;
  const literal = (/^(?:[^\\^$.|?*+(){}[\]]|\\[^A-Za-z0-9])*/.exec(path)?.[0] ?? "/").replaceAll("\\", "");
  return [literal, `${literal}/`, path, "/"].find((one) => matchNginxRegex(path, one) === true) ?? "/";
}

/**
 * The path that the app is asked for, after what the controller makes of it. Undefined when that cannot be told. Source: ingress-nginx
 * docs/examples/rewrite, template.go buildProxyPass: `rewrite "(?i)PATTERN" TARGET break`.
 */
export function pathBehind(route: Route, path: string, reading: PathReading): string | undefined {
  if (reading !== "ingress-nginx") return path;
  const target = route.ingress.metadata.annotations?.["nginx.ingress.kubernetes.io/rewrite-target"] ?? "";
  const pattern = route.path ?? "/";
  if (target === "" || target === pattern) return path;
  const [clean = "/", ...query] = path.split("?");
  if (matchNginxRegex(pattern, clean) !== true) return undefined;
  const groups = new RegExp(`^(?:${pattern})`, "i").exec(clean) ?? [];
  const made = target.replace(/\$(\d)/g, (_, digit: string) => groups[Number(digit)] ?? "");
  return [made.startsWith("/") ? made : `/${made}`, ...query].join("?");
}

/** Whether the Ingress has a TLS section for the host; one without hosts is for all. */
export function hasTls(ingress: Ingress, host: string): boolean {
  return (ingress.spec?.tls ?? []).some(({ hosts = [] }) => {
    if (hosts.length === 0) return true;
    return hosts.some((one) => {
      const known = one.toLowerCase();
      if (!known.startsWith("*.")) return known === host.toLowerCase();
      const label = host.toLowerCase().slice(0, -(known.length - 1));
      return host.toLowerCase().endsWith(known.slice(1)) && label !== "" && !label.includes(".");
    });
  });
}
