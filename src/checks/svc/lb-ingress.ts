import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { isLoadBalancer } from "../../model/services.ts";
import { forEachService, SERVICE } from "./_shared.ts";

/** What kind of address the load balancer gave. */
export const check = defineCheck({
  id: "svc/lb-ingress",
  question: "What kind of address did the load balancer give?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: [],
  findings: {
    "svc/lb-ip-mode-proxy": {
      severity: "info",
      title: "Traffic to the load balancer's address leaves the cluster",
      explain:
        "With ipMode Proxy kube-proxy does not short-circuit the address: in-cluster clients that use it really go out to the load balancer and back, so its rules and ranges apply to them.",
      docs: [`${SERVICE}#load-balancer-ip-mode`],
    },
    "svc/lb-hostname-only": {
      severity: "info",
      title: "The load balancer has a name, no address",
      explain:
        "The status gives a host name. It must resolve before anybody can connect, and its addresses may change.",
      docs: [`${SERVICE}#loadbalancer`],
    },
  },
  run({ scope }, find) {
    return forEachService(scope.services, (service) => {
      if (!isLoadBalancer(service)) return { skipped: "the Service is no LoadBalancer" };
      const { name } = service.metadata;
      return (service.status?.loadBalancer?.ingress ?? []).flatMap((ingress, i) => {
        const object = refOf(service, `status.loadBalancer.ingress[${i}]`);
        if (ingress.ipMode === "Proxy")
          return [
            find("svc/lb-ip-mode-proxy", {
              object,
              summary: `in-cluster traffic to ${ingress.ip ?? "the address"} of Service ${name} leaves the cluster (ipMode Proxy)`,
              evidence: [{ k: "ipMode", v: "Proxy" }],
            }),
          ];
        if (ingress.hostname && !ingress.ip)
          return [
            find("svc/lb-hostname-only", {
              object,
              summary: `the load balancer of Service ${name} is reached as ${ingress.hostname}`,
              evidence: [{ k: "hostname", v: ingress.hostname }],
            }),
          ];
        return [];
      });
    });
  },
});
