import { isAzureCluster } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import { eventCount, eventsOf, eventTime } from "../../model/events.ts";
import type { Finding } from "../../model/finding.ts";
import { refOf } from "../../model/kube.ts";
import { ipsOf } from "../../model/pods.ts";

/** How Azure CNI and its IPAM say that no address is left; the last one is host-local's, used by kubenet and overlay with a range for each node. */
const EXHAUSTED =
  /SubnetIsFull|InsufficientSubnetSize|no available address(es| pools)?\b|no (more )?(free |available )?IPs? (addresses )?(are )?available|not enough (free )?IPs? |no IP addresses available in range set/i;

/** Pods that wait for an address that nobody has. */
export const check = defineCheck({
  id: "azure/pod-ips",
  question: "Are there addresses left for the pods?",
  hop: "node",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["nodes", "events"],
  wants: ["azureClusters"],
  findings: {
    "azure/pod-ip-exhausted": {
      severity: "error",
      title: "No address is left for the pod",
      explain:
        "Azure CNI takes the pods' addresses from a subnet, of which Azure keeps five; when it is full, pods stay in ContainerCreating. With overlay and kubenet each node has a range of its own, which max-pods and leaked addresses fill. " +
        "A pod that has got its address since then is no fault.",
      docs: [
        "https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning",
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/subnetisfull-error",
      ],
    },
  },
  notFor: (scope) => (scope.pods.every((pod) => ipsOf(pod).length > 0) ? "no pod waits for an address" : undefined),
  run({ scope, nodes, events, wanted }, find) {
    if (!isAzureCluster(nodes)) return { skipped: "not a cluster on Azure" };
    const mode = wanted.azureClusters.state === "ok" ? wanted.azureClusters.items[0]?.networkPluginMode : undefined;
    const overlay = mode?.toLowerCase() === "overlay";
    return scope.pods.flatMap((pod): readonly Finding[] => {
      if (ipsOf(pod).length > 0) return [];
      const event = eventsOf(events, pod).find(
        ({ type, message }) => type === "Warning" && EXHAUSTED.test(message ?? ""),
      );
      if (event === undefined) return [];
      const range = /no IP addresses available in range set/i.test(event.message ?? "") || overlay;
      return [
        find("azure/pod-ip-exhausted", {
          object: refOf(pod),
          summary: `${range ? "the node's range" : "the subnet"} has no address left for pod ${pod.metadata.name}`,
          evidence: [
            { k: `event ${event.reason ?? ""}`, v: event.message ?? "" },
            { k: "seen", v: `${eventCount(event)}×, last ${new Date(eventTime(event)).toISOString()}` },
          ],
          remedy: range
            ? [
                "# fewer pods for each node (max-pods of the pool), or a node that has lost track of its addresses: drain it and make it anew",
                `kubectl get pods -A -o wide --field-selector spec.nodeName=${pod.spec?.nodeName ?? "NODE"}`,
              ]
            : [
                "az network vnet subnet show -g VNET_RESOURCE_GROUP --vnet-name VNET -n SUBNET --query '{prefix:addressPrefix,used:length(ipConfigurations)}'",
                "# then: a pool with a larger pod subnet (az aks nodepool add --pod-subnet-id …), or Azure CNI overlay",
              ],
        }),
      ];
    });
  },
});
