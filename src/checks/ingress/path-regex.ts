import { defineCheck } from "../../model/check.ts";
import { askedOf } from "../../model/ingress/asked.ts";
import { matchNginxRegex } from "../../model/ingress/path.ts";
import { isSame } from "../../model/ingress/resolve.ts";
import { routesOf, usesRegex } from "../../model/ingress/routes.ts";
import { refOf } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import {
  forEachIngress,
  jsonPatch,
  listed,
  NGINX,
  NGINX_PREFIX,
  peers,
  pointer,
  resolved,
  routeText,
} from "./_shared.ts";

/** Characters that ingress-nginx takes for a plain path. Source: ingress-nginx internal/ingress/inspector, pathType validation. */
const PLAIN = /^\/[A-Za-z0-9._\-/]*$/;

/** ingress-nginx reads paths as regular expressions only where it is told to, and then all paths of the host. */
export const check = defineCheck({
  id: "ingress/path-regex",
  question: "Are paths that look like patterns read as patterns?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["allIngresses", "ingressClasses", "controllerPods"],
  findings: {
    "ingress/path-regex-not-enabled": {
      severity: "warning",
      title: "A path looks like a pattern, but is read literally",
      explain:
        "ingress-nginx reads paths as regular expressions only when some Ingress of the host has the annotation use-regex or a rewrite-target. Otherwise the path is compared literally and takes hardly any " +
        "request. An error where --path asks for a request that gets nothing because of it. An information where patterns are on and the path type is Exact or Prefix: the object works, but the " +
        "admission webhook may refuse the next edit (strict-validate-path-type). Not reported for other controllers.",
      docs: [`${NGINX}user-guide/ingress-path-matching/`],
    },
    "ingress/regex-affects-host": {
      severity: "info",
      title: "All paths of the host are read as patterns",
      explain:
        "One Ingress with use-regex or rewrite-target turns every path of the host into a case-insensitive pattern that is anchored at its start only, the longest first, Exact ones and those of other Ingresses " +
        "too: /api then takes /apiary and /API.",
      docs: [`${NGINX}user-guide/ingress-path-matching/`],
    },
  },
  run({ scope, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const { kind } = resolved(ingress, wanted);
      if (kind?.paths !== "ingress-nginx") return { skipped: "the controller is not ingress-nginx" };
      const all = peers(ingress, itemsOr(wanted.allIngresses), wanted).flatMap(routesOf);
      const asked = askedOf(ingress, peers(ingress, itemsOr(wanted.allIngresses), wanted), scope, kind.paths) ?? [];
      const own = routesOf(ingress).filter((route) => route.path !== undefined);
      const odd = own
        .filter((route) => !PLAIN.test(route.path ?? "/"))
        .flatMap((route) => {
          const regexed = all.some((other) => other.host === route.host && usesRegex(other));
          const typed = route.pathType === "Exact" || route.pathType === "Prefix";
          if (regexed && !typed) return [];
          const lost = asked.some(
            ({ host, path, answer }) =>
              !regexed &&
              answer.kind === "none" &&
              path !== undefined &&
              (route.host === "" || route.host === host) &&
              matchNginxRegex(route.path ?? "", path) === true,
          );
          const type = {
            op: "replace",
            path: pointer(route.at).replace(/backend$/, "pathType"),
            value: "ImplementationSpecific",
          };
          return [
            find("ingress/path-regex-not-enabled", {
              severity: regexed ? "info" : lost ? "error" : "warning",
              object: refOf(ingress, route.at.replace(/backend$/, "path")),
              summary: regexed
                ? `${routeText(route)} is a pattern of path type ${route.pathType}: it works, but the admission webhook may refuse the next edit`
                : `${routeText(route)} looks like a pattern, and nothing turns patterns on for this host: it is compared literally`,
              evidence: [
                { k: "path", v: `${route.path} (${route.pathType})` },
                {
                  k: `${NGINX_PREFIX}use-regex`,
                  v: ingress.metadata.annotations?.[`${NGINX_PREFIX}use-regex`] ?? "not set",
                },
              ],
              remedy: [
                ...(typed ? [jsonPatch(ingress, [type])] : []),
                ...(regexed
                  ? []
                  : [
                      kubectl(
                        ingress.metadata.namespace,
                        "annotate",
                        "ingress",
                        ingress.metadata.name,
                        `${NGINX_PREFIX}use-regex=true`,
                      ),
                    ]),
              ],
            }),
          ];
        });
      const hosts = [...new Set(own.map((route) => route.host))];
      const affected = hosts.flatMap((host) => {
        const routes = all.filter((route) => route.host === host && route.path !== undefined);
        const makers = routes.filter(usesRegex);
        // One path alone, by its own wish, surprises nobody.
        if (makers.length === 0 || routes.length === 1) return [];
        const names = [
          ...new Set(
            makers.map(({ ingress: one }) =>
              isSame(one, ingress) ? "this Ingress" : `${one.metadata.namespace}/${one.metadata.name}`,
            ),
          ),
        ];
        return [
          find("ingress/regex-affects-host", {
            object: refOf(ingress, "spec.rules"),
            summary: `all ${routes.length} paths of host ${host === "" ? "*" : host} are read as case-insensitive patterns, because of ${listed(names)}`,
            evidence: routes
              .slice(0, 8)
              .map((route) => ({ k: routeText(route), v: `${route.pathType} in ${route.ingress.metadata.name}` })),
          }),
        ];
      });
      return [...odd, ...affected];
    });
  },
});
