import { defineCheck } from "../../model/check.ts";
import { canonicalIp } from "../../model/cidr.ts";
import { refOf, type Service } from "../../model/kube.ts";
import { isTerminating } from "../../model/pods.ts";
import { protocolOf } from "../../model/ports.ts";
import { isLoadBalancer } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { forEachService, SERVICE } from "./_shared.ts";

/** Two Services may share an address, never an address and a port. */
export const check = defineCheck({
  id: "svc/lb-ip-shared",
  question: "Does another Service use the same address of the load balancer?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["allServices"],
  findings: {
    "svc/lb-ip-shared": {
      severity: "error",
      title: "Two Services have the same address and port",
      explain:
        "Another Service has the same load balancer address and the same port: only one of them can receive the traffic. Sharing an address with different ports is a supported pattern and only noted.",
      docs: [`${SERVICE}#loadbalancer`, "https://learn.microsoft.com/azure/aks/load-balancer-standard"],
    },
  },
  notFor: ({ services }) => (services.some(isLoadBalancer) ? undefined : "the Service is no LoadBalancer"),
  run({ scope, allServices }, find) {
    return forEachService(scope.services, (service) => {
      if (!isLoadBalancer(service)) return { skipped: "the Service is no LoadBalancer" };
      const mine = addresses(service);
      const keys = portKeys(service);
      return allServices
        .filter(
          (other) =>
            isLoadBalancer(other) &&
            !isTerminating(other) &&
            (other.metadata.namespace !== service.metadata.namespace || other.metadata.name !== service.metadata.name),
        )
        .flatMap((other) => {
          const ip = addresses(other).find((address) => mine.includes(address));
          if (ip === undefined) return [];
          const clash = portKeys(other).filter((key) => keys.includes(key));
          const label = `${other.metadata.namespace}/${other.metadata.name}`;
          return [{ other, ip, clash, label }];
        })
        .toSorted((a, b) => (a.label < b.label ? -1 : 1))
        .slice(0, 5)
        .map(({ other, ip, clash, label }) => {
          const [older, younger] = created(other) <= created(service) ? [other, service] : [service, other];
          return find("svc/lb-ip-shared", {
            severity: clash.length > 0 ? "error" : "info",
            object: refOf(service, "status.loadBalancer.ingress"),
            summary:
              clash.length > 0
                ? `Service ${service.metadata.name} and Service ${label} both claim ${ip} port ${clash.join(", ")}`
                : `Service ${service.metadata.name} shares the address ${ip} with Service ${label}, on other ports`,
            evidence: [
              {
                k: `Service ${older.metadata.namespace}/${older.metadata.name}`,
                v: `created ${older.metadata.creationTimestamp ?? "?"}, ports ${portKeys(older).join(", ")}`,
              },
              {
                k: `Service ${younger.metadata.namespace}/${younger.metadata.name}`,
                v: `created ${younger.metadata.creationTimestamp ?? "?"}, ports ${portKeys(younger).join(", ")}`,
              },
            ],
            remedy:
              clash.length > 0
                ? [
                    "# create the younger one anew, so that it gets an address of its own:",
                    kubectl(younger.metadata.namespace, "get", "service", younger.metadata.name, "-o", "yaml"),
                  ]
                : [],
          });
        });
    });
  },
});

function addresses(service: Service): readonly string[] {
  return (service.status?.loadBalancer?.ingress ?? []).flatMap((ingress) =>
    ingress.ip ? [canonicalIp(ingress.ip)] : [],
  );
}

function portKeys(service: Service): readonly string[] {
  return (service.spec?.ports ?? []).map((port) => `${port.port}/${protocolOf(port)}`);
}

function created(service: Service): string {
  return service.metadata.creationTimestamp ?? "";
}
