import type {
  AzureAdminRule,
  AzureAppGateway,
  AzureCluster,
  AzureLbHealth,
  AzureLoadBalancer,
  AzurePool,
  AzurePublicIp,
  AzureRouteTable,
  AzureSubnet,
  AzureVnet,
} from "./azure-facts.ts";
import type { MarkedLog } from "./ingress/markedlog.ts";
import type {
  ConfigMap,
  DaemonSet,
  Deployment,
  EndpointSlice,
  Endpoints,
  Ingress,
  IngressClass,
  Job,
  KubeEvent,
  KubeNode,
  Namespace,
  NetworkPolicy,
  PartialObject,
  Pod,
  ReplicaSet,
  Service,
  StatefulSet,
  ValidatingWebhookConfiguration,
} from "./kube.ts";
import type { LogExcerpt } from "./logs.ts";
import type { Nsg } from "./nsg.ts";
import type { ClusterPolicy } from "./policies.ts";
import type { ProbeResult, VantageReport } from "./probe-results.ts";
import type { SocketTable } from "./probe-sockets.ts";
import type { TlsSecret } from "./tls.ts";

/**
 * Every kind of gathered object, by the name under which a check asks for it. One name is one question to the cluster:
 * `pods` are those of the target's namespace, other places have names of their own, so that a 403 there stays there.
 */
export interface Collections {
  readonly pods: Pod;
  readonly services: Service;
  /** Services of all namespaces: another one may have the same address of the load balancer. */
  readonly allServices: Service;
  readonly endpointSlices: EndpointSlice;
  /** The older form of the same, asked only where slices could not be read: a thousand addresses at the most, of one family. */
  readonly endpoints: Endpoints;
  readonly nodes: KubeNode;
  /** Pods of the agents that every node needs for its network (kube-proxy, the network plugin), in their own namespaces. */
  readonly agentPods: Pod;
  /** Events of the target's namespace that concern the judged objects. */
  readonly events: KubeEvent;
  readonly deployments: Deployment;
  readonly replicaSets: ReplicaSet;
  readonly statefulSets: StatefulSet;
  readonly daemonSets: DaemonSet;
  readonly jobs: Job;
  readonly namespaces: Namespace;
  readonly networkPolicies: NetworkPolicy;
  /** The pod that `--from` names, or that has the address it names. */
  readonly sourcePods: Pod;
  /** NetworkPolicies of the namespace that the flow comes from, when it is another one (`Scope.from`). */
  readonly sourcePolicies: NetworkPolicy;
  /** ClusterNetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy: whatever of them is served. */
  readonly clusterPolicies: ClusterPolicy;
  /** Policies of kinds that are not evaluated (Cilium, Calico, Istio), in the target's namespace or cluster-wide; names and labels only. */
  readonly otherPolicies: PartialObject;
  /** DaemonSets of all namespaces in which a policy engine may live; an unread one is a gap. Tells which engine enforces policies. */
  readonly systemDaemonSets: DaemonSet;
  /** The cluster's DNS pods (`k8s-app=kube-dns` in kube-system). */
  readonly dnsPods: Pod;
  /** The same pods, asked for to see whether they run: what a policy would do to them is not in question then. */
  readonly clusterDnsPods: Pod;
  /** The slices of the cluster's DNS Service (`kube-dns` in kube-system); asked when none of its pods is ready. */
  readonly dnsSlices: EndpointSlice;
  readonly ingresses: Ingress;
  readonly ingressClasses: IngressClass;
  /** Ingresses of all namespaces: another one may own the same host and path. */
  readonly allIngresses: Ingress;
  /** What may be known of the TLS Secrets that judged Ingresses name; no value of them. */
  readonly tlsSecrets: TlsSecret;
  /** Pods, Services, slices and events of the controllers that claim the judged Ingresses, in their own namespaces. */
  readonly controllerPods: Pod;
  readonly controllerServices: Service;
  readonly controllerSlices: EndpointSlice;
  readonly controllerEvents: KubeEvent;
  /** NetworkPolicies around the controllers, when a client was named: it speaks to them, not to the backends. */
  readonly controllerPolicies: NetworkPolicy;
  /** Deployments of a controller of which no pod was found: it may be scaled to zero. */
  readonly controllerDeployments: Deployment;
  /** Admission webhooks; asked when a controller's own webhook seems to have no endpoint. */
  readonly admissionWebhooks: ValidatingWebhookConfiguration;
  readonly configMaps: ConfigMap;
  /** Names and labels of pods in all readable namespaces: only for "did you mean" of a selector that matches nothing. */
  readonly podLabels: PartialObject;
  /** Log excerpts of containers that failed; an unreadable log is an item that says so. */
  readonly logs: LogExcerpt;
  /** The network around the nodes, as Azure tells it. An id that is named somewhere and is in no collection could not be read. */
  readonly azurePools: AzurePool;
  readonly azureSubnets: AzureSubnet;
  readonly azureVnets: AzureVnet;
  readonly azureRouteTables: AzureRouteTable;
  readonly azureNsgs: Nsg;
  readonly azureLoadBalancers: AzureLoadBalancer;
  readonly azurePublicIps: AzurePublicIp;
  readonly azureClusters: AzureCluster;
  /** Application Gateways in front of judged Ingresses. */
  readonly azureAppGateways: AzureAppGateway;
  readonly azureLbHealth: AzureLbHealth;
  /** Needs an extension of az; not requested where that is missing. */
  readonly azureAdminRules: AzureAdminRule;
  /** Answers to requests that we sent ourselves; only with `--probe`. */
  readonly probes: ProbeResult;
  /** The places from which `--probe` tried to send, and what became of each. */
  readonly vantages: VantageReport;
  /** Listening sockets of judged pods; only with `--sockets`. */
  readonly sockets: SocketTable;
  /** What the controllers' logs hold of our own requests; only with `--probe` of an Ingress. */
  readonly markedLogs: MarkedLog;
}

export type CollectionName = keyof Collections;

/** Collections that Azure is asked for, not the API server. */
export type AzureCollectionName = Extract<CollectionName, `azure${string}`>;
export type ClusterCollectionName = Exclude<CollectionName, AzureCollectionName>;

/** Whether the API server answers for a collection. */
export function isClusterCollection(name: CollectionName): name is ClusterCollectionName {
  return !name.startsWith("azure");
}

/** Why a collection is not there. `not-requested` means: this target did not need it, and that is no gap. */
export type UnavailableReason = "forbidden" | "not-served" | "not-in-dump" | "not-requested" | "failed";

export interface Unavailable {
  readonly state: "unavailable";
  readonly reason: UnavailableReason;
  /** For people: what was asked and what came back, e.g. `nodes is forbidden: User "dev" cannot list resource…`. */
  readonly detail: string;
}

/** Missing data is a state of its own: an empty list here always means that there really is nothing. */
export type Gathered<T> =
  | {
      readonly state: "ok";
      readonly items: readonly T[];
      /** Objects that should be here but could not be read (malformed in a dump, a page that failed). */
      readonly gaps?: readonly string[];
    }
  | Unavailable;

export interface Source {
  readonly kind: "live" | "dump";
  /** The API server's address, or the dump's file names. */
  readonly from: string;
  /**
   * True for a dump that does not record when it was taken: its clock is then the newest time in it, and the truth may be any later.
   * An age is then a lower bound, and "still young" proves nothing.
   */
  readonly clockIsLowerBound?: boolean;
}

export interface Snapshot {
  /** RFC 3339. The clock of every check: the API server's Date for a live cluster, the time a dump was taken. */
  readonly takenAt: string;
  readonly source: Source;
  readonly collections: { readonly [K in CollectionName]: Gathered<Collections[K]> };
}

const NOT_REQUESTED: Unavailable = {
  state: "unavailable",
  reason: "not-requested",
  detail: "not needed for this target",
};

/** A complete collections record from the given ones; the others are `not-requested`. */
export function collectionsOf(
  given: Partial<{ readonly [K in CollectionName]: Gathered<Collections[K]> }>,
): Snapshot["collections"] {
  const none = {
    pods: NOT_REQUESTED,
    services: NOT_REQUESTED,
    allServices: NOT_REQUESTED,
    endpointSlices: NOT_REQUESTED,
    endpoints: NOT_REQUESTED,
    nodes: NOT_REQUESTED,
    agentPods: NOT_REQUESTED,
    events: NOT_REQUESTED,
    deployments: NOT_REQUESTED,
    replicaSets: NOT_REQUESTED,
    statefulSets: NOT_REQUESTED,
    daemonSets: NOT_REQUESTED,
    jobs: NOT_REQUESTED,
    namespaces: NOT_REQUESTED,
    networkPolicies: NOT_REQUESTED,
    sourcePods: NOT_REQUESTED,
    sourcePolicies: NOT_REQUESTED,
    clusterPolicies: NOT_REQUESTED,
    otherPolicies: NOT_REQUESTED,
    systemDaemonSets: NOT_REQUESTED,
    dnsPods: NOT_REQUESTED,
    clusterDnsPods: NOT_REQUESTED,
    dnsSlices: NOT_REQUESTED,
    ingresses: NOT_REQUESTED,
    ingressClasses: NOT_REQUESTED,
    allIngresses: NOT_REQUESTED,
    tlsSecrets: NOT_REQUESTED,
    controllerPods: NOT_REQUESTED,
    controllerServices: NOT_REQUESTED,
    controllerSlices: NOT_REQUESTED,
    controllerEvents: NOT_REQUESTED,
    controllerPolicies: NOT_REQUESTED,
    controllerDeployments: NOT_REQUESTED,
    admissionWebhooks: NOT_REQUESTED,
    configMaps: NOT_REQUESTED,
    podLabels: NOT_REQUESTED,
    logs: NOT_REQUESTED,
    azurePools: NOT_REQUESTED,
    azureSubnets: NOT_REQUESTED,
    azureVnets: NOT_REQUESTED,
    azureRouteTables: NOT_REQUESTED,
    azureNsgs: NOT_REQUESTED,
    azureLoadBalancers: NOT_REQUESTED,
    azurePublicIps: NOT_REQUESTED,
    azureClusters: NOT_REQUESTED,
    azureAppGateways: NOT_REQUESTED,
    azureLbHealth: NOT_REQUESTED,
    azureAdminRules: NOT_REQUESTED,
    probes: NOT_REQUESTED,
    vantages: NOT_REQUESTED,
    sockets: NOT_REQUESTED,
    markedLogs: NOT_REQUESTED,
  } satisfies Snapshot["collections"];
  return { ...none, ...given };
}

/** The items when the collection was read, else an empty list. Only for evidence and hints, never to conclude absence. */
export function itemsOr<T>(gathered: Gathered<T>): readonly T[] {
  return gathered.state === "ok" ? gathered.items : [];
}
