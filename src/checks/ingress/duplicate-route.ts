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
      const byRival = new Map<string, { readonly own: Route; readonly rival: Route }[]>();
      for (const route of routesOf(ingress)) {
        if (route.pathType === "default") continue;
        for (const rival of theirs.filter((one) => sameTriple(one, route))) {
          const key = `${rival.ingress.metadata.namespace}/${rival.ingress.metadata.name}`;
          byRival.set(key, [...(byRival.get(key) ?? []), { own: route, rival }]);
        }
      }
      return [...byRival.entries()].map(([key, pairs]) => {
        const first = pairs[0];
        const rival = first?.rival.ingress;
        const [mine, other] = [timeOf(ingress.metadata.creationTimestamp), timeOf(rival?.metadata.creationTimestamp)];
        const older = mine === undefined || other === undefined ? undefined : other < mine;
        const same = pairs.every((pair) => sameBackend(pair.own, pair.rival));
        const taken = older === true && scope.path !== undefined && pairs.some((pair) => wasAsked(pair.own, scope));
        return find("ingress/duplicate-route", {
          severity: same ? "info" : taken ? "error" : "warning",
          object: refOf(ingress, first?.own.at),
          summary: `${pairs.length === 1 && first !== undefined ? routeText(first.own) : `${pairs.length} routes`} of Ingress ${ingress.metadata.name} ${pairs.length === 1 ? "is" : "are"} in Ingress ${key} too${older === undefined ? "" : older ? ", which is older and wins" : ", which is younger"}`,
          evidence: [
            { k: "routes", v: listed(pairs.map((pair) => routeText(pair.own))) },
            {
              k: `here (since ${ingress.metadata.creationTimestamp ?? "?"})`,
              v: listed(pairs.map((pair) => backendText(pair.own))),
            },
            {
              k: `${key} (since ${rival?.metadata.creationTimestamp ?? "?"})`,
              v: listed(pairs.map((pair) => backendText(pair.rival))),
            },
          ],
          remedy: [
            "# decide which one should have the route, and take it out of the other:",
            netcheck(rival?.metadata.namespace ?? "", "ingress", rival?.metadata.name ?? ""),
          ],
        });
      });
    });
  },
});

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
