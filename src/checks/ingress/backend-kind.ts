import { defineCheck } from "../../model/check.ts";
import { flagOn } from "../../model/ingress/flags.ts";
import { controllerName } from "../../model/ingress/found.ts";
import { refOf } from "../../model/kube.ts";
import { isExternalName } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import {
  annotation,
  backendText,
  forEachIngress,
  INGRESS,
  isAction,
  judgedRoutes,
  NGINX_ARGS,
  resolved,
  routeText,
  serviceOf,
  severityOf,
} from "./_shared.ts";

/** Kinds of backends that some controllers do not take. */
export const check = defineCheck({
  id: "ingress/backend-kind",
  question: "Are the backends of a kind that the controller takes?",
  hop: "ingress",
  appliesTo: ["ingress"],
  needs: ["services"],
  wants: ["allIngresses", "ingressClasses", "controllerPods"],
  findings: {
    "ingress/backend-externalname": {
      severity: "info",
      title: "A backend is an ExternalName Service",
      explain:
        "Requests go to a name outside the cluster, which the controller resolves itself: trouble with it shows as 502 or 503. An error where ingress-nginx runs with " +
        "--disable-svc-external-name, or where the name is the controller's own host (localhost).",
      docs: [INGRESS, NGINX_ARGS],
    },
    "ingress/backend-resource": {
      severity: "warning",
      title: "The backend is a resource, which the controller ignores",
      explain:
        "backend.resource names an object that only some controllers know; ingress-nginx and application routing ignore such a route. Legal, and not reported for other controllers.",
      docs: [`${INGRESS}#resource-backend`],
    },
    "ingress/backend-needs-nodeport": {
      severity: "error",
      title: "The cloud's load balancer cannot reach a ClusterIP Service",
      explain:
        "The controller's load balancer targets nodes, so the Service needs a node port. Not reported with container-native load balancing (annotation cloud.google.com/neg) or with " +
        "alb.ingress.kubernetes.io/target-type: ip.",
      docs: [
        "https://cloud.google.com/kubernetes-engine/docs/concepts/ingress",
        "https://kubernetes-sigs.github.io/aws-load-balancer-controller/",
      ],
    },
  },
  run({ scope, services, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const { kind, takers } = resolved(ingress, wanted);
      const judged = judgedRoutes(ingress, scope, wanted.allIngresses, wanted);
      const told = new Set<string>();
      return judged.flatMap(({ route, asked }) => {
        if (isAction(route)) return [];
        if (route.backend.resource !== undefined) {
          if (kind?.paths !== "ingress-nginx") return [];
          return [
            find("ingress/backend-resource", {
              object: refOf(ingress, `${route.at}.resource`),
              summary: `${routeText(route)} leads to ${route.backend.resource}, a resource backend, which ${kind.title} ignores`,
              evidence: [{ k: routeText(route), v: backendText(route) }],
              remedy: ["# lead the route to a Service, or take a controller that knows this resource"],
            }),
          ];
        }
        const service = serviceOf(route, services);
        if (service === undefined || told.has(service.metadata.name)) return [];
        told.add(service.metadata.name);
        const { namespace, name } = service.metadata;
        if (isExternalName(service)) {
          const external = service.spec?.externalName ?? "";
          const own = /^(localhost|.*\.localhost|127\..*|::1)$/.test(external);
          const disabled = takers.find((one) => flagOn(one.flags, "disable-svc-external-name"));
          const fault = own || disabled !== undefined;
          return [
            find("ingress/backend-externalname", {
              severity: fault ? severityOf("error", asked) : "info",
              object: refOf(service, "spec.externalName"),
              summary: fault
                ? disabled === undefined
                  ? `Service ${name} behind ${routeText(route)} is an alias of ${external}, the controller's own host`
                  : `Service ${name} behind ${routeText(route)} is an ExternalName, which controller ${controllerName(disabled)} does not take`
                : `${routeText(route)} leads out of the cluster, to ${external}`,
              evidence: [
                { k: "spec.externalName", v: external },
                ...(disabled === undefined
                  ? []
                  : [{ k: `controller ${controllerName(disabled)}`, v: "--disable-svc-external-name" }]),
              ],
              remedy: fault
                ? [
                    "# name a Service with a selector, or give this one the address in an EndpointSlice",
                    kubectl(namespace, "edit", "service", name),
                  ]
                : [],
            }),
          ];
        }
        const instance =
          (kind?.id === "gce" && service.metadata.annotations?.["cloud.google.com/neg"] === undefined) ||
          (kind?.id === "aws-alb" &&
            (annotation(ingress, "alb.ingress.kubernetes.io/target-type") ??
              service.metadata.annotations?.["alb.ingress.kubernetes.io/target-type"]) === "instance");
        if (!instance || (service.spec?.type ?? "ClusterIP") !== "ClusterIP") return [];
        // GKE writes the NEG annotation itself on VPC-native clusters, and newer ones are; without it this is likely, not sure.
        return [
          find("ingress/backend-needs-nodeport", {
            severity: severityOf("error", asked),
            confidence: kind?.id === "gce" ? "likely" : "certain",
            object: refOf(service, "spec.type"),
            summary: `Service ${name} behind ${routeText(route)} is of type ClusterIP, and ${kind?.title ?? "the controller"} reaches nodes only`,
            evidence: [{ k: "spec.type", v: service.spec?.type ?? "ClusterIP" }],
            remedy:
              kind?.id === "gce"
                ? [kubectl(namespace, "annotate", "service", name, 'cloud.google.com/neg={"ingress": true}')]
                : [kubectl(namespace, "patch", "service", name, "-p", JSON.stringify({ spec: { type: "NodePort" } }))],
          }),
        ];
      });
    });
  },
});
