import { type Address, canonicalIp, parseAddress } from "../model/cidr.ts";
import type { KubeNode, Labels, Pod } from "../model/kube.ts";
import { ipsOf } from "../model/pods.ts";
import { declaredPorts } from "../model/ports.ts";
import type { End, ExternalEnd, NodeEnd, PodEnd } from "./types.ts";

function addresses(texts: readonly string[]): readonly Address[] {
  return texts.flatMap((text) => parseAddress(text) ?? []);
}

/** Label values that are missing on the wire are dropped, so that a selector never meets `undefined`. */
export function labelsOf(labels: { readonly [key: string]: string | undefined } | undefined): Labels {
  return Object.fromEntries(Object.entries(labels ?? {}).map(([key, value]) => [key, value ?? ""]));
}

/** A pod as an end of a flow. */
export function podEnd(pod: Pod): PodEnd {
  return {
    kind: "pod",
    namespace: pod.metadata.namespace,
    name: pod.metadata.name,
    labels: labelsOf(pod.metadata.labels),
    hostNetwork: pod.spec?.hostNetwork === true,
    node: pod.spec?.nodeName ?? "",
    addresses: addresses(ipsOf(pod)),
    ports: declaredPorts(pod),
  };
}

/** A node as an end of a flow, with its internal and external addresses (host names and DNS entries are none). */
export function nodeEnd(node: KubeNode): NodeEnd {
  const listed = (node.status?.addresses ?? []).flatMap((entry) => entry.address ?? []);
  return {
    kind: "node",
    name: node.metadata.name,
    labels: labelsOf(node.metadata.labels),
    addresses: addresses(listed),
  };
}

/** An address outside the cluster as an end of a flow. */
export function externalEnd(address: Address): ExternalEnd {
  return { kind: "external", addresses: [address] };
}

/** The key under which two texts of one address are equal. */
export function addressKey(address: Address): string {
  return `${address.family}/${address.value}`;
}

/** The end's address in that family, if it has one. */
export function addressIn(end: End, family: 4 | 6 | undefined): Address | undefined {
  return end.addresses.find((address) => address.family === family);
}

/** An address as people write it. */
export function addressText(address: Address): string {
  const groups = (width: bigint, count: number, radix: number, join: string): string =>
    Array.from({ length: count }, (_, i) => {
      const shift = width * BigInt(count - 1 - i);
      return ((address.value >> shift) & ((1n << width) - 1n)).toString(radix);
    }).join(join);
  return address.family === 4 ? groups(8n, 4, 10, ".") : canonicalIp(groups(16n, 8, 16, ":"));
}

/** `pod shop/web-1`, `node aks-1`, `203.0.113.7`. */
export function describeEnd(end: End): string {
  if (end.kind === "pod") return `pod ${end.namespace}/${end.name}`;
  return end.kind === "node" ? `node ${end.name}` : addressText(end.addresses[0]);
}

/** A node, or a pod that lives in its node's network and so speaks with the node's address. */
export function isNode(end: End): end is NodeEnd | PodEnd {
  return end.kind === "node" || (end.kind === "pod" && end.hostNetwork);
}

/** Name of the node that the end is or runs on; "" when it is not known. */
export function nodeOf(end: NodeEnd | PodEnd): string {
  return end.kind === "node" ? end.name : end.node;
}

/** Both ends are the same pod. */
export function samePod(a: End, b: End): boolean {
  return a.kind === "pod" && b.kind === "pod" && a.namespace === b.namespace && a.name === b.name;
}
