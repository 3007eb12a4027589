import { defineCheck } from "../../model/check.ts";
import { isNginx } from "../../model/ingress/found.ts";
import { exposingServices } from "../../model/ingress/service.ts";
import { refOf, type ServicePort } from "../../model/kube.ts";
import { describePort, targetPortOf } from "../../model/ports.ts";
import { forEachIngress, NGINX, netcheck, nginxAnnotation, resolved } from "./_shared.ts";

/** A controller that is exposed for one scheme only. */
export const check = defineCheck({
  id: "ingress/controller-port",
  question: "Is the controller exposed for the scheme of the Ingress?",
  hop: "controller",
  appliesTo: ["ingress"],
  needs: ["controllerServices"],
  wants: ["ingressClasses", "controllerPods"],
  findings: {
    "ingress/controller-port-missing": {
      severity: "error",
      title: "The controller's Service lacks the port for the scheme",
      explain:
        "The Ingress uses TLS and the controller's Service has no port that leads to its HTTPS listener, or it uses none and there is no port for HTTP. A warning in the second case where HTTPS is exposed: the " +
        "controller answers there with its default certificate. Any port number will do, as long as it leads to the listener.",
      docs: [`${NGINX}deploy/baremetal/`, "https://learn.microsoft.com/azure/aks/app-routing-nginx-configuration"],
    },
  },
  run({ scope, controllerServices, wanted }, find) {
    return forEachIngress(scope, (ingress) => {
      const takers = resolved(ingress, wanted).takers.filter(isNginx);
      const services = takers.flatMap((one) => exposingServices(one, controllerServices));
      const service = services[0];
      if (service === undefined) return { skipped: "no Service exposes an ingress-nginx" };
      const ports = services.flatMap((one) => one.spec?.ports ?? []);
      const tls = (ingress.spec?.tls ?? []).length > 0 || nginxAnnotation(ingress, "ssl-passthrough") === "true";
      const [http, https] = [ports.some((port) => leadsTo(port, "http")), ports.some((port) => leadsTo(port, "https"))];
      if (tls ? https : http) return [];
      // Ports that lead to neither by name or number (a proxy in front, custom listeners): nothing can be said.
      if (!http && !https) return [];
      const scheme = tls ? "HTTPS" : "HTTP";
      return [
        find("ingress/controller-port-missing", {
          severity: tls ? "error" : "warning",
          object: refOf(service, "spec.ports"),
          summary: `the controller's Service ${service.metadata.namespace}/${service.metadata.name} has no port for ${scheme}, which Ingress ${ingress.metadata.name} needs`,
          evidence: [{ k: "ports", v: ports.map(describePort).join(", ") }],
          remedy: [
            `# add the ${scheme} port to the Service:`,
            netcheck(service.metadata.namespace, "svc", service.metadata.name),
          ],
        }),
      ];
    });
  },
});

/** Whether a Service port leads to a listener of ingress-nginx, by the name or number of the container's port. */
function leadsTo(port: ServicePort, scheme: "http" | "https"): boolean {
  const target = targetPortOf(port);
  const numbers = scheme === "http" ? [80, 8080] : [443, 8443];
  return target === scheme || numbers.includes(Number(target)) || port.name === scheme || port.port === numbers[0];
}
