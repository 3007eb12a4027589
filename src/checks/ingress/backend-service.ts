import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { refOf } from "../../model/kube.ts";
import { nearest } from "../../model/nearest.ts";
import { kubectl } from "../../model/shell.ts";
import {
  backendText,
  forEachIngress,
  INGRESS,
  isAction,
  jsonPatch,
  judgedRoutes,
  listed,
  pointer,
  routeText,
  serviceOf,
  severityOf,
} from "./_shared.ts";

/** An Ingress reaches Services of its own namespace only. */
export const check = defineCheck({
  id: "ingress/backend-service",
  question: "Do the Services that the Ingress names exist?",
  hop: "ingress",
  appliesTo: ["ingress"],
  essential: true,
  needs: ["services"],
  wants: ["allIngresses", "ingressClasses", "controllerPods"],
  findings: {
    "ingress/backend-service-missing": {
      severity: "error",
      title: "A backend Service does not exist",
      explain:
        "The route names a Service that is not in the Ingress' own namespace; requests get 503 from ingress-nginx. Not reported for resource backends and for the AWS controller's backends that are " +
        "actions (port name use-annotation). A warning for routes that --host/--path do not ask for.",
      docs: [`${INGRESS}#the-ingress-resource`],
    },
  },
  run({ scope, services, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const { namespace } = ingress.metadata;
      const named = judgedRoutes(ingress, scope, wanted.allIngresses, wanted).filter(
        ({ route }) => route.backend.service !== undefined && !isAction(route),
      );
      if (named.length === 0) return { skipped: "no route names a Service" };
      const names = services.filter((one) => one.metadata.namespace === namespace).map((one) => one.metadata.name);
      const told = new Map<string, Finding>();
      for (const { route, asked } of named.toSorted((a, b) => Number(b.asked) - Number(a.asked))) {
        const wantedName = route.backend.service ?? "";
        if (serviceOf(route, services) !== undefined || told.has(wantedName)) continue;
        const near = nearest(wantedName, names);
        const intent = ingress.metadata.uid === undefined;
        const users = named.filter((other) => other.route.backend.service === wantedName);
        told.set(
          wantedName,
          find("ingress/backend-service-missing", {
            severity: severityOf("error", asked),
            // A manifest that no API server has stored says what shall be: its Service may stand in another file.
            confidence: intent ? "possible" : "certain",
            object: refOf(ingress, route.at),
            summary: `${routeText(route)} leads to Service ${wantedName}, which ${intent ? "these manifests do not hold" : "does not exist"} in namespace ${namespace}`,
            evidence: [
              ...users.slice(0, 5).map((user) => ({ k: routeText(user.route), v: backendText(user.route) })),
              { k: `Services in ${namespace}`, v: names.length === 0 ? "none" : listed(names.toSorted(), 8) },
              ...(asked ? [] : [{ k: "note", v: "not the route that was asked for" }]),
            ],
            remedy:
              near[0] === undefined
                ? ["# create the Service, or name one that exists:", kubectl(namespace, "get", "services")]
                : [
                    `# if ${near[0]} is meant:`,
                    jsonPatch(
                      ingress,
                      users.map((user) => ({
                        op: "replace",
                        path: `${pointer(user.route.at)}/service/name`,
                        value: near[0],
                      })),
                    ),
                  ],
          }),
        );
      }
      return [...told.values()];
    });
  },
});
