import { defineCheck } from "../../model/check.ts";
import { isSame } from "../../model/ingress/resolve.ts";
import { type Route, routesOf } from "../../model/ingress/routes.ts";
import { type Ingress, refOf } from "../../model/kube.ts";
import { timeOf } from "../../model/pods.ts";
import {
  annotation,
  backendText,
  forEachIngress,
  INGRESS,
  listed,
  NGINX,
  netcheck,
  nginxAnnotation,
  peers,
  routeText,
} from "./_shared.ts";

/** Two Ingresses of one controller with the same host, path and type: only one of them gets the requests. */
export const check = defineCheck({
  id: "ingress/duplicate-route",
  question: "Are the routes of the Ingress its own?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: ["allIngresses"],
  wants: ["ingressClasses", "controllerPods"],
  findings: {
    "ingress/duplicate-route": {
      severity: "warning",
      title: "Another Ingress has the same route",
      explain:
        "An Ingress of the same controller has the same host, path and path type. ingress-nginx gives the requests to the older one; others choose otherwise. An error where the other one is older and " +
        "the path was asked for with --path; an information where both lead to the same Service port. Not reported for canaries, for mergeable Ingresses of F5 and for groups of the AWS controller.",
      docs: [`${INGRESS}#multiple-matches`, `${NGINX}how-it-works/`],
    },
  },
  run({ scope, allIngresses, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      if (shared(ingress)) return { skipped: "the Ingress shares its routes by design" };
      const others = peers(ingress, allIngresses, wanted).filter((other) => !isSame(other, ingress) && !shared(other));
      const theirs = others.flatMap(routesOf);
      const pairs = routesOf(ingress)
        .filter((route) => route.pathType !== "default")
        .flatMap((own) => theirs.filter((one) => sameTriple(one, own)).map((rival) => ({ own, rival })));
      const first = pairs[0];
      if (first === undefined) return [];
      const rivals = [...new Map(pairs.map(({ rival }) => [keyOf(rival.ingress), rival.ingress])).values()];
      const mine = timeOf(ingress.metadata.creationTimestamp);
      const ages = rivals.map((rival) => timeOf(rival.metadata.creationTimestamp));
      const known = mine !== undefined && !ages.includes(undefined);
      const older = known && ages.some((age) => age !== undefined && age < mine);
      const same = pairs.every(({ own, rival }) => sameBackend(own, rival));
      const taken = older && scope.path !== undefined && pairs.some(({ own }) => wasAsked(own, scope));
      const routes = [...new Set(pairs.map(({ own }) => routeText(own)))];
      const names = listed(rivals.map(keyOf), 3);
      const age = known ? (older ? ", and an older one wins" : ", which is younger") : "";
      return [
        find("ingress/duplicate-route", {
          severity: same ? "info" : taken ? "error" : "warning",
          object: refOf(ingress, first.own.at),
          summary: `${listed(routes, 2)} of Ingress ${ingress.metadata.name} ${routes.length === 1 ? "is" : "are"} in Ingress ${names} too${age}`,
          evidence: [
            {
              k: `here (since ${ingress.metadata.creationTimestamp ?? "?"})`,
              v: listed([...new Set(pairs.map(({ own }) => `${routeText(own)} → ${backendText(own)}`))]),
            },
            ...rivals.slice(0, 5).map((rival) => ({
              k: `${keyOf(rival)} (since ${rival.metadata.creationTimestamp ?? "?"})`,
              v: listed(pairs.flatMap((pair) => (pair.rival.ingress === rival ? [backendText(pair.rival)] : []))),
            })),
          ],
          remedy: [
            "# decide which one should have the route, and take it out of the other:",
            ...rivals.slice(0, 2).map((rival) => netcheck(rival.metadata.namespace, "ingress", rival.metadata.name)),
          ],
        }),
      ];
    });
  },
});

const keyOf = ({ metadata }: Ingress): string => `${metadata.namespace}/${metadata.name}`;

/** Ingresses that mean to share routes. */
function shared(ingress: Ingress): boolean {
  return (
    nginxAnnotation(ingress, "canary") === "true" ||
    annotation(ingress, "nginx.org/mergeable-ingress-type") !== undefined ||
    annotation(ingress, "alb.ingress.kubernetes.io/group.name") !== undefined
  );
}

function sameTriple(a: Route, b: Route): boolean {
  return a.host.toLowerCase() === b.host.toLowerCase() && a.path === b.path && a.pathType === b.pathType;
}

/** Whether both lead to one Service port: in different namespaces they never do. */
function sameBackend(a: Route, b: Route): boolean {
  return (
    a.ingress.metadata.namespace === b.ingress.metadata.namespace &&
    a.backend.service === b.backend.service &&
    a.backend.port === b.backend.port
  );
}

/** The rival wins what was asked, so this route is not among the asked ones: its path tells. */
function wasAsked(route: Route, scope: { readonly host?: string; readonly path?: string }): boolean {
  const path = scope.path ?? "";
  const own = route.path ?? "/";
  const hosted = scope.host === undefined || route.host === "" || route.host.toLowerCase() === scope.host.toLowerCase();
  return hosted && (route.pathType === "Exact" ? own === path : path.startsWith(own.replace(/\/+$/, "")));
}
