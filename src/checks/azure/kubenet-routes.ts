import { isAzureCluster } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { refOf } from "../../model/kube.ts";
import { sh } from "../../model/shell.ts";
import { isYoung } from "./_network.ts";
import { withoutLoadBalancer } from "./_shared.ts";

/** kubenet reaches pods of other nodes by routes of Azure. */
export const check = defineCheck({
  id: "azure/kubenet-routes",
  question: "Does Azure route the pods of every node to it (kubenet)?",
  hop: "node",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes", "azureClusters", "azurePools", "azureSubnets", "azureRouteTables"],
  findings: {
    "azure/kubenet-route-missing": {
      severity: "error",
      title: "The route to a node's pods is missing",
      explain:
        "With kubenet pod addresses are no part of the virtual network: the route table of the node subnet sends each node's podCIDR to the node. Without the route its pods are reachable from the node itself only. No fault in the first ten minutes of a node.",
      docs: ["https://learn.microsoft.com/azure/aks/configure-kubenet"],
    },
  },
  notFor: withoutLoadBalancer,
  run({ nodes, azureClusters, azurePools, azureSubnets, azureRouteTables, now, clockIsLowerBound }, find) {
    if (!isAzureCluster(nodes)) return { skipped: "not a cluster on Azure" };
    if (azureClusters[0]?.networkPlugin.toLowerCase() !== "kubenet")
      return { skipped: "the cluster does not use kubenet" };
    return nodes.flatMap((node): readonly Finding[] => {
      const cidr = node.spec?.podCIDR;
      const ip = node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
      const pool = azurePools.find((one) => one.nodes.includes(node.metadata.name));
      const subnet = azureSubnets.find(({ id }) => id === pool?.subnets[0]);
      if (cidr === undefined || ip === undefined || subnet === undefined) return [];
      const table = azureRouteTables.find(({ id }) => id === subnet.routeTable);
      // One that could not be read may hold the route.
      if (subnet.routeTable !== null && table === undefined) return [];
      const route = table?.routes.find(({ prefix }) => prefix === cidr);
      if (route?.nextHopIp === ip || isYoung(node.metadata.creationTimestamp, now, clockIsLowerBound)) return [];
      return [
        find("azure/kubenet-route-missing", {
          object: refOf(node, "spec.podCIDR"),
          summary: `no route of Azure sends ${cidr} to node ${node.metadata.name} (${ip})`,
          evidence: [
            { k: "spec.podCIDR", v: cidr },
            {
              k: "route",
              v:
                route === undefined
                  ? "none"
                  : `${route.name}: ${route.prefix} → ${route.nextHopType} ${route.nextHopIp ?? ""}`,
            },
            { k: "route table", v: subnet.routeTable ?? "none on the subnet" },
          ],
          remedy: [
            "# the cluster's identity needs Network Contributor on the route table; the cloud controller then writes the route again",
            `az network vnet subnet show --ids ${sh(subnet.id)} --query routeTable.id`,
          ],
        }),
      ];
    });
  },
});
