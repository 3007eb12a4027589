/** Wire types of the cluster-wide policy kinds, which client-node does not know, and how the API serves them. */
import type { LabelSelector, ObjectMeta } from "./kube.ts";
import type { Resource } from "./resources.ts";

export interface NamespacedPods {
  readonly namespaceSelector?: LabelSelector;
  readonly podSelector?: LabelSelector;
}

export interface ClusterPolicyPeer {
  readonly namespaces?: LabelSelector;
  readonly pods?: NamespacedPods;
  readonly nodes?: LabelSelector;
  readonly networks?: readonly string[];
  readonly domainNames?: readonly string[];
}

interface PortMatch {
  readonly destinationPort?: {
    readonly number?: number;
    readonly range?: { readonly start?: number; readonly end?: number };
  };
}

/** v1alpha2: exactly one field is set. */
export interface ClusterPolicyProtocol {
  readonly tcp?: PortMatch;
  readonly udp?: PortMatch;
  readonly sctp?: PortMatch;
  readonly destinationNamedPort?: string;
}

/** v1alpha1: exactly one field is set. */
export interface AdminPolicyPort {
  readonly portNumber?: { readonly protocol?: string; readonly port?: number };
  readonly portRange?: { readonly protocol?: string; readonly start?: number; readonly end?: number };
  readonly namedPort?: string;
}

export interface ClusterPolicyRule {
  readonly name?: string;
  readonly action?: string;
  readonly from?: readonly ClusterPolicyPeer[];
  readonly to?: readonly ClusterPolicyPeer[];
  readonly protocols?: readonly ClusterPolicyProtocol[];
  readonly ports?: readonly AdminPolicyPort[];
}

/** A ClusterNetworkPolicy, AdminNetworkPolicy or BaselineAdminNetworkPolicy. Source: kubernetes-sigs/network-policy-api apis/. */
export interface ClusterPolicy {
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: {
    readonly tier?: string;
    readonly priority?: number;
    readonly subject?: { readonly namespaces?: LabelSelector; readonly pods?: NamespacedPods };
    readonly ingress?: readonly ClusterPolicyRule[];
    readonly egress?: readonly ClusterPolicyRule[];
  };
}

function custom(group: string, version: string, plural: string, kind: string, namespaced: boolean): Resource {
  return { group, version, plural, kind, namespaced };
}

/** The cluster-wide kinds that are evaluated. Each is a CRD and most clusters serve none of them. */
export const CLUSTER_POLICY_RESOURCES: readonly [Resource, ...Resource[]] = [
  custom("policy.networking.k8s.io", "v1alpha2", "clusternetworkpolicies", "ClusterNetworkPolicy", false),
  custom("policy.networking.k8s.io", "v1alpha1", "adminnetworkpolicies", "AdminNetworkPolicy", false),
  custom("policy.networking.k8s.io", "v1alpha1", "baselineadminnetworkpolicies", "BaselineAdminNetworkPolicy", false),
];

/** Kinds that decide about traffic too and are not evaluated, only named. */
export const OTHER_POLICY_RESOURCES: readonly [Resource, ...Resource[]] = [
  custom("cilium.io", "v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy", true),
  custom("cilium.io", "v2", "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy", false),
  custom("crd.projectcalico.org", "v1", "networkpolicies", "NetworkPolicy", true),
  custom("crd.projectcalico.org", "v1", "globalnetworkpolicies", "GlobalNetworkPolicy", false),
  custom("security.istio.io", "v1", "authorizationpolicies", "AuthorizationPolicy", true),
];
