/**
 * What Azure's errors in the events of a Service mean. One entry a finding; the first whose pattern matches wins, so the order counts.
 * Sources: cloud-provider-azure's error texts; ARM error codes as seen in reported events.
 */
import type { Severity } from "../../model/finding.ts";

export interface EventMeaning {
  readonly severity: Severity;
  readonly pattern: RegExp;
  /** A few words, as in a table of contents. */
  readonly title: string;
  /** What Azure refuses, as the end of a sentence that begins with the Service. */
  readonly says: string;
  readonly explain: string;
  /** Commands, or prose in comment lines; `SERVICE` and `NAMESPACE` stand for the quoted names. */
  readonly remedy: readonly string[];
}

const annotate = (pair: string): string =>
  `kubectl -n NAMESPACE annotate service SERVICE --overwrite service.beta.kubernetes.io/${pair}`;

export const EVENT_MEANINGS = {
  "azure/event-lb-ip-not-found": {
    severity: "error",
    pattern: /user supplied IP Address .+ was not found in resource group/i,
    title: "The requested IP is no public IP of the resource group",
    says: "asks for an address that is no public IP in the resource group where Azure looks",
    explain:
      "The provider looks for the requested address among the public IPs of the node resource group, or of the group that an annotation names. It does not create one with that number.",
    remedy: [
      "# create the public IP in the node resource group, or name the group it lies in and give the cluster identity Network Contributor on it",
      annotate("azure-load-balancer-resource-group=RESOURCE_GROUP"),
    ],
  },
  "azure/event-pip-name-not-found": {
    severity: "error",
    pattern: /PublicIP from annotation azure-pip-name.* doesn't exist/i,
    title: "The public IP named by annotation does not exist",
    says: "names a public IP that Azure does not find",
    explain:
      "azure-pip-name must name a public IP in the node resource group, or in the group that azure-load-balancer-resource-group names.",
    remedy: [
      "az network public-ip list --query '[].{name:name,group:resourceGroup,ip:ipAddress}' -o table",
      annotate("azure-pip-name=NAME"),
    ],
  },
  "azure/event-lb-ip-private-on-external": {
    severity: "error",
    pattern: /cannot use non-public LoadBalancer IP/i,
    title: "A private IP is asked for on a public load balancer",
    says: "asks for a private address without being internal",
    explain: "A private address needs an internal load balancer, which the internal annotation asks for.",
    remedy: [annotate("azure-load-balancer-internal=true")],
  },
  "azure/event-lb-ip-invalid": {
    severity: "error",
    pattern: /invalid LoadBalancer IP/i,
    title: "The requested IP is not an IP address",
    says: "asks for something that is no IP address",
    explain: "spec.loadBalancerIP and the azure-load-balancer-ipv4/ipv6 annotations take one plain address.",
    remedy: [annotate("azure-load-balancer-ipv4=ADDRESS"), "# or mend spec.loadBalancerIP"],
  },
  "azure/event-subnet-not-found": {
    severity: "error",
    // A refusal may quote the subnet, too: what may not be read is not missing.
    pattern: /^(?!.*AuthorizationFailed).*failed to get subnet: (.+)\/(.+)/is,
    title: "The subnet of the internal load balancer does not exist",
    says: "names a subnet for its internal load balancer that is not in the cluster's virtual network",
    explain:
      "azure-load-balancer-internal-subnet takes the name of a subnet in the virtual network that the provider is configured with, not an id.",
    remedy: [
      "az network vnet subnet list -g VNET_RESOURCE_GROUP --vnet-name VNET --query '[].name'",
      annotate("azure-load-balancer-internal-subnet=SUBNET"),
    ],
  },
  "azure/event-subnet-full": {
    severity: "error",
    // Word bounds: "There are no available nodes for … shop/shipping" is about nodes, whatever the Service is called.
    pattern: /SubnetIsFull|does not have enough capacity|\bno\b[^.]*\bavailable\b[^.]*\b(ip|address)(es|s)?\b/i,
    title: "The subnet of the internal load balancer has no free address",
    says: "gets no address, because its subnet is full",
    explain:
      "Azure keeps five addresses of every subnet; pods of Azure CNI take theirs from the same subnet unless they have one of their own.",
    remedy: [annotate("azure-load-balancer-internal-subnet=OTHER_SUBNET"), "# or grow the subnet"],
  },
  "azure/event-ip-in-use": {
    severity: "error",
    // Public addresses have an entry of their own below.
    pattern: /PrivateIPAddress(IsAllocated|InUse|NotInSubnet|InReservedRange)|(?<!Public)IPAddress.*in use/i,
    title: "The private address is taken, reserved or outside the subnet",
    says: "asks for a private address that is taken, reserved, or outside its subnet",
    explain:
      "The first four addresses and the last one of a subnet are Azure's; every other may belong to a node, a pod or another load balancer.",
    remedy: [
      "# choose a free address of the load balancer's subnet, outside the range that pods use",
      annotate("azure-load-balancer-ipv4=ADDRESS"),
    ],
  },
  "azure/event-authorization": {
    severity: "error",
    pattern: /AuthorizationFailed|LinkedAuthorizationFailed|does not have authorization|AADSTS/i,
    title: "The cluster's identity lacks a right in Azure",
    says: "gets no load balancer, because the cluster's identity may not do what is needed",
    explain:
      "The cluster's managed identity needs rights on everything outside the node resource group that it touches: subnets/join/action and subnets/read on a virtual network of your own, " +
      "public IPs in another group. The message names the action and the scope. Role assignments take minutes to work.",
    remedy: [
      "az aks show -g RESOURCE_GROUP -n CLUSTER --query identity",
      'az role assignment create --role "Network Contributor" --assignee IDENTITY --scope SCOPE_FROM_THE_MESSAGE',
    ],
  },
  "azure/event-quota": {
    severity: "error",
    pattern:
      /PublicIPCountLimitReached|LoadBalancerFrontendIPConfigurationCountLimitReached|QuotaExceeded|exceeded maximum rule limit|InvalidTagValueLength|RulesPerNic/i,
    title: "A limit of Azure is reached",
    says: "gets no load balancer, because a limit of the subscription or of the load balancer is reached",
    explain:
      "Public IPs per region, frontends and rules per load balancer and per NIC are limited; one public IP shared by very many Services runs out of tag length (256 characters).",
    remedy: [
      "az network list-usages -l REGION -o table",
      "# ask for more quota, put fewer ports on the Service, or spread Services over addresses and load balancers",
    ],
  },
  "azure/event-port-conflict": {
    severity: "error",
    pattern: /checkLoadBalancerResourcesConflicts: service port/i,
    title: "Another rule already has this address and port",
    says: "wants a frontend address and port that another rule already has",
    explain: "On one frontend address a port and protocol can belong to one rule or NAT rule only.",
    remedy: [
      "kubectl get services -A --field-selector spec.type=LoadBalancer -o wide",
      "# give one of the two another port, or an address of its own",
    ],
  },
  "azure/event-pip-in-use": {
    severity: "error",
    pattern: /PublicIPReferencedByMultipleIPConfigs|PublicIPAddressInUse/i,
    title: "The public IP is attached elsewhere",
    says: "asks for a public IP that is attached to something else",
    explain:
      "Often it is the address of the cluster's own outbound rule. A frontend needs a public IP that nothing else holds.",
    remedy: [
      "az network public-ip show -g RESOURCE_GROUP -n NAME --query ipConfiguration.id",
      "# give the Service a public IP of its own",
      annotate("azure-pip-name=NAME"),
    ],
  },
  "azure/event-vnet-mismatch": {
    severity: "error",
    pattern: /MustUseSameVnet|NetworkInterfaceAndInternalLoadBalancer/i,
    title: "Load balancer and nodes are in different virtual networks",
    says: "has an internal load balancer in another virtual network than the nodes",
    explain:
      "An internal load balancer and its members have to share a virtual network: the named subnet belongs to another one, or the cluster was made outside the intended one.",
    remedy: [annotate("azure-load-balancer-internal-subnet=SUBNET_OF_THE_NODES_VNET")],
  },
  "azure/event-timeout": {
    severity: "warning",
    pattern: /timed out waiting for the condition/i,
    title: "The provider gave up waiting for Azure",
    says: "is waiting for Azure, and the provider gives no reason",
    explain: "The reason is in Azure's activity log of the node resource group.",
    remedy: ["az monitor activity-log list -g NODE_RESOURCE_GROUP --status Failed --offset 2h -o table"],
  },
  "azure/event-dns-label": {
    severity: "error",
    pattern: /existing service .+ consuming the DNS label|DnsRecordInUse/i,
    title: "The DNS label is taken",
    says: "asks for a DNS label that is taken",
    explain: "azure-dns-label-name has to be unique in the region, over all customers.",
    remedy: [annotate("azure-dns-label-name=ANOTHER_LABEL")],
  },
  "azure/event-source-range-conflict": {
    severity: "error",
    pattern: /cannot set both spec.LoadBalancerSourceRanges and service annotation/i,
    title: "Source ranges are given twice",
    says: "gives its source ranges twice",
    explain: "The provider refuses spec.loadBalancerSourceRanges beside the annotation for the same thing.",
    remedy: ["kubectl -n NAMESPACE annotate service SERVICE service.beta.kubernetes.io/load-balancer-source-ranges-"],
  },
  "azure/event-probe-config": {
    severity: "error",
    pattern:
      /failed to parse annotation .*health-probe|total probe should be less than 120|minimum value of (interval|num-of-probe)|port .+ not found in service/i,
    title: "A health probe annotation is invalid",
    says: "has a health probe annotation that the provider refuses",
    explain:
      "The interval is at least 5 seconds, the count at least 2, their product below 120; the port is a name or number of the Service's ports.",
    remedy: [
      annotate("azure-load-balancer-health-probe-interval=5"),
      annotate("azure-load-balancer-health-probe-num-of-probe=2"),
    ],
  },
  "azure/event-idle-timeout": {
    severity: "error",
    // Newer releases say "error parsing idle timeout key: …, err: error value: soon value must be a whole number".
    pattern: /idle timeout value must be a whole number|error parsing idle timeout/i,
    title: "The idle timeout is invalid",
    says: "asks for an idle timeout that the provider refuses",
    explain:
      "azure-load-balancer-tcp-idle-timeout takes whole minutes from 4; the highest allowed is 30 by the documentation, 100 by the code.",
    remedy: [annotate("azure-load-balancer-tcp-idle-timeout=4")],
  },
  "azure/event-sctp-public": {
    severity: "error",
    pattern: /SCTP is only supported on standard loadbalancer in internal mode/i,
    title: "SCTP needs an internal load balancer",
    says: "has an SCTP port, which Azure serves on internal load balancers only",
    explain:
      "Public load balancers of Azure carry TCP and UDP. The rest of the Service gets no rules either while the port is there.",
    remedy: [annotate("azure-load-balancer-internal=true"), "# or move the SCTP port to a Service of its own"],
  },
  "azure/event-multislb": {
    severity: "error",
    pattern: /selects \d+ load balancers by annotation, but none of them is defined|no configuration named/i,
    title: "The annotation names no load balancer configuration",
    says: "names a load balancer configuration that does not exist",
    explain: "azure-load-balancer-configurations takes names of the configurations that `az aks loadbalancer` knows.",
    remedy: [
      "az aks loadbalancer list -g RESOURCE_GROUP -n CLUSTER -o table",
      annotate("azure-load-balancer-configurations=NAME"),
    ],
  },
  "azure/event-policy": {
    severity: "error",
    pattern: /RequestDisallowedByPolicy|ScopeLocked|ReadOnlyDisabledSubscription/i,
    title: "A policy or lock of Azure forbids the change",
    says: "gets no load balancer, because a policy, a lock or the state of the subscription forbids the change",
    explain:
      "The message names the policy assignment or the lock. The node resource group has to stay writable for the cluster.",
    remedy: [
      "az lock list -g NODE_RESOURCE_GROUP -o table",
      "az policy assignment list -g NODE_RESOURCE_GROUP -o table",
    ],
  },
  "azure/event-throttled": {
    severity: "warning",
    pattern: /TooManyRequests|rate limited|RetryAfter|canceledandsuperseded|fail to lock azure resources/i,
    title: "Azure slows the provider down, or another change is running",
    says: "waits for its turn: Azure throttles, or another change of the same resources is running",
    explain:
      "The provider tries again by itself. It is a fault only when it goes on; a lease in kube-system (aks-managed-resource-locker) then tells who holds the lock.",
    remedy: [
      "# wait some minutes, then look whether the events go on",
      "kubectl -n NAMESPACE describe service SERVICE",
      "kubectl -n kube-system get lease aks-managed-resource-locker -o yaml",
    ],
  },
  "azure/event-sku": {
    severity: "error",
    pattern: /SkuDoNotMatch|Basic.*(retire|not supported)/i,
    title: "Basic and Standard do not go together",
    says: "joins a Basic public IP or load balancer with a Standard one",
    explain: "A Standard load balancer takes Standard public IPs only; Basic ones are retired.",
    remedy: ["az network public-ip create -g RESOURCE_GROUP -n NAME --sku Standard", annotate("azure-pip-name=NAME")],
  },
} as const satisfies Readonly<Record<string, EventMeaning>>;

export type EventFinding = keyof typeof EVENT_MEANINGS;

const ENTRIES = Object.entries(EVENT_MEANINGS) as readonly (readonly [EventFinding, EventMeaning])[];

/** What the text of an event means; undefined when no pattern matches. */
export function meaningOf(message: string): { readonly id: EventFinding; readonly meaning: EventMeaning } | undefined {
  const found = ENTRIES.find(([, meaning]) => meaning.pattern.test(message));
  return found === undefined ? undefined : { id: found[0], meaning: found[1] };
}
