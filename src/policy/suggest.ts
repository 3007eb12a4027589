/** The smallest rule that would let a denied flow through, as YAML. Never "delete the policy". */
import type { Suggestion, YamlValue } from "../model/flow-report.ts";
import type { Labels } from "../model/kube.ts";
import { addressIn, addressText, describeEnd, isNode } from "./ends.ts";
import type { DirectionResult, End, Flow, FlowResult, PodEnd } from "./types.ts";
import { NAMESPACE_NAME_LABEL, type PolicyWorld } from "./world.ts";
import { toYaml } from "./yaml.ts";

export type { Suggestion } from "../model/flow-report.ts";

/** The labels by which people name an app, in the order of preference. */
const APP_LABELS = [["app.kubernetes.io/name", "app.kubernetes.io/instance"], ["app"], ["k8s-app"]] as const;

/** Labels that differ between two pods of one workload or change with every rollout. */
const CHANGING =
  /^(pod-template-hash|pod-template-generation|controller-revision-hash|statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|(batch\.kubernetes\.io\/)?(job-name|controller-uid))$/;

/** The few labels that name the pod's app and outlive the pod; all lasting ones when none of the usual is there. */
function namingLabels(labels: Labels): Labels {
  const lasting = Object.entries(labels).filter(([key]) => !CHANGING.test(key));
  const usual = APP_LABELS.map((keys) => lasting.filter(([key]) => keys.some((each) => each === key)));
  return Object.fromEntries(usual.find((found) => found.length > 0) ?? lasting);
}

function podsOf(labels: Labels): YamlValue {
  return Object.keys(labels).length === 0 ? {} : { matchLabels: labels };
}

function block(end: End, family: 4 | 6 | undefined): string | undefined {
  const address = addressIn(end, family);
  return address === undefined ? undefined : `${addressText(address)}/${address.family === 4 ? 32 : 128}`;
}

interface Ask {
  readonly world: PolicyWorld;
  readonly flow: Flow;
  readonly family: 4 | 6 | undefined;
  readonly result: DirectionResult;
  readonly subject: PodEnd;
  readonly other: End;
}

/** The peer that is just the other end: its app in its namespace, or its one address. Undefined when the API cannot say it. */
function peerOf({ world, other, subject, family }: Ask): YamlValue | undefined {
  if (other.kind === "pod" && !other.hostNetwork) {
    const pods = podsOf(namingLabels(other.labels));
    if (other.namespace === subject.namespace) return { podSelector: pods };
    return { namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: other.namespace } }, podSelector: pods };
  }
  if (world.engine === "cilium" && isNode(other)) return undefined;
  const cidr = block(other, family);
  return cidr === undefined ? undefined : { ipBlock: { cidr } };
}

/** A name that the API server takes, at most 63 characters. */
function policyName(ask: Ask): string {
  const short = (end: End): string => (end.kind === "external" ? describeEnd(end) : end.name);
  const preposition = ask.result.direction === "ingress" ? "from" : "to";
  return `allow-${short(ask.subject)}-${preposition}-${short(ask.other)}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/-+$/, "");
}

/**
 * The pods that a new policy may select: those of the subject's app, and only those that an existing policy isolates already. A policy
 * isolates whom it selects, so anything wider would cut off pods that are open today.
 */
function subjectSelector({ result, subject }: Ask): YamlValue {
  const [isolating = {}] = result.policies
    .filter(({ tier }) => tier === "NetworkPolicy")
    .map((each) => each.subjectPods);
  const { matchLabels = {}, matchExpressions = [] } = isolating;
  const labels = { ...matchLabels, ...namingLabels(subject.labels) } as Labels;
  return {
    ...(Object.keys(labels).length > 0 ? { matchLabels: labels } : {}),
    ...(matchExpressions.length > 0
      ? {
          matchExpressions: matchExpressions.map(({ key = "", operator = "", values }) => ({ key, operator, values })),
        }
      : {}),
  };
}

function networkPolicy(ask: Ask): Suggestion {
  const { world, result, subject, other, flow } = ask;
  const { direction } = result;
  const peer = peerOf(ask);
  if (peer === undefined) {
    const note = `NetworkPolicy cannot name ${describeEnd(other)} for the ${world.engine} engine; with Cilium use a CiliumNetworkPolicy with entities host and remote-node`;
    return { direction, yaml: undefined, manifest: undefined, note };
  }
  const rule = {
    [direction === "ingress" ? "from" : "to"]: [peer],
    ports: [{ protocol: flow.protocol, port: flow.port }],
  };
  const manifest: YamlValue = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: policyName(ask), namespace: subject.namespace },
    spec: {
      podSelector: subjectSelector(ask),
      policyTypes: [direction === "ingress" ? "Ingress" : "Egress"],
      [direction]: [rule],
    },
  };
  return {
    direction,
    yaml: toYaml(manifest),
    manifest,
    note: `adds one permission in namespace ${subject.namespace}; it isolates no pod that is open now`,
  };
}

/** The rule for a cluster-wide policy, in the words of its kind. Its peers are pods; only egress may also name addresses. */
function clusterRule(ask: Ask, kind: string): YamlValue {
  const { other, flow, family, result } = ask;
  const pods =
    other.kind === "pod" && !other.hostNetwork
      ? {
          pods: {
            namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: other.namespace } },
            podSelector: podsOf(namingLabels(other.labels)),
          },
        }
      : { networks: [block(other, family) ?? "ADDRESS/32"] };
  const list = { [result.direction === "ingress" ? "from" : "to"]: [pods] };
  const name = "allow-this-flow";
  if (kind === "ClusterNetworkPolicy") {
    const protocols = [{ [flow.protocol.toLowerCase()]: { destinationPort: { number: flow.port } } }];
    return [{ name, action: "Accept", ...list, protocols }];
  }
  const ports = [{ portNumber: { protocol: flow.protocol, port: flow.port } }];
  return [{ name, action: "Allow", ...list, ports }];
}

function forDirection(ask: Ask): Suggestion {
  const { result } = ask;
  const by = result.decidedBy;
  if (by === undefined || by.policy.kind === "NetworkPolicy") return networkPolicy(ask);
  const { kind, name } = by.policy;
  return {
    direction: result.direction,
    yaml: toYaml(clusterRule(ask, kind)),
    manifest: undefined,
    note: `${kind} ${name} is the cluster administrator's and outranks what a namespace may allow: put this rule before spec.${result.direction}[${by.rule}]`,
  };
}

/**
 * What to add for each direction that denies the flow (none unless the verdict is `deny`). One rule for exactly this source, destination and
 * port; where both directions deny, both are needed.
 */
export function suggestRule(world: PolicyWorld, flow: Flow, result: FlowResult): readonly Suggestion[] {
  if (result.verdict !== "deny") return [];
  return result.families
    .filter(({ family }) => family === result.family)
    .flatMap(({ family, egress, ingress }) => [
      { world, flow, family, result: egress, subject: flow.from, other: flow.to },
      { world, flow, family, result: ingress, subject: flow.to, other: flow.from },
    ])
    .flatMap((ask) =>
      ask.subject.kind === "pod" && ask.result.verdict === "deny"
        ? [forDirection({ ...ask, subject: ask.subject })]
        : [],
    );
}
