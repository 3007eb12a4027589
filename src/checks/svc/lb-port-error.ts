import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { isLoadBalancer } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { forEachService, SERVICE } from "./_shared.ts";

/** A load balancer may take some ports of a Service and refuse others. */
export const check = defineCheck({
  id: "svc/lb-port-error",
  question: "Does the load balancer serve every port?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: [],
  findings: {
    "svc/lb-port-error": {
      severity: "error",
      title: "The load balancer cannot serve a port",
      explain:
        "The controller reports in the status that it cannot serve a port, for example because it does not mix TCP and UDP on one address.",
      docs: [`${SERVICE}#loadbalancer`],
    },
  },
  run({ scope }, find) {
    return forEachService(scope.services, (service) => {
      if (!isLoadBalancer(service)) return { skipped: "the Service is no LoadBalancer" };
      const { namespace, name } = service.metadata;
      const ports = (service.status?.loadBalancer?.ingress ?? []).flatMap((ingress) =>
        (ingress.ports ?? []).filter((port) => port.error !== undefined && port.error !== ""),
      );
      const condition = service.status?.conditions?.find(
        (one) => one.type === "LoadBalancerPortsError" && one.status === "True",
      );
      if (ports.length === 0 && condition === undefined) return [];
      return [
        find("svc/lb-port-error", {
          object: refOf(service, "status.loadBalancer.ingress"),
          summary: `the load balancer of Service ${name} cannot serve ${ports.length === 0 ? "one of its ports" : `port ${ports.map((port) => port.port).join(", ")}`}`,
          evidence: [
            ...ports.map((port) => ({ k: `port ${port.port}/${port.protocol ?? "TCP"}`, v: port.error ?? "" })),
            ...(condition === undefined
              ? []
              : [
                  {
                    k: `condition ${condition.type}`,
                    v: `${condition.reason ?? ""} ${condition.message ?? ""}`.trim(),
                  },
                ]),
          ],
          remedy: [
            kubectl(namespace, "describe", "service", name),
            "# move the port to a Service of its own, with its own address",
          ],
        }),
      ];
    });
  },
});
