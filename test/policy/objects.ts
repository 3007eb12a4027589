/** Builders for the evaluator's tests: a small cluster in YAML, and flows named by their ends. */
import assert from "node:assert/strict";
import { loadAll } from "js-yaml";
import type { KubeNode, Namespace, NetworkPolicy, Pod } from "../../src/model/kube.ts";
import type { ClusterPolicy } from "../../src/model/policies.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import type { End, Flow, FlowResult } from "../../src/policy/types.ts";
import { endOfIp, endOfPod, type PolicyInput, type PolicyWorld, prepare } from "../../src/policy/world.ts";

export interface AnyObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** A list's items, which carry no kind of their own. */
function unpacked(object: AnyObject | null): readonly (AnyObject | null)[] {
  const { items } = (object ?? {}) as { readonly items?: readonly AnyObject[] };
  return items === undefined
    ? [object]
    : items.map((item) => ({ ...item, kind: item.kind ?? object?.kind.replace(/List$/, "") }));
}

/** Objects of a multi-document YAML text, with the namespace that decoding gives them. */
export function objects(yaml: string): readonly AnyObject[] {
  return (loadAll(yaml) as (AnyObject | null)[])
    .flatMap(unpacked)
    .flatMap((object) =>
      object === null
        ? []
        : [{ ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? "" } }],
    );
}

/** Sorts objects into what the evaluator takes. */
export function inputOf(all: readonly AnyObject[]): PolicyInput {
  const of = <T>(...kinds: readonly string[]): T[] =>
    all.filter((object) => kinds.includes(object.kind)) as unknown as T[];
  return {
    pods: of<Pod>("Pod"),
    nodes: of<KubeNode>("Node"),
    namespaces: of<Namespace>("Namespace"),
    networkPolicies: of<NetworkPolicy>("NetworkPolicy"),
    clusterPolicies: of<ClusterPolicy>("ClusterNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy"),
  };
}

/** A prepared world from YAML texts. */
export function world(yaml: string, given: Partial<PolicyInput> = {}): PolicyWorld {
  return prepare({ ...inputOf(objects(yaml)), ...given });
}

/** `ns/pod`, `node:name`, or an IP. */
export function end(of: PolicyWorld, text: string): End {
  const [namespace = "", name = ""] = text.split("/");
  const found = text.startsWith("node:")
    ? of.nodes.get(text.slice("node:".length))
    : text.includes("/")
      ? endOfPod(of, namespace, name)
      : endOfIp(of, text);
  assert.ok(found, `no such end: ${text}`);
  return found;
}

/** A flow from `b/x → a/t 8080/TCP`. */
export function flow(of: PolicyWorld, text: string): Flow {
  const [, from = "", to = "", port = "", protocol = ""] = /^(\S+) → (\S+) (\d+)\/(\w+)$/.exec(text) ?? [];
  assert.ok(protocol !== "", `not a flow: ${text}`);
  return { from: end(of, from), to: end(of, to), port: Number(port), protocol };
}

/** Judges the flow that `text` describes. */
export function judge(of: PolicyWorld, text: string): FlowResult {
  return evaluate(of, flow(of, text));
}
