import { isAzureCluster } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { forAzureServices, withoutLoadBalancer } from "./_shared.ts";

/** Near 500 Services the dynamic ports of a Windows node run out. */
const MANY = 400;

/** Windows nodes spend dynamic ports on every Service with policy Cluster. */
export const check = defineCheck({
  id: "azure/windows-ports",
  question: "Have Windows nodes ports left for the Services with policy Cluster?",
  hop: "node",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes", "services"],
  findings: {
    "azure/windows-etp-cluster-ports": {
      severity: "info",
      title: "Many Services with policy Cluster on Windows nodes",
      explain:
        "A Windows node keeps a block of dynamic ports for each LoadBalancer or NodePort Service with externalTrafficPolicy Cluster; near 500 of them the ports run out. Only Services that were read count: other namespaces may hold more.",
      docs: ["https://learn.microsoft.com/azure/aks/windows-faq"],
    },
  },
  notFor: withoutLoadBalancer,
  run(view, find) {
    if (!isAzureCluster(view.nodes)) return { skipped: "not a cluster on Azure" };
    if (!view.nodes.some(({ metadata }) => metadata.labels?.["kubernetes.io/os"] === "windows"))
      return { skipped: "no Windows nodes" };
    const costly = view.services.filter(
      ({ spec }) =>
        (spec?.type === "LoadBalancer" || spec?.type === "NodePort") && spec.externalTrafficPolicy !== "Local",
    );
    if (costly.length <= MANY) return [];
    return forAzureServices(view, (service) =>
      service.spec?.externalTrafficPolicy === "Local"
        ? []
        : [
            find("azure/windows-etp-cluster-ports", {
              object: refOf(service, "spec.externalTrafficPolicy"),
              summary: `${costly.length} Services with policy Cluster take dynamic ports of the Windows nodes; they run out near 500`,
              evidence: [{ k: "Services with policy Cluster", v: String(costly.length) }],
            }),
          ],
    );
  },
});
