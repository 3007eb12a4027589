import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import type { Route } from "../../model/ingress/routes.ts";
import { type Ingress, refOf } from "../../model/kube.ts";
import { nearest } from "../../model/nearest.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
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

/** Names that more namespaces have are everywhere (`web`, `api`): none of them is likelier meant than another. */
const COINCIDENCE = 3;

/** An ExternalName Service is found by its port as well. */
function ports({ backend }: Route): readonly string[] {
  return typeof backend.port === "number" ? [`--tcp=${backend.port}:${backend.port}`] : [];
}

/** An Ingress reaches Services of its own namespace only. */
export const check = defineCheck({
  id: "ingress/backend-service",
  question: "Do the Services that the Ingress names exist?",
  hop: "ingress",
  appliesTo: ["ingress"],
  essential: true,
  needs: ["services"],
  wants: ["allServices", "allIngresses", "ingressClasses", "controllerPods"],
  findings: {
    "ingress/backend-service-missing": {
      severity: "error",
      title: "A backend Service does not exist",
      explain:
        "The route names a Service that is not in the Ingress' own namespace; requests get 503 from ingress-nginx. Not reported for resource backends and for the AWS controller's backends that are " +
        "actions (port name use-annotation). A warning for routes that --host/--path do not ask for.",
      docs: [`${INGRESS}#the-ingress-resource`],
    },
    "ingress/backend-cross-namespace": {
      severity: "warning",
      title: "The backend Service is in another namespace",
      explain:
        "The Service that the route names is not in the Ingress' namespace, but one of that name is in another. An Ingress never reaches across namespaces. Move the Ingress there, or put an ExternalName " +
        "Service in front. Not said of names that many namespaces have (more than three): that is a coincidence.",
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
      const strays: Finding[] = [];
      for (const { route, asked } of named.toSorted((a, b) => Number(b.asked) - Number(a.asked))) {
        const wantedName = route.backend.service ?? "";
        if (serviceOf(route, services) !== undefined || told.has(wantedName)) continue;
        const near = nearest(wantedName, names);
        const places = [
          ...new Set(
            [...services, ...itemsOr(wanted.allServices)]
              .filter(({ metadata }) => metadata.name === wantedName && metadata.namespace !== namespace)
              .map(({ metadata }) => metadata.namespace),
          ),
        ].toSorted();
        if (places.length > 0 && places.length <= COINCIDENCE)
          strays.push(elsewhere(ingress, route, wantedName, places));
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
      return [...told.values(), ...strays];
    });

    function elsewhere(ingress: Ingress, route: Route, service: string, places: readonly string[]): Finding {
      const [place = ""] = places;
      const { namespace } = ingress.metadata;
      return find("ingress/backend-cross-namespace", {
        object: refOf(ingress, route.at),
        summary: `a Service ${service} is in namespace ${places.join(", ")}, and an Ingress of namespace ${namespace} cannot reach it there`,
        evidence: [
          { k: routeText(route), v: backendText(route) },
          ...places.map((one) => ({ k: `namespace ${one}`, v: `Service ${service}` })),
        ],
        remedy: [
          `# move the Ingress to namespace ${place}, or let a Service of the same name point there:`,
          kubectl(
            namespace,
            ...["create", "service", "externalname", service],
            `--external-name=${service}.${place}.svc.cluster.local`,
            ...ports(route),
          ),
        ],
      });
    }
  },
});
