import { defineCheck } from "../../model/check.ts";
import { portOf } from "../../model/ingress/backend.ts";
import { refOf, type Service, type ServicePort } from "../../model/kube.ts";
import { describePort, protocolOf, targetPortOf } from "../../model/ports.ts";
import { isExternalName } from "../../model/services.ts";
import {
  backendText,
  forEachIngress,
  INGRESS,
  isAction,
  jsonPatch,
  judgedRoutes,
  NGINX_TROUBLE,
  pointer,
  resolved,
  routeText,
  serviceOf,
  severityOf,
} from "./_shared.ts";

/** A backend's port is a port of the Service, by number or by name: never a port of the pods. */
export const check = defineCheck({
  id: "ingress/backend-port",
  question: "Do the Services have the ports that the Ingress names?",
  hop: "ingress",
  appliesTo: ["ingress"],
  essential: true,
  needs: ["services"],
  wants: ["allIngresses", "ingressClasses", "controllerPods"],
  findings: {
    "ingress/backend-port-missing": {
      severity: "error",
      title: "The backend Service has no such port",
      explain:
        "backend.service.port must be a number in the Service's spec.ports[].port or a name in spec.ports[].name. It is neither, so the controller has no endpoints for the route, although the " +
        "Service itself works and `kubectl describe ingress` may show addresses. Not reported for ExternalName Services, which have no ports.",
      docs: [`${INGRESS}#the-ingress-resource`],
    },
    "ingress/backend-port-is-target-port": {
      severity: "warning",
      title: "The backend names the pods' port instead of the Service's",
      explain:
        "The port equals a targetPort of the Service, not a port of it. ingress-nginx tolerates that; every other controller answers with an error, and so does ingress-nginx with service-upstream. " +
        "An error where the controller is another or not known.",
      docs: [`${INGRESS}#the-ingress-resource`, NGINX_TROUBLE],
    },
    "ingress/backend-port-udp": {
      severity: "error",
      title: "The backend port is not TCP",
      explain: "The route leads to a UDP or SCTP port of the Service. An HTTP proxy needs TCP.",
      docs: [INGRESS],
    },
  },
  run({ scope, services, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const resolution = resolved(ingress, wanted);
      const judged = judgedRoutes(ingress, scope, wanted.allIngresses, wanted).filter(
        ({ route }) => route.backend.service !== undefined && !isAction(route),
      );
      if (judged.length === 0) return { skipped: "no route names a Service" };
      return judged.flatMap(({ route, asked }) => {
        const service = serviceOf(route, services);
        const { port } = route.backend;
        if (service === undefined || isExternalName(service) || port === undefined) return [];
        const ports = service.spec?.ports ?? [];
        const found = portOf(service, port);
        const object = refOf(ingress, `${route.at}.service.port`);
        const evidence = [
          { k: routeText(route), v: backendText(route) },
          { k: `ports of Service ${service.metadata.name}`, v: ports.map(describePort).join(", ") || "none" },
          ...(asked ? [] : [{ k: "note", v: "not the route that was asked for" }]),
        ];
        if (found !== undefined) {
          if (protocolOf(found) === "TCP" || ports.some((one) => one.port === found.port && protocolOf(one) === "TCP"))
            return [];
          return [
            find("ingress/backend-port-udp", {
              severity: severityOf("error", asked),
              object,
              summary: `${routeText(route)} leads to port ${describePort(found)} of Service ${service.metadata.name}, which is not TCP`,
              evidence,
              remedy: setPort(
                route.at,
                ingress,
                ports.find((one) => protocolOf(one) === "TCP"),
              ),
            }),
          ];
        }
        const target = ports.find((one) => targetPortOf(one) === port);
        const tolerant = resolution.kind?.paths === "ingress-nginx";
        if (target !== undefined && tolerant)
          return [
            find("ingress/backend-port-is-target-port", {
              object,
              summary: `${routeText(route)} names port ${port}, a targetPort of Service ${service.metadata.name}; ingress-nginx tolerates it, others do not`,
              evidence,
              remedy: setPort(route.at, ingress, target),
            }),
          ];
        return [
          find("ingress/backend-port-missing", {
            severity: severityOf("error", asked),
            object,
            summary: `${routeText(route)} leads to port ${port} of Service ${service.metadata.name}, which has only ${describePorts(service)}`,
            evidence,
            remedy: setPort(route.at, ingress, target ?? (ports.length === 1 ? ports[0] : undefined), ports),
          }),
        ];
      });
    });
  },
});

function describePorts(service: Service): string {
  const ports = (service.spec?.ports ?? []).map((port) =>
    port.name ? `${port.port ?? "?"} (${port.name})` : `${port.port ?? "?"}`,
  );
  return ports.length === 0 ? "no port" : ports.join(", ");
}

function setPort(
  at: string,
  ingress: Parameters<typeof jsonPatch>[0],
  port: ServicePort | undefined,
  ports: readonly ServicePort[] = [],
): readonly string[] {
  const chosen = port ?? ports[0];
  if (chosen === undefined) return ["# give the Service a TCP port, or name another Service"];
  const patch = jsonPatch(ingress, [
    { op: "replace", path: `${pointer(at)}/service/port`, value: { number: chosen.port } },
  ]);
  return port === undefined ? ["# choose one of the Service's ports, e.g. its first:", patch] : [patch];
}
