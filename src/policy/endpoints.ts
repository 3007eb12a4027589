/** What people write for an end of a flow, and what they mean by it. */
import { canonicalIp, parseAddress } from "../model/cidr.ts";
import type { End } from "./types.ts";

export type EndpointRef =
  | { readonly kind: "pod"; readonly namespace: string; readonly name: string }
  /** A Service or workload: the caller finds its pods. */
  | { readonly kind: "owner"; readonly type: string; readonly namespace: string; readonly name: string }
  | { readonly kind: "ip"; readonly ip: string };

const TYPES: Readonly<Record<string, string>> = {
  po: "Pod",
  pod: "Pod",
  pods: "Pod",
  svc: "Service",
  service: "Service",
  services: "Service",
  deploy: "Deployment",
  deployment: "Deployment",
  deployments: "Deployment",
  sts: "StatefulSet",
  statefulset: "StatefulSet",
  statefulsets: "StatefulSet",
  ds: "DaemonSet",
  daemonset: "DaemonSet",
  daemonsets: "DaemonSet",
  rs: "ReplicaSet",
  replicaset: "ReplicaSet",
  replicasets: "ReplicaSet",
  job: "Job",
  jobs: "Job",
  no: "Node",
  node: "Node",
  nodes: "Node",
};

function typed(word: string, namespace: string, name: string): EndpointRef | undefined {
  const type = Object.hasOwn(TYPES, word.toLowerCase()) ? TYPES[word.toLowerCase()] : undefined;
  if (type === undefined) return undefined;
  return type === "Pod" ? { kind: "pod", namespace, name } : { kind: "owner", type, namespace, name };
}

/**
 * Reads `IP`, `POD`, `NS/POD`, `TYPE/NAME` (in `namespace`) or `NS/TYPE/NAME`. A first word that is a type is one, so a pod of a namespace
 * called `deploy` is written `deploy/pod/NAME`. Undefined when it is none of these.
 */
export function parseEndpoint(text: string, namespace: string): EndpointRef | undefined {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  if (parseAddress(bare) !== undefined) return { kind: "ip", ip: canonicalIp(bare) };
  const parts = text.split("/");
  if (parts.some((part) => part === "")) return undefined;
  const [first = "", second = "", third = ""] = parts;
  if (parts.length === 1) return { kind: "pod", namespace, name: first };
  if (parts.length === 2) return typed(first, namespace, second) ?? { kind: "pod", namespace: first, name: second };
  return parts.length === 3 ? typed(second, first, third) : undefined;
}

export interface PortToTest {
  readonly port: number;
  readonly protocol: string;
}

/**
 * The ports that a flow to `to` may mean: `argument` is a number, or the name of a port that the pod declares; without it, every declared port of
 * that protocol. Empty: nothing fits, and the user must name a number.
 */
export function portsToTest(to: End, argument: string | undefined, protocol: string): readonly PortToTest[] {
  if (argument !== undefined && /^\d+$/.test(argument)) return [{ port: Number(argument), protocol }];
  const declared = to.kind === "pod" ? to.ports.filter((port) => port.protocol === protocol) : [];
  const meant = declared.filter((port) => argument === undefined || port.name === argument);
  return [...new Set(meant.map((port) => port.number))].map((port) => ({ port, protocol }));
}
