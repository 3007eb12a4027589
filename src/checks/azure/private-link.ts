import { azureAnnotation, isTrue } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import { sh } from "../../model/shell.ts";
import { annotationRef, forAzureServices, INTERNAL_LB, removeAnnotation, withoutLoadBalancer } from "./_shared.ts";

/** A Private Link service needs pools of network interfaces. */
export const check = defineCheck({
  id: "azure/private-link",
  question: "Can Azure build the Private Link service that the Service asks for?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes", "azureClusters"],
  findings: {
    "azure/pls-nodeip-pool": {
      severity: "error",
      title: "Private Link does not work with backend pools by address",
      explain:
        "A cluster whose loadBalancerProfile.backendPoolType is nodeIP cannot have Private Link services: Azure builds them on pools of network interface configurations only.",
      docs: [INTERNAL_LB],
    },
  },
  notFor: withoutLoadBalancer,
  run(view, find) {
    const cluster = view.azureClusters[0];
    return forAzureServices(view, (service) => {
      if (cluster?.backendPoolType.toLowerCase() !== "nodeip" || !isTrue(azureAnnotation(service, "azure-pls-create")))
        return [];
      return [
        find("azure/pls-nodeip-pool", {
          object: annotationRef(service, "azure-pls-create"),
          summary: `Service ${service.metadata.name} asks for Private Link, which cluster ${cluster.name} with nodeIP pools does not support`,
          evidence: [{ k: "loadBalancerProfile.backendPoolType", v: cluster.backendPoolType }],
          remedy: [
            `az aks update -g ${sh(cluster.resourceGroup)} -n ${sh(cluster.name)} --load-balancer-backend-pool-type nodeIPConfiguration`,
            removeAnnotation(service, "service.beta.kubernetes.io/azure-pls-create"),
          ],
        }),
      ];
    });
  },
});
