import { defineCheck } from "../../model/check.ts";
import { captureGroups } from "../../model/ingress/path.ts";
import { routesOf } from "../../model/ingress/routes.ts";
import { refOf } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import {
  forEachIngress,
  jsonPatch,
  listed,
  NGINX,
  NGINX_PREFIX,
  nginxAnnotation,
  pointer,
  resolved,
} from "./_shared.ts";

/** `rewrite-target: /$2` needs two groups in the path; without them every request becomes `/`. */
export const check = defineCheck({
  id: "ingress/rewrite",
  question: "Do rewrites keep the rest of the path?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: [],
  wants: ["ingressClasses", "controllerPods"],
  notFor: (scope) =>
    scope.ingresses.some((ingress) => nginxAnnotation(ingress, "rewrite-target") !== undefined)
      ? undefined
      : "no rewrite is configured",
  findings: {
    "ingress/rewrite-group-missing": {
      severity: "warning",
      title: "A rewrite refers to a group that the path does not have",
      explain:
        "rewrite-target contains $1 or $2, and a path of the Ingress has fewer groups in parentheses: the missing group is empty, so that every request below the path becomes the same one. " +
        "/blog with /$2 becomes /; the path should be /blog(/|$)(.*).",
      docs: [`${NGINX}examples/rewrite/`],
    },
    "ingress/rewrite-constant": {
      severity: "info",
      title: "A rewrite sends every request to one path",
      explain:
        "rewrite-target has no group, so every request of the Ingress arrives as exactly that path. Right for a single page, wrong for an app with paths of its own.",
      docs: [`${NGINX}examples/rewrite/`],
    },
  },
  run({ scope, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const target = nginxAnnotation(ingress, "rewrite-target");
      if (target === undefined || target === "") return { skipped: "no rewrite is configured" };
      const { kind } = resolved(ingress, wanted);
      if (kind !== undefined && kind.paths !== "ingress-nginx")
        return { skipped: "the controller is not ingress-nginx" };
      const { namespace, name } = ingress.metadata;
      const object = refOf(ingress, `metadata.annotations.${NGINX_PREFIX}rewrite-target`);
      const wantedGroups = Math.max(0, ...[...target.matchAll(/\$(\d)/g)].map((match) => Number(match[1])));
      const routes = routesOf(ingress).filter((route) => route.path !== undefined);
      if (wantedGroups === 0) {
        const collapsing = routes.filter((route) => route.path !== target && route.pathType !== "Exact");
        // A host name, a variable of nginx: not a plain path.
        if (target.includes("$") || collapsing.length === 0) return [];
        return [
          find("ingress/rewrite-constant", {
            object,
            summary: `every request of Ingress ${name} arrives at the app as ${target}`,
            evidence: [
              { k: "rewrite-target", v: target },
              { k: "paths", v: listed(collapsing.map((route) => route.path ?? "")) },
            ],
          }),
        ];
      }
      const poor = routes.filter((route) => {
        const groups = captureGroups(route.path ?? "");
        return groups !== undefined && groups < wantedGroups;
      });
      const first = poor[0];
      if (first === undefined) return [];
      const single = wantedGroups <= 2 && poor.every((route) => /^\/[\w./-]*$/.test(route.path ?? ""));
      return [
        find("ingress/rewrite-group-missing", {
          object,
          summary: `rewrite-target ${target} refers to group ${wantedGroups}, which ${listed(poor.map((route) => route.path ?? ""))} ${poor.length === 1 ? "does" : "do"} not have: every request below becomes ${target.replace(/\$\d/g, "") || "/"}`,
          evidence: [
            { k: "rewrite-target", v: target },
            ...poor
              .slice(0, 5)
              .map((route) => ({ k: "path", v: `${route.path} (${captureGroups(route.path ?? "") ?? 0} groups)` })),
          ],
          remedy: single
            ? [
                jsonPatch(
                  ingress,
                  poor.flatMap((route) => [
                    {
                      op: "replace",
                      path: pointer(route.at).replace(/backend$/, "path"),
                      value: `${(route.path ?? "").replace(/\/+$/, "")}(/|$)(.*)`,
                    },
                    {
                      op: "replace",
                      path: pointer(route.at).replace(/backend$/, "pathType"),
                      value: "ImplementationSpecific",
                    },
                  ]),
                ),
                kubectl(namespace, "annotate", "ingress", name, "--overwrite", `${NGINX_PREFIX}rewrite-target=/$2`),
              ]
            : ["# give the path the groups that rewrite-target refers to"],
        }),
      ];
    });
  },
});
