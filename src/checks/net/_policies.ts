/** What the policy checks share: which policies isolate a judged pod, which engine runs, and words for rules. */
import type { Scope } from "../../model/check.ts";
import type { KubeNode, Namespace, NetworkPolicy, PartialObject, Pod } from "../../model/kube.ts";
import { isTerminal, isTerminating } from "../../model/pods.ts";
import type { ClusterPolicy } from "../../model/policies.ts";
import { declaredPorts, findPort, protocolOf } from "../../model/ports.ts";
import { matchesSelector, selects } from "../../model/selectors.ts";
import { judgedPorts } from "../../model/services.ts";
import type { Collections, Gathered } from "../../model/snapshot.ts";
import { compilePolicy } from "../../policy/compile.ts";
import { labelsOf } from "../../policy/ends.ts";
import { type DetectedEngine, detectEngine } from "../../policy/engine.ts";
import { describeSelector } from "../../policy/labels.ts";
import { describePortClause } from "../../policy/ports.ts";
import type { PeerClause, Rule } from "../../policy/types.ts";
import { type PolicyWorld, prepare } from "../../policy/world.ts";

export const POLICIES = "https://kubernetes.io/docs/concepts/services-networking/network-policies/";

/** Collections that make an answer surer; none of them is needed for one. */
export const CONTEXT = ["namespaces", "nodes", "systemDaemonSets", "clusterPolicies", "otherPolicies"] as const;

type Context = { readonly [K in (typeof CONTEXT)[number]]: Gathered<Collections[K]> };

/** A policy with the judged pods that it selects. */
export interface Selecting {
  readonly policy: NetworkPolicy;
  readonly pods: readonly Pod[];
}

/** Judged pods that policies can matter to: live ones, and not in the host network, where most engines do not apply them. */
export function subjects(scope: Scope): readonly Pod[] {
  return scope.pods.filter((pod) => !isTerminal(pod) && !isTerminating(pod) && pod.spec?.hostNetwork !== true);
}

/** The policies that isolate judged pods for ingress, by name, each with those pods. */
export function isolating(policies: readonly NetworkPolicy[], scope: Scope): readonly Selecting[] {
  const pods = subjects(scope);
  return [...policies]
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .filter((policy) => compilePolicy(policy).types.includes("ingress"))
    .map((policy) => ({ policy, pods: pods.filter((pod) => selectsPod(policy, pod)) }))
    .filter((each) => each.pods.length > 0);
}

/** Whether the policy selects the pod: same namespace, and its podSelector matches. */
export function selectsPod(policy: NetworkPolicy, pod: Pod): boolean {
  return (
    policy.metadata.namespace === pod.metadata.namespace &&
    matchesSelector(policy.spec?.podSelector ?? {}, labelsOf(pod.metadata.labels))
  );
}

/** The engine, as far as the DaemonSets tell; unread ones leave it unknown, never absent. */
export function engineOf(context: Pick<Context, "systemDaemonSets" | "nodes">): DetectedEngine {
  const { systemDaemonSets, nodes } = context;
  if (systemDaemonSets.state !== "ok") {
    return { engine: "unknown", evidence: `the DaemonSets were not read (${systemDaemonSets.reason})` };
  }
  const complete = (systemDaemonSets.gaps ?? []).length === 0;
  return detectEngine(systemDaemonSets.items, complete, kubelets(nodes));
}

function kubelets(nodes: Gathered<KubeNode>): readonly string[] {
  if (nodes.state !== "ok") return [];
  return nodes.items.flatMap((node) => node.status?.nodeInfo?.kubeletVersion ?? []);
}

/** The items when they were read in full, [] when the API does not serve the kind, undefined when it cannot be told. */
function whole<T>(gathered: Gathered<T>): readonly T[] | undefined {
  if (gathered.state === "ok") return (gathered.gaps ?? []).length === 0 ? gathered.items : undefined;
  return gathered.reason === "not-served" ? [] : undefined;
}

/** Engines with policy kinds of their own, which may let in more than NetworkPolicies do. */
const OWN_KINDS = new Set(["cilium", "calico", "antrea"]);

/** Whether kinds that are not evaluated may let a flow in although NetworkPolicies deny it: their objects were not read, or there are some. */
export function othersMayAllow(context: Context): boolean {
  const others = whole<PartialObject>(context.otherPolicies);
  return OWN_KINDS.has(engineOf(context).engine)
    ? others === undefined || others.length > 0
    : (others ?? []).length > 0;
}

/** The world for flows to the judged pods. `more` adds the pods and policies of another namespace. */
export function worldOf(
  scope: Scope,
  networkPolicies: readonly NetworkPolicy[],
  context: Context,
  more: {
    readonly pods?: readonly Pod[];
    readonly policies?: readonly NetworkPolicy[];
    readonly readIn?: readonly string[];
  } = {},
): PolicyWorld {
  const nodes = whole<KubeNode>(context.nodes);
  const namespaces = whole<Namespace>(context.namespaces);
  const clusterPolicies = whole<ClusterPolicy>(context.clusterPolicies);
  return prepare({
    pods: [...scope.pods, ...(more.pods ?? [])],
    podsPartial: true,
    networkPolicies: [...networkPolicies, ...(more.policies ?? [])],
    // With all namespaces asked for, the policies of all of them were listed.
    ...(scope.namespace === "" ? {} : { policiesReadIn: [scope.namespace, ...(more.readIn ?? [])] }),
    engine: engineOf(context).engine,
    ...(nodes === undefined ? {} : { nodes }),
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(clusterPolicies === undefined ? {} : { clusterPolicies }),
  });
}

export interface TargetPort {
  readonly port: number;
  readonly protocol: string;
}

function unique(ports: readonly TargetPort[]): readonly TargetPort[] {
  const keys = new Map(ports.map((each) => [`${each.port}/${each.protocol}`, each]));
  return [...keys.values()];
}

/** The pod ports that matter: what the judged Services send to this pod; for a pod on its own `--port`, else the ports it declares. */
export function targetPorts(scope: Scope, pod: Pod): readonly TargetPort[] {
  if (scope.target !== "pod") {
    const ports = scope.services
      .filter((service) => selects(service, pod))
      .flatMap((service) => judgedPorts(service, scope.port))
      .flatMap(({ port }) => {
        const number = findPort(pod, port);
        return number === undefined ? [] : [{ port: number, protocol: protocolOf(port) }];
      });
    return unique(ports);
  }
  const declared = declaredPorts(pod).map(({ number, protocol, name }) => ({ port: number, protocol, name }));
  if (scope.port === undefined) return unique(declared);
  if (/^\d+$/.test(scope.port)) return [{ port: Number(scope.port), protocol: "TCP" }];
  return unique(declared.filter((each) => each.name === scope.port));
}

function describePeer(peer: PeerClause): string {
  switch (peer.kind) {
    case "ipBlock": {
      const except = peer.except.map(({ text }) => text).join(", ");
      return except === "" ? peer.block.text : `${peer.block.text} except ${except}`;
    }
    case "pods": {
      const pods = peer.pods === undefined ? "every pod" : `pods ${describeSelector(peer.pods)}`;
      return peer.namespaces === undefined
        ? `${pods} here`
        : `${pods} in namespaces ${describeSelector(peer.namespaces)}`;
    }
    default:
      return "a peer of another kind";
  }
}

/** `pods app=gw in namespaces team=edge → TCP 8080`. */
export function describeRule(rule: Rule): string {
  const from = rule.peers.length === 0 ? "everybody" : rule.peers.map(describePeer).join(" or ");
  const to = rule.ports.length === 0 ? "every port" : rule.ports.map(describePortClause).join(", ");
  return `${from} → ${to}`;
}

/** `web-1, web-2 and 3 more`. */
export function podNames(pods: readonly Pod[]): string {
  const names = pods.slice(0, 3).map((pod) => pod.metadata.name);
  return pods.length > 3 ? `${names.join(", ")} and ${pods.length - 3} more` : names.join(", ");
}

/** Istio's ambient mesh carries traffic to the pod's node in a tunnel on another port, which is what policies then see. */
function inAmbientMesh(pod: Pod): boolean {
  return pod.metadata.annotations?.["ambient.istio.io/redirection"] === "enabled";
}

/**
 * How sure a deny is that was read from policies alone. `likely` (an error): the API text leaves no doubt and a running engine is known that
 * enforces it, two sources that agree. `possible` (a warning): the engine is not known, or something that is not evaluated may let the flow
 * in all the same (policy kinds of the engine's own, an ambient mesh). A packet that was really dropped makes it sure, which is the probe's to say.
 */
export function certaintyOf(scope: Scope, context: Context): "likely" | "possible" {
  const known = engineOf(context).engine !== "unknown";
  return known && !othersMayAllow(context) && !scope.pods.some(inAmbientMesh) ? "likely" : "possible";
}
