import { hasAzureLoadBalancer, isAzureCluster, parseProviderId } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { refOf } from "../../model/kube.ts";
import { sh } from "../../model/shell.ts";
import type { Gathered, Unavailable } from "../../model/snapshot.ts";
import { withoutLoadBalancer } from "./_shared.ts";

/** What of Azure could not be looked at, and how to let it be. */
export const check = defineCheck({
  id: "azure/access",
  question: "Could Azure's part of the path be looked at?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes"],
  wants: ["azurePools", "azureSubnets", "azureNsgs", "azureLoadBalancers"],
  findings: {
    "azure/unavailable": {
      severity: "info",
      title: "Azure could not be asked",
      explain:
        "Load balancer rules, security groups and routes are read with your own az. Without it these checks are left out: log in, choose the cluster's subscription, or hand over files of somebody who may read them.",
      docs: ["https://learn.microsoft.com/cli/azure/install-azure-cli"],
    },
    "azure/nsg-unreadable": {
      severity: "info",
      title: "A network security group could not be read",
      explain:
        "The role Reader on the node resource group and on the resource group of the virtual network is enough. Until then nobody knows whether the security groups let clients in.",
      docs: ["https://learn.microsoft.com/azure/role-based-access-control/built-in-roles"],
    },
  },
  notFor: withoutLoadBalancer,
  run({ nodes, scope, wanted }, find) {
    if (!isAzureCluster(nodes)) return { skipped: "not a cluster on Azure" };
    const service = scope.services.find(hasAzureLoadBalancer);
    const all: readonly Gathered<unknown>[] = [
      wanted.azurePools,
      wanted.azureSubnets,
      wanted.azureNsgs,
      wanted.azureLoadBalancers,
    ];
    const asked = all.filter((one) => one.state === "ok" || one.reason !== "not-requested");
    if (asked.length === 0 || service === undefined) return { skipped: "Azure was not asked" };
    const machine = nodes.flatMap((node) => parseProviderId(node.spec?.providerID ?? "") ?? [])[0];
    const out: Finding[] = [];
    const failed = asked.filter((one): one is Unavailable => one.state === "unavailable");
    const [first] = failed;
    if (first !== undefined && failed.length === asked.length) {
      const [why = "", next] = first.detail.split("; next: ");
      const listing = `az network nsg list -g ${sh(machine?.resourceGroup ?? "NODE_RESOURCE_GROUP")} --subscription ${sh(machine?.subscription ?? "SUBSCRIPTION")} -o json`;
      // One line with all that is to do: notes show nothing else.
      const steps = [
        ...(next === undefined ? [] : [next]),
        `by hand: ${listing}, then --nsg-file SUBNET.json --nsg-file NIC.json`,
      ];
      out.push(
        find("azure/unavailable", {
          object: refOf(service),
          summary: `Azure could not be asked (${why}), so load balancer rules, security groups and routes were not checked. Next: ${steps.join(" · ")}`,
          evidence: [{ k: first.reason, v: first.detail }],
          remedy: [
            "az login",
            `az account set --subscription ${sh(machine?.subscription ?? "SUBSCRIPTION")}`,
            `az network lb list -g ${sh(machine?.resourceGroup ?? "NODE_RESOURCE_GROUP")} -o table`,
            "# or give the NSGs as files: --nsg-file SUBNET.json --nsg-file NIC.json",
          ],
        }),
      );
    } else {
      const gaps = [wanted.azureNsgs, wanted.azureSubnets].flatMap((one: Gathered<unknown>) =>
        one.state === "ok" ? (one.gaps ?? []) : one.reason === "not-requested" ? [] : [one.detail],
      );
      if (gaps.length > 0)
        out.push(
          find("azure/nsg-unreadable", {
            object: refOf(service),
            summary: `a subnet or network security group of the nodes is not known: ${(gaps[0] ?? "").replace(/; next: .+$/, "")}`,
            evidence: gaps.map((gap) => ({ k: "not read", v: gap.replace("; next: ", ". Next: ") })),
            remedy: [
              `az role assignment create --role Reader --assignee YOU --scope ${sh(`/subscriptions/${machine?.subscription ?? "SUBSCRIPTION"}/resourceGroups/${machine?.resourceGroup ?? "NODE_RESOURCE_GROUP"}`)}`,
            ],
          }),
        );
    }
    return out;
  },
});
