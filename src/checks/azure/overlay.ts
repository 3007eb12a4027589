import { isAzureCluster } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { describeProbe, verdictOfProbe } from "../../model/probe-results.ts";

/** Pods of an overlay have addresses that the virtual network does not know. */
export const check = defineCheck({
  id: "azure/overlay",
  question: "Was a pod of an overlay network asked from outside the cluster?",
  hop: "pod",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["nodes", "probes"],
  wants: ["azureClusters"],
  findings: {
    "azure/overlay-not-routable": {
      severity: "info",
      title: "Pod addresses of the overlay are not reachable from outside",
      explain:
        "With Azure CNI overlay pods have addresses that exist inside the cluster only; nobody in the virtual network or beyond can reach them. A failed connection from there says nothing about the pod: use a Service, an Ingress, or kubectl port-forward.",
      docs: ["https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay"],
    },
  },
  run({ nodes, probes, wanted }, find) {
    if (!isAzureCluster(nodes)) return { skipped: "not a cluster on Azure" };
    const labelled = nodes.some(
      ({ metadata }) => metadata.labels?.["kubernetes.azure.com/podnetwork-type"]?.toLowerCase() === "overlay",
    );
    const { azureClusters } = wanted;
    const told = azureClusters.state === "ok" ? azureClusters.items[0]?.networkPluginMode.toLowerCase() : undefined;
    if (!labelled && told !== "overlay") return { skipped: "the pods are in no overlay, as far as is known" };
    return probes.flatMap((probe): readonly Finding[] => {
      if (probe.vantage.kind !== "local" || probe.target.hop !== "pod" || verdictOfProbe(probe) !== "failed") return [];
      return [
        find("azure/overlay-not-routable", {
          object: probe.target.object,
          summary: `pod address ${probe.target.host} is in an overlay: it cannot be reached from this machine, whatever the pod does`,
          evidence: [{ k: `from ${probe.vantage.label}`, v: describeProbe(probe) }],
        }),
      ];
    });
  },
});
