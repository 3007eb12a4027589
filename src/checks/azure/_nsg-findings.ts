/** What the security group check can find, and the commands that mend it. */
import type { FindingMeta } from "../../model/finding.ts";
import type { Service } from "../../model/kube.ts";
import type { Nsg, NsgRule } from "../../model/nsg.ts";
import { kubectl, sh } from "../../model/shell.ts";
import type { NsgFault } from "../../nsg/diagnose.ts";
import type { Flow } from "../../nsg/flow.ts";
import { textOfAddress } from "./_network.ts";

export type NsgFinding =
  | NsgFault
  | "azure/nsg-cluster-rule-missing"
  | "azure/nsg-cluster-rule-shadowed"
  | "azure/nsg-service-deny-all";

const docs = [
  "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/connectivity/custom-nsg-blocks-traffic",
  "https://learn.microsoft.com/azure/virtual-network/network-security-group-how-it-works",
];

export const NSG_FINDINGS: Readonly<Record<NsgFinding, FindingMeta>> = {
  "azure/nsg-denies-inbound": {
    severity: "error",
    title: "A security rule denies the clients",
    explain:
      "Inbound traffic passes the subnet's NSG, then the network interface's, and both have to allow it; the lowest priority number that matches decides. With floating IP, the default on AKS, the packet carries the frontend's " +
      "address and the service port. A warning when rules with service tags or groups leave it open. Not said where this machine got through from outside (--probe); that the address answers inside the cluster proves nothing, since it is never asked there. An info when rules let clients of named addresses in and stop the rest: mostly somebody wants it so; --from ADDRESS judges one client.",
    docs,
  },
  "azure/nsg-no-allow-rule": {
    severity: "error",
    title: "No security rule lets the clients in",
    explain:
      "AKS writes its allow rule only into its own NSG on the network interfaces, never into an NSG that you attach to the subnet. There the default rule DenyAllInBound decides.",
    docs,
  },
  "azure/nsg-allows-only-probe": {
    severity: "error",
    title: "The only allow rule is for health probes",
    explain:
      "The service tag AzureLoadBalancer stands for the source of health probes (168.63.129.16), not for clients that come through the load balancer: those keep their own address.",
    docs: [...docs, "https://learn.microsoft.com/azure/virtual-network/service-tags-overview"],
  },
  "azure/nsg-destination-private": {
    severity: "warning",
    title: "The allow rule names the nodes, not the frontend",
    explain:
      "With floating IP the destination is the frontend's address and the service port until the packet reaches the node. A rule for node addresses, their prefix or VirtualNetwork does not match it.",
    docs,
  },
  "azure/nsg-source-port-restricted": {
    severity: "warning",
    title: "The allow rule asks for a source port",
    explain:
      "Clients connect from an ephemeral port that nobody can foretell. A rule with a source port range other than * lets in only those that happen to use it; usually the destination port was meant.",
    docs,
  },
  "azure/nsg-denies-probe": {
    severity: "error",
    title: "A security rule denies the health probes",
    explain:
      "Health probes come from 168.63.129.16 to the node's own address. When a rule stops them, the load balancer takes every node for down and sends no traffic. The address also belongs to VirtualNetwork, so that a Deny of that tag stops probes, too.",
    docs: [...docs, "https://learn.microsoft.com/azure/load-balancer/load-balancer-custom-probe-overview"],
  },
  "azure/no-nsg": {
    severity: "error",
    title: "No security group at all before a public frontend",
    explain:
      "A Standard load balancer's public frontend is closed to inbound traffic until an NSG on subnet or network interface allows it. AKS attaches its own to the network interfaces: somebody has detached it.",
    docs,
  },
  "azure/nsg-cluster-rule-missing": {
    severity: "error",
    title: "The cluster's own allow rule is missing",
    explain:
      "The cloud provider writes an allow rule for each Service into the cluster's NSG. Without it the Service was not synchronised, or somebody removed the rule.",
    docs,
  },
  "azure/nsg-cluster-rule-shadowed": {
    severity: "error",
    title: "A rule of yours stands before the cluster's allow rule",
    explain: "The cluster's rules begin at priority 500. A Deny with a lower number in the same NSG decides first.",
    docs,
  },
  "azure/nsg-service-deny-all": {
    severity: "info",
    title: "The cluster's NSG denies everything to this address but the allowed ranges",
    explain:
      "The rule comes from azure-deny-all-except-load-balancer-source-ranges, or from a source range that is no valid CIDR: then it shuts everybody out and is an error.",
    docs,
  },
};

/** A free priority below `limit`, as far below the other rules' as a person would choose; undefined when none is left. */
function freePriority(nsg: Nsg, limit: number): number | undefined {
  const taken = new Set(nsg.rules.filter(({ direction }) => direction === "Inbound").map(({ priority }) => priority));
  const wanted = [200, 150, 100, ...Array.from({ length: 100 }, (_, i) => 100 + i)];
  return wanted.find((priority) => priority < limit && !taken.has(priority));
}

/** The commands for a fault. `rule` is the one that decides. */
export function nsgRemedy(
  fault: NsgFinding,
  nsg: Nsg | null,
  rule: NsgRule | null,
  flow: Flow,
  service: Service,
): readonly string[] {
  const { namespace, name } = service.metadata;
  if (fault === "azure/nsg-cluster-rule-missing")
    return [
      kubectl(namespace, "describe", "service", name),
      "# then make the provider synchronise the Service again:",
      kubectl(namespace, "annotate", "service", name, "--overwrite", "netcheck/resync=1"),
    ];
  if (fault === "azure/nsg-service-deny-all")
    return ["# correct spec.loadBalancerSourceRanges and the ranges in the annotations: CIDR without host bits"];
  if (nsg === null)
    return [
      "# attach the cluster's NSG (aks-agentpool-…-nsg in the node resource group) to the network interfaces again, or one of your own to the subnet",
    ];
  const probe = fault === "azure/nsg-denies-probe";
  const priority = freePriority(nsg, rule === null || rule.isDefault ? 4096 : rule.priority);
  const group = nsg.resourceGroup === "" ? "RESOURCE_GROUP" : nsg.resourceGroup;
  if (priority === undefined)
    return [
      `az network nsg rule list -g ${sh(group)} --nsg-name ${sh(nsg.name)} --include-default -o table`,
      `# give rule ${rule?.name ?? ""} a higher number or a smaller reach`,
    ];
  const protocol = `${flow.protocol.charAt(0).toUpperCase()}${flow.protocol.slice(1).toLowerCase()}`;
  const words = [
    ["az", "network", "nsg", "rule", "create", "-g", group, "--nsg-name", nsg.name],
    [
      "-n",
      probe ? "allow-health-probes" : `allow-${name}`.slice(0, 80),
      "--priority",
      String(priority),
      "--direction",
      "Inbound",
      "--access",
      "Allow",
    ],
    [
      "--protocol",
      probe || protocol === "Sctp" ? "*" : protocol,
      "--source-address-prefixes",
      probe ? "AzureLoadBalancer" : "Internet",
    ],
    [
      "--destination-address-prefixes",
      probe ? "*" : textOfAddress(flow.to),
      "--destination-port-ranges",
      probe ? "*" : String(flow.port ?? "*"),
    ],
  ].flat();
  return [words.map(sh).join(" ")];
}
