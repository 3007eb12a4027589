/** Random small worlds for the laws, and one big world of a given size for the bench. */
import type { NetworkPolicy, Pod } from "../../src/model/kube.ts";
import type { End, Flow } from "../../src/policy/types.ts";
import { endOfIp, endOfPod, type PolicyInput, type PolicyWorld } from "../../src/policy/world.ts";
import type { Random } from "../support/random.ts";

type Spec = NonNullable<NetworkPolicy["spec"]>;
type IngressRule = NonNullable<Spec["ingress"]>[number];
type EgressRule = NonNullable<Spec["egress"]>[number];
type Peer = NonNullable<IngressRule["from"]>[number];
type Port = NonNullable<IngressRule["ports"]>[number];
type Selector = NonNullable<Spec["podSelector"]>;

const NAMESPACES = ["a", "b", "c"] as const;
const APPS = ["x", "y", "z"] as const;
const OUTSIDE = ["203.0.113.7", "198.51.100.9", "192.0.2.1", "192.0.2.2"] as const;

function some<T>(r: Random, most: number, make: () => T): T[] {
  return Array.from({ length: r.below(most + 1) }, make);
}

function selector(r: Random): Selector {
  if (r.oneIn(4)) return {};
  if (r.oneIn(4)) return { matchExpressions: [{ key: "app", operator: "NotIn", values: [r.pick(APPS)] }] };
  return { matchLabels: { app: r.pick(APPS) } };
}

function peer(r: Random): Peer {
  if (r.oneIn(4)) {
    return {
      ipBlock: {
        cidr: r.pick(["0.0.0.0/0", "10.0.0.0/8", "203.0.113.0/24"]),
        except: some(r, 1, () => "203.0.113.0/28"),
      },
    };
  }
  const namespaceSelector = r.oneIn(3) ? {} : { matchLabels: { team: r.pick(NAMESPACES) } };
  if (r.oneIn(3)) return { namespaceSelector };
  return r.oneIn(2) ? { podSelector: selector(r) } : { namespaceSelector, podSelector: selector(r) };
}

function port(r: Random): Port {
  if (r.oneIn(5)) return { protocol: r.pick(["TCP", "UDP"]) };
  if (r.oneIn(4)) return { port: "http" };
  if (r.oneIn(4)) return { port: 8000, endPort: 8000 + r.below(100) };
  return { port: r.pick([80, 8080]), protocol: r.pick(["TCP", "UDP"]) };
}

/** A rule; `list` says whether it is one of ingress (`from`) or egress (`to`). */
export function randomRule(r: Random, list: "from" | "to"): IngressRule & EgressRule {
  return { ports: some(r, 2, () => port(r)), [list]: some(r, 2, () => peer(r)) };
}

export function randomPolicy(r: Random, name: string): NetworkPolicy {
  const policyTypes = r.pick([["Ingress"], ["Egress"], ["Ingress", "Egress"]]);
  return {
    kind: "NetworkPolicy",
    metadata: { name, namespace: r.pick(NAMESPACES) },
    spec: {
      podSelector: selector(r),
      policyTypes,
      ingress: some(r, 2, () => randomRule(r, "from")),
      egress: some(r, 2, () => randomRule(r, "to")),
    },
  };
}

function podOf(namespace: string, name: string, app: string, ip: string, node: string, hostNetwork = false): Pod {
  return {
    kind: "Pod",
    metadata: { name, namespace, labels: { app } },
    spec: { nodeName: node, hostNetwork, containers: [{ name: "c", ports: [{ name: "http", containerPort: 8080 }] }] },
    status: { podIP: ip },
  };
}

/** Three namespaces with three apps each, two nodes, one host-network pod, and one to four policies. */
export function randomInput(r: Random): PolicyInput & { readonly networkPolicies: readonly NetworkPolicy[] } {
  const pods = NAMESPACES.flatMap((namespace, n) =>
    APPS.map((app, i) => podOf(namespace, app, app, `10.0.${n}.${i + 1}`, r.pick(["n1", "n2"]))),
  );
  return {
    pods: [...pods, podOf("a", "host", "x", "192.0.2.1", "n1", true)],
    nodes: ["n1", "n2"].map((name, i) => ({
      kind: "Node",
      metadata: { name, namespace: "" },
      status: { addresses: [{ type: "InternalIP", address: `192.0.2.${i + 1}` }] },
    })),
    namespaces: NAMESPACES.map((name) => ({
      kind: "Namespace",
      metadata: { name, namespace: "", labels: { team: name } },
    })),
    networkPolicies: Array.from({ length: 1 + r.below(4) }, (_, i) => randomPolicy(r, `p${i}`)),
    clusterPolicies: [],
  };
}

/** `count` random flows between pods, nodes and addresses outside. */
export function flowsOf(world: PolicyWorld, r: Random, count: number): readonly Flow[] {
  const pods = [...world.pods.values()].flatMap(
    ({ metadata }) => endOfPod(world, metadata.namespace, metadata.name) ?? [],
  );
  const outside = OUTSIDE.flatMap((ip) => endOfIp(world, ip) ?? []);
  const any = (): End => (r.oneIn(5) ? r.pick(outside) : r.pick(pods));
  return Array.from({ length: count }, () => ({
    from: any(),
    to: any(),
    port: r.pick([80, 8080, 8050]),
    protocol: r.pick(["TCP", "UDP"]),
  }));
}

/** A cluster of `pods` pods in 100 namespaces with `policies` policies, a tenth of them in the namespace of the first pod, all with three rules. */
export function bigInput(policies: number, pods: number): PolicyInput {
  const spaces = Array.from({ length: 100 }, (_, i) => `ns-${i}`);
  const ns = (i: number): string => `ns-${i % 100}`;
  const rule = (i: number): IngressRule => ({
    from: [
      {
        namespaceSelector: { matchLabels: { team: `t${i % 7}` } },
        podSelector: { matchLabels: { app: `app-${i % 50}` } },
      },
      { ipBlock: { cidr: `172.16.${i % 256}.0/24`, except: [`172.16.${i % 256}.0/28`] } },
    ],
    ports: [{ port: 1000 + (i % 100) }, { port: 8000, endPort: 8010, protocol: "UDP" }],
  });
  return {
    pods: Array.from({ length: pods }, (_, i) =>
      podOf(
        ns(i),
        `pod-${i}`,
        `app-${i % 50}`,
        `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`,
        `node-${i % 200}`,
      ),
    ),
    nodes: Array.from({ length: 200 }, (_, i) => ({
      kind: "Node",
      metadata: { name: `node-${i}`, namespace: "" },
      status: { addresses: [{ type: "InternalIP", address: `192.168.0.${i}` }] },
    })),
    namespaces: spaces.map((name, i) => ({
      kind: "Namespace",
      metadata: { name, namespace: "", labels: { team: `t${i % 7}` } },
    })),
    networkPolicies: Array.from({ length: policies }, (_, i) => ({
      kind: "NetworkPolicy",
      metadata: { name: `policy-${i}`, namespace: i % 10 === 0 ? "ns-0" : ns(i) },
      spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [rule(i), rule(i + 1), rule(i + 2)] },
    })),
    clusterPolicies: [],
  };
}
