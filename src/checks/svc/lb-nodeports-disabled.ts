import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { isLoadBalancer } from "../../model/services.ts";
import { isAzure } from "./_nodes.ts";
import { forEachService, patchService, unreadable } from "./_shared.ts";

/** Azure probes node ports; without one it probes port 0. */
export const check = defineCheck({
  id: "svc/lb-nodeports-disabled",
  question: "Can Azure's load balancer probe the Service without node ports?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: [],
  wants: ["nodes"],
  findings: {
    "svc/lb-nodeports-disabled": {
      severity: "warning",
      title: "Azure has no node port to probe",
      explain:
        "allocateLoadBalancerNodePorts is false, and Azure's load balancer probes a Service at its node port: without one the backends count as down. Not a fault with externalTrafficPolicy Local, which has a health port of its own, or in clusters with shared probes.",
      docs: [
        "https://cloud-provider-azure.sigs.k8s.io/topics/shared-probe/",
        "https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-nodeport-allocation",
      ],
    },
  },
  run({ scope, wanted }, find) {
    return forEachService(scope.services, (service) => {
      if (!isLoadBalancer(service)) return { skipped: "the Service is no LoadBalancer" };
      const bare = (service.spec?.ports ?? []).some((port) => (port.nodePort ?? 0) === 0);
      if (
        service.spec?.allocateLoadBalancerNodePorts !== false ||
        !bare ||
        service.spec.externalTrafficPolicy === "Local"
      )
        return [];
      if (wanted.nodes.state !== "ok")
        return { unknown: `${unreadable("nodes", wanted.nodes) ?? "nodes were not read"}: whether this is Azure` };
      if (!isAzure(wanted.nodes.items)) return { skipped: "not on Azure" };
      return [
        find("svc/lb-nodeports-disabled", {
          object: refOf(service, "spec.allocateLoadBalancerNodePorts"),
          summary: `Service ${service.metadata.name} allocates no node ports: unless the cluster uses shared probes, Azure's load balancer finds all nodes down`,
          evidence: [{ k: "spec.allocateLoadBalancerNodePorts", v: "false" }],
          remedy: [
            patchService(service, [{ op: "replace", path: "/spec/allocateLoadBalancerNodePorts", value: true }]),
          ],
        }),
      ];
    });
  },
});
