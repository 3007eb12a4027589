import { defineCheck } from "../../model/check.ts";
import { changedSince, mergeSlices, slicesOf } from "../../model/endpoints.ts";
import { endpointsOf, portUsed } from "../../model/ingress/backend.ts";
import { readingOf } from "../../model/ingress/resolve.ts";
import { refOf } from "../../model/kube.ts";
import { describePort } from "../../model/ports.ts";
import { eligiblePods, isExternalName, notYet } from "../../model/services.ts";
import { itemsOr } from "../../model/snapshot.ts";
import {
  backendText,
  forEachIngress,
  INGRESS,
  judgedRoutes,
  NGINX_TROUBLE,
  netcheck,
  nginxAnnotation,
  resolved,
  routeText,
  serviceOf,
  severityOf,
} from "./_shared.ts";

/** The symptom at the Ingress; why there are none is said by the checks of the Service and its pods. */
export const check = defineCheck({
  id: "ingress/backend-endpoints",
  question: "Has each route an endpoint that takes requests?",
  hop: "endpoints",
  appliesTo: ["ingress"],
  essential: true,
  needs: ["services", "endpointSlices"],
  wants: ["allIngresses", "ingressClasses", "controllerPods", "pods"],
  findings: {
    "ingress/backend-no-endpoints": {
      severity: "error",
      title: "A route has no endpoint",
      explain:
        "No ready endpoint of the route's Service port exists: clients get 503 from ingress-nginx, 502 from Application Gateway. The cause is with the Service or its pods and is told first where it " +
        "is known. Not reported for ExternalName Services; a warning for a canary Ingress, whose main Ingress serves on, and for routes that --host/--path do not ask for.",
      docs: [INGRESS, NGINX_TROUBLE],
    },
  },
  run({ scope, services, endpointSlices, now, settings, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const reading = readingOf(resolved(ingress, wanted));
      const canary = nginxAnnotation(ingress, "canary") === "true";
      const judged = judgedRoutes(ingress, scope, wanted.allIngresses, wanted).filter(
        ({ route }) => route.backend.service !== undefined,
      );
      const routed = judged.flatMap(({ route, asked }) => {
        const service = serviceOf(route, services);
        if (service === undefined || isExternalName(service)) return [];
        const port = portUsed(service, route.backend.port, reading);
        return port === undefined ? [] : [{ route, asked, service, port }];
      });
      if (routed.length === 0) return { skipped: "no route leads to a Service port that exists" };
      const told = new Set<string>();
      return routed
        .toSorted((a, b) => Number(b.asked) - Number(a.asked))
        .flatMap(({ route, asked, service, port }) => {
          const key = `${service.metadata.name}:${port.port}`;
          if (told.has(key) || endpointsOf(service, port, endpointSlices).length > 0) return [];
          told.add(key);
          // Too early to tell; svc/ready-endpoints says so.
          const unseen =
            wanted.pods.state !== "ok" && changedSince(slicesOf(service, endpointSlices), now - settings.statusLag);
          if (unseen || notYet(service, eligiblePods(service, itemsOr(wanted.pods)), now, settings) !== undefined)
            return [];
          const listed = mergeSlices(slicesOf(service, endpointSlices));
          return [
            find("ingress/backend-no-endpoints", {
              severity: canary ? "warning" : severityOf("error", asked),
              object: refOf(ingress, route.at),
              summary: `${routeText(route)} has no endpoint to send requests to: Service ${backendText(route)} has no ready one`,
              evidence: [
                { k: "service port", v: describePort(port) },
                { k: "endpoints listed", v: `${listed.length}, ready ${listed.filter((one) => one.ready).length}` },
                ...(asked ? [] : [{ k: "note", v: "not the route that was asked for" }]),
              ],
              remedy: [netcheck(service.metadata.namespace, "svc", service.metadata.name)],
            }),
          ];
        });
    });
  },
});
