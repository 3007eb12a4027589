import type { Ingress } from "../kube.ts";
import { matchHost } from "./host.ts";
import { isSame } from "./resolve.ts";
import { type Answer, type PathReading, type Route, routeFor, routesOf } from "./routes.ts";

/** What `--host` and `--path` ask about. */
export interface Question {
  readonly host?: string;
  readonly path?: string;
}

/** What answers one request. */
export interface Asked {
  readonly host: string;
  /** Undefined when only a host was asked for: then every path of it is meant. */
  readonly path: string | undefined;
  readonly answer: Answer;
}

/**
 * What `--host/--path` ask about an Ingress among its peers (one controller's Ingresses, itself among them); undefined without such an
 * option. Without `--host` the path is asked on each host of the Ingress; without `--path` the answer of `/` stands for the host.
 */
export function askedOf(
  ingress: Ingress,
  peers: readonly Ingress[],
  question: Question,
  reading: PathReading,
): readonly Asked[] | undefined {
  if (question.host === undefined && question.path === undefined) return undefined;
  const own = [...new Set(routesOf(ingress).map((route) => route.host))];
  const hosts = question.host === undefined ? own : [question.host.replace(/:\d+$/, "")];
  const path = question.path === undefined ? undefined : `/${question.path.replace(/^\/+/, "")}`;
  return hosts.map((host) => ({ host, path, answer: routeFor(peers, host, path ?? "/", reading) }));
}

const RANK = { exact: 2, wildcard: 1, any: 0 } as const;

/**
 * The routes of `ingress` that the question is about: the one that wins, or without a path those of the host's best rule, or the default backend
 * where no rule has the host. All of them when nothing was asked.
 */
export function routesAsked(ingress: Ingress, asked: readonly Asked[] | undefined): readonly Route[] {
  const routes = routesOf(ingress);
  if (asked === undefined) return routes;
  const chosen = new Set(
    asked.flatMap(({ host, path, answer }) => {
      if (path === undefined) return ofHost(routes, host).map((route) => route.at);
      const candidates = answer.kind === "route" ? [answer.route] : answer.kind === "unknown" ? answer.candidates : [];
      return candidates.filter((route) => isSame(route.ingress, ingress)).map((route) => route.at);
    }),
  );
  return routes.filter((route) => chosen.has(route.at));
}

function ofHost(routes: readonly Route[], host: string): readonly Route[] {
  const matched = routes.flatMap((route) => {
    const match = route.pathType === "default" ? undefined : matchHost(route.host, host);
    return match === undefined ? [] : [{ route, rank: RANK[match] }];
  });
  const best = Math.max(...matched.map(({ rank }) => rank));
  const ruled = matched.filter(({ rank }) => rank === best).map(({ route }) => route);
  return ruled.length > 0 ? ruled : routes.filter((route) => route.pathType === "default");
}
