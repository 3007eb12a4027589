/** Policies, namespaces and engines for the tests of the policy checks. */
import type { DaemonSet, Namespace, NetworkPolicy } from "../../../src/model/kube.ts";

type Spec = NonNullable<NetworkPolicy["spec"]>;

/** A policy `web` in `shop` that selects app=web for ingress and allows what `ingress` says. */
export function policy(
  ingress: Spec["ingress"],
  given: { name?: string; spec?: Spec; namespace?: string } = {},
): NetworkPolicy {
  const rules = ingress === undefined ? {} : { ingress };
  return {
    kind: "NetworkPolicy",
    metadata: { name: given.name ?? "web", namespace: given.namespace ?? "shop" },
    spec: { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Ingress"], ...rules, ...given.spec },
  };
}

export function namespace(name: string, labels: Record<string, string> = {}): Namespace {
  return {
    kind: "Namespace",
    metadata: { name, namespace: "", labels: { "kubernetes.io/metadata.name": name, ...labels } },
  };
}

/** A DaemonSet of that name: `azure-npm`, `cilium`, … for an engine, `kube-proxy` for none. */
export function daemonSet(name: string): DaemonSet {
  return { kind: "DaemonSet", metadata: { name, namespace: "kube-system" } };
}

export const NO_ENGINE: readonly DaemonSet[] = [daemonSet("kube-proxy")];
export const NPM: readonly DaemonSet[] = [...NO_ENGINE, daemonSet("azure-npm")];
export const CILIUM: readonly DaemonSet[] = [...NO_ENGINE, daemonSet("cilium")];
export const CALICO: readonly DaemonSet[] = [...NO_ENGINE, daemonSet("calico-node")];
