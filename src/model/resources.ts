import { CLUSTER_POLICY_RESOURCES, OTHER_POLICY_RESOURCES } from "./policies.ts";
import type { ClusterCollectionName, CollectionName } from "./snapshot.ts";

/** A kind as the API serves it. `group` is "" for core. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const core = (plural: string, kind: string, namespaced = true): Resource => ({
  group: "",
  version: "v1",
  plural,
  kind,
  namespaced,
});
const apps = (plural: string, kind: string): Resource => ({
  group: "apps",
  version: "v1",
  plural,
  kind,
  namespaced: true,
});
const networking = (plural: string, kind: string, namespaced = true): Resource => ({
  group: "networking.k8s.io",
  version: "v1",
  plural,
  kind,
  namespaced,
});

/** Every kind we read, by a name of ours that does not change. */
export const RESOURCES = {
  pods: core("pods", "Pod"),
  services: core("services", "Service"),
  nodes: core("nodes", "Node", false),
  namespaces: core("namespaces", "Namespace", false),
  events: core("events", "Event"),
  configMaps: core("configmaps", "ConfigMap"),
  secrets: core("secrets", "Secret"),
  endpoints: core("endpoints", "Endpoints"),
  endpointSlices: {
    group: "discovery.k8s.io",
    version: "v1",
    plural: "endpointslices",
    kind: "EndpointSlice",
    namespaced: true,
  },
  deployments: apps("deployments", "Deployment"),
  replicaSets: apps("replicasets", "ReplicaSet"),
  statefulSets: apps("statefulsets", "StatefulSet"),
  daemonSets: apps("daemonsets", "DaemonSet"),
  jobs: { group: "batch", version: "v1", plural: "jobs", kind: "Job", namespaced: true },
  networkPolicies: networking("networkpolicies", "NetworkPolicy"),
  ingresses: networking("ingresses", "Ingress"),
  ingressClasses: networking("ingressclasses", "IngressClass", false),
  validatingWebhookConfigurations: {
    group: "admissionregistration.k8s.io",
    version: "v1",
    plural: "validatingwebhookconfigurations",
    kind: "ValidatingWebhookConfiguration",
    namespaced: false,
  },
} as const satisfies Record<string, Resource>;

/** What is asked of the API for a collection: `everywhere` means in all namespaces, not only the target's. */
export interface Asked {
  readonly resource: Resource;
  readonly subresource?: string;
  readonly everywhere?: boolean;
  /** The verb, where the collection is not read but made by what we do. */
  readonly action?: "create" | "patch";
}

/** Which kind stands behind each collection: for permissions, for "what was not read", and for what a dump should hold. */
export const ASKED: { readonly [K in ClusterCollectionName]: Asked } = {
  pods: { resource: RESOURCES.pods },
  services: { resource: RESOURCES.services },
  allServices: { resource: RESOURCES.services, everywhere: true },
  endpointSlices: { resource: RESOURCES.endpointSlices },
  endpoints: { resource: RESOURCES.endpoints },
  nodes: { resource: RESOURCES.nodes },
  agentPods: { resource: RESOURCES.pods, everywhere: true },
  events: { resource: RESOURCES.events },
  deployments: { resource: RESOURCES.deployments },
  replicaSets: { resource: RESOURCES.replicaSets },
  statefulSets: { resource: RESOURCES.statefulSets },
  daemonSets: { resource: RESOURCES.daemonSets },
  jobs: { resource: RESOURCES.jobs },
  namespaces: { resource: RESOURCES.namespaces },
  networkPolicies: { resource: RESOURCES.networkPolicies },
  sourcePods: { resource: RESOURCES.pods, everywhere: true },
  sourcePolicies: { resource: RESOURCES.networkPolicies, everywhere: true },
  clusterPolicies: { resource: CLUSTER_POLICY_RESOURCES[0] },
  otherPolicies: { resource: OTHER_POLICY_RESOURCES[0] },
  systemDaemonSets: { resource: RESOURCES.daemonSets, everywhere: true },
  dnsPods: { resource: RESOURCES.pods, everywhere: true },
  clusterDnsPods: { resource: RESOURCES.pods, everywhere: true },
  dnsSlices: { resource: RESOURCES.endpointSlices, everywhere: true },
  ingresses: { resource: RESOURCES.ingresses },
  ingressClasses: { resource: RESOURCES.ingressClasses },
  allIngresses: { resource: RESOURCES.ingresses, everywhere: true },
  tlsSecrets: { resource: RESOURCES.secrets },
  controllerPods: { resource: RESOURCES.pods, everywhere: true },
  controllerServices: { resource: RESOURCES.services, everywhere: true },
  controllerSlices: { resource: RESOURCES.endpointSlices, everywhere: true },
  controllerPolicies: { resource: RESOURCES.networkPolicies, everywhere: true },
  controllerEvents: { resource: RESOURCES.events, everywhere: true },
  controllerDeployments: { resource: RESOURCES.deployments, everywhere: true },
  admissionWebhooks: { resource: RESOURCES.validatingWebhookConfigurations },
  configMaps: { resource: RESOURCES.configMaps },
  podLabels: { resource: RESOURCES.pods, everywhere: true },
  logs: { resource: RESOURCES.pods, subresource: "log" },
  probes: { resource: RESOURCES.pods, action: "create" },
  vantages: { resource: RESOURCES.pods, action: "create" },
  sockets: { resource: RESOURCES.pods, subresource: "ephemeralcontainers", action: "patch" },
  markedLogs: { resource: RESOURCES.pods, subresource: "log", everywhere: true },
};

/** The URL path of a list or, with `name`, of one object. `namespace` "" lists all namespaces. */
export function resourcePath(resource: Resource, namespace: string, name?: string): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const leaf = name === undefined ? "" : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${resource.plural}${leaf}`;
}

/** `pods`, `deployments.apps`: how kubectl and RBAC name a resource. */
export function resourceName(resource: Resource): string {
  return resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** A question about objects. Answers land in `collection`. */
export interface ListQuery {
  readonly type: "list";
  readonly collection: CollectionName;
  readonly resource: Resource;
  /** "" for all namespaces, and for cluster-scoped kinds. */
  readonly namespace: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Ask for a PartialObjectMetadataList: names and labels only. */
  readonly metadataOnly?: boolean;
}

export interface GetQuery {
  readonly type: "get";
  readonly collection: CollectionName;
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

export interface LogQuery {
  readonly type: "log";
  readonly collection: "logs";
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
  readonly tailLines: number;
}

/** One request to a cluster, or the same question to a dump. */
export type Query = ListQuery | GetQuery | LogQuery;

/** Two queries with the same key have the same answer. */
export function queryKey(query: Query): string {
  if (query.type === "log")
    return `log ${query.namespace}/${query.pod}/${query.container}${query.previous ? " previous" : ""}`;
  const name = query.type === "get" ? query.name : "";
  const selectors =
    query.type === "list"
      ? `${query.labelSelector ?? ""} ${query.fieldSelector ?? ""} ${query.metadataOnly ?? false}`
      : "";
  return `${query.type} ${resourcePath(query.resource, query.namespace)}/${name} ${selectors}`;
}
