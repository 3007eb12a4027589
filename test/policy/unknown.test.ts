/** What the evaluator does not know, and says so: undefined by the API, unread, or decided by somebody else. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PolicyInput } from "../../src/policy/world.ts";
import { endOfIp, endOfPod, prepare } from "../../src/policy/world.ts";
import { judge, world } from "./objects.ts";

const PODS = `
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { nodeName: n1 }
status: { podIP: 10.0.0.1 }
---
kind: Pod
metadata: { name: gw, namespace: edge, labels: { app: gw, empty: } }
spec: { nodeName: n2 }
status: { podIP: 10.0.0.2 }
---
kind: Pod
metadata: { name: agent, namespace: shop, labels: { app: agent } }
spec: { nodeName: n2, hostNetwork: true, containers: [{ name: c, ports: [{ name: http, containerPort: 80 }] }] }
status: { podIP: 192.0.2.2 }
---
kind: Pod
metadata: { name: own-agent, namespace: edge, labels: { app: agent } }
spec: { nodeName: n1, hostNetwork: true }
status: { podIP: 192.0.2.1 }
---
kind: Pod
metadata: { name: new, namespace: shop, labels: { app: new } }
spec: {}
---
kind: Pod
metadata: { name: newer, namespace: shop, labels: { app: new } }
---
kind: Pod
metadata: { name: gone, namespace: shop, labels: { app: web } }
spec: { nodeName: n1 }
status: { podIP: 10.0.0.9, phase: Succeeded }
---
kind: Node
metadata: { name: n1 }
status: { addresses: [{ type: InternalIP, address: 192.0.2.1 }, {}] }
---
kind: Node
metadata: { name: n2 }
---
kind: Namespace
metadata: { name: shop }
---
kind: Namespace
metadata: { name: edge, labels: { team: edge } }
`;

function policy(spec: string, name = "p"): string {
  return `${PODS}\n---\nkind: NetworkPolicy\nmetadata: { name: ${name}, namespace: shop }\nspec: ${spec}`;
}

function told(yaml: string, text: string, given: Partial<PolicyInput> = {}): string {
  const { verdict, confidence, reason } = judge(world(yaml, { engine: "calico", ...given }), text);
  return `${verdict} ${confidence}: ${reason}`;
}

const DENY_IN = "{ podSelector: {}, policyTypes: [Ingress] }";
const DENY_OUT = "{ podSelector: {}, policyTypes: [Egress] }";
const FROM_TEAM =
  "{ podSelector: {}, policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: edge } } }] }] }";

describe("undefined by the API", () => {
  it("a host-network pod as target or source of an isolating policy", () => {
    assert.match(told(policy(DENY_IN), "edge/gw → shop/agent 80/TCP"), /^unknown possible: .*host network/);
    assert.match(told(policy(DENY_OUT), "shop/agent → edge/gw 80/TCP"), /^unknown possible: .*host network/);
    assert.match(
      told(policy("{ podSelector: {}, policyTypes: [Ingress], ingress: [{}] }"), "edge/gw → shop/agent 80/TCP"),
      /^allow/,
    );
  });

  it("a named port of a host-network pod never matches", () => {
    const named = policy("{ policyTypes: [Egress], egress: [{ ports: [{ port: http }] }] }");
    assert.match(told(named, "shop/web → shop/agent 80/TCP"), /^deny/);
  });

  it("egress to the own node, unless a rule allows it", () => {
    assert.match(told(policy(DENY_OUT), "shop/web → node:n1 10250/TCP"), /^unknown possible: .*own node/);
    assert.match(told(policy(DENY_OUT), "shop/web → edge/own-agent 10250/TCP"), /^unknown possible: .*own node/);
    assert.match(told(policy(DENY_OUT), "shop/web → node:n2 10250/TCP"), /^deny likely/);
    assert.match(
      told(policy("{ podSelector: {}, policyTypes: [Egress], egress: [{}] }"), "shop/web → node:n1 10250/TCP"),
      /^allow/,
    );
  });

  it("a pod whose node is not known may be on the node that asks", () => {
    assert.match(told(policy(DENY_IN), "node:n1 → shop/new 80/TCP"), /^unknown possible: .*may be the pod's own node/);
  });

  it("an address block against a pod, when the engine is not known", () => {
    const block = policy("{ policyTypes: [Ingress], ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }] }");
    assert.match(
      told(block, "edge/gw → shop/web 80/TCP", { engine: "unknown" }),
      /^unknown possible: it cannot be told/,
    );
    assert.match(told(block, "edge/gw → shop/web 80/TCP"), /^allow possible/);
    assert.match(told(block, "edge/gw → shop/web 80/TCP", { engine: "cilium" }), /^deny likely/);
  });

  it("a rule that surely allows is named before one that possibly does", () => {
    const both = policy(
      "{ policyTypes: [Ingress], ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }, { from: [{ namespaceSelector: {} }] }] }",
    );
    assert.match(told(both, "edge/gw → shop/web 80/TCP"), /^allow certain: .*ingress\[1\]/);
    const oneRule = policy(
      "{ policyTypes: [Ingress], ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 } }, { namespaceSelector: {} }] }] }",
    );
    assert.match(told(oneRule, "edge/gw → shop/web 80/TCP"), /^allow certain/);
  });

  it("a manifest without a spec isolates every pod of its namespace for ingress", () => {
    const bare = `${PODS}\n---\nkind: NetworkPolicy\nmetadata: { name: p, namespace: shop }`;
    assert.match(told(bare, "edge/gw → shop/web 80/TCP"), /^deny/);
    assert.match(told(bare, "shop/web → edge/gw 80/TCP"), /^allow/);
  });

  it("a peer without any field, which the server would refuse", () => {
    assert.match(
      told(policy("{ policyTypes: [Ingress], ingress: [{ from: [{}] }] }"), "edge/gw → shop/web 80/TCP"),
      /^unknown/,
    );
  });

  it("prefixes that are none", () => {
    const broken = policy('{ policyTypes: [Ingress], ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0" } }] }] }');
    assert.match(told(broken, "203.0.113.7 → shop/web 80/TCP"), /^unknown/);
    const missing = policy("{ policyTypes: [Ingress], ingress: [{ from: [{ ipBlock: {} }] }] }");
    assert.match(told(missing, "203.0.113.7 → shop/web 80/TCP"), /^unknown/);
    const exception = policy(
      '{ policyTypes: [Ingress], ingress: [{ from: [{ ipBlock: { cidr: 0.0.0.0/0, except: ["x"] } }] }] }',
    );
    assert.match(told(exception, "203.0.113.7 → shop/web 80/TCP"), /^unknown/);
  });
});

describe("not there yet, not read", () => {
  it("a pod without an address: selectors decide, address blocks do not", () => {
    assert.match(told(policy(FROM_TEAM), "edge/gw → shop/new 80/TCP"), /^allow certain/);
    const block = policy("{ policyTypes: [Ingress], ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }] }");
    assert.match(told(block, "shop/new → shop/web 80/TCP"), /^unknown/);
    assert.match(told(block, "shop/new → shop/newer 80/TCP"), /^unknown/);
    assert.equal(judge(world(policy(FROM_TEAM)), "shop/new → shop/newer 80/TCP").family, undefined);
  });

  it("no family in common", () => {
    assert.match(
      told(PODS, "2001:db8::1 → shop/web 80/TCP"),
      /^unknown certain: 2001:db8::1 and pod shop\/web have no IP family in common/,
    );
  });

  it("labels of a namespace that was not read: only its name is known", () => {
    const unread = { namespaces: [] };
    assert.match(told(policy(FROM_TEAM), "edge/gw → shop/web 80/TCP", unread), /^unknown/);
    const byName =
      "{ policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: edge } } }] }] }";
    assert.match(told(policy(byName), "edge/gw → shop/web 80/TCP", unread), /^allow certain/);
    assert.match(told(policy(byName), "shop/new → shop/web 80/TCP", unread), /^deny/);
    const nameAndTeam =
      "{ policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: edge }, matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [edge] }] } }] }] }";
    assert.match(told(policy(nameAndTeam), "shop/new → shop/web 80/TCP", unread), /^deny/);
    assert.match(told(policy(nameAndTeam), "edge/gw → shop/web 80/TCP", unread), /^unknown/);
  });

  it("policies of a namespace that was not read", () => {
    const onlyEdge = { policiesReadIn: ["edge"] };
    assert.match(
      told(PODS, "edge/gw → shop/web 80/TCP", onlyEdge),
      /^unknown possible: the NetworkPolicies of namespace shop could not be read/,
    );
    assert.match(told(PODS, "shop/web → edge/gw 80/TCP", onlyEdge), /^unknown/);
    assert.match(told(PODS, "203.0.113.7 → edge/gw 80/TCP", onlyEdge), /^allow/);
  });

  it("a private address may be a pod or node that was not read", () => {
    const cluster = world(policy(DENY_IN), { engine: "calico", podsPartial: true });
    assert.equal(judge(cluster, "10.9.9.9 → shop/web 80/TCP").verdict, "unknown");
    assert.equal(judge(cluster, "203.0.113.7 → shop/web 80/TCP").verdict, "deny");
    assert.equal(judge(world(policy(DENY_IN)), "10.9.9.9 → shop/web 80/TCP").verdict, "deny");
  });

  it("cluster-wide policies that were not read make nothing certain", () => {
    const result = judge({ ...world(PODS), clusterPolicies: undefined }, "edge/gw → shop/web 80/TCP");
    assert.deepEqual([result.verdict, result.confidence], ["allow", "likely"]);
  });

  it("without an engine that is known, a deny is only possible", () => {
    assert.match(told(policy(DENY_IN), "edge/gw → shop/web 80/TCP", { engine: "unknown" }), /^deny possible/);
    assert.match(
      told(policy(DENY_IN), "edge/gw → shop/web 80/TCP"),
      /^deny likely: pod shop\/web is isolated for ingress by NetworkPolicy shop\/p, and no rule allows pod edge\/gw on 80\/TCP/,
    );
  });

  it("several isolating policies are counted", () => {
    const two = `${policy(DENY_IN)}\n---\nkind: NetworkPolicy\nmetadata: { name: a, namespace: shop }\nspec: ${DENY_IN}`;
    assert.match(told(two, "edge/gw → shop/web 80/TCP"), /NetworkPolicy shop\/a and 1 more/);
  });
});

describe("decided by somebody else", () => {
  const cilium = { ref: { kind: "CiliumNetworkPolicy", namespace: "shop", name: "c" } };

  it("a Cilium or Calico policy that may concern an end: unknown, never allowed, and not denied either", () => {
    assert.match(
      told(PODS, "edge/gw → shop/web 80/TCP", { otherPolicies: [cilium] }),
      /^unknown possible: CiliumNetworkPolicy c may decide otherwise/,
    );
    const result = judge(world(policy(DENY_IN), { otherPolicies: [cilium, cilium] }), "edge/gw → shop/web 80/TCP");
    assert.deepEqual([result.verdict, result.onPaper, result.unevaluated.length], ["unknown", "deny", 2]);
    assert.match(result.reason, /and 1 more/);
  });

  it("one that selects neither end does not matter", () => {
    const elsewhere = { ref: { kind: "CiliumNetworkPolicy", namespace: "other", name: "c" } };
    const otherApp = { ...cilium, pods: { matchLabels: { app: "db" } } };
    assert.match(told(PODS, "edge/gw → shop/web 80/TCP", { otherPolicies: [elsewhere, otherApp] }), /^allow/);
    assert.match(told(PODS, "203.0.113.7 → node:n1 80/TCP", { otherPolicies: [cilium] }), /^allow/);
    const thisApp = {
      ref: { kind: "GlobalNetworkPolicy", namespace: "", name: "g" },
      pods: { matchLabels: { app: "web" } },
    };
    assert.match(told(PODS, "edge/gw → shop/web 80/TCP", { otherPolicies: [thisApp] }), /^unknown/);
  });

  it("without an engine nothing is enforced, and what the policies say stays visible", () => {
    const result = judge(world(policy(DENY_IN), { engine: "none" }), "edge/gw → shop/web 80/TCP");
    assert.deepEqual([result.verdict, result.onPaper, result.confidence], ["allow", "deny", "likely"]);
    assert.match(told(PODS, "edge/gw → shop/web 80/TCP", { engine: "none" }), /^allow certain/);
  });
});

describe("what an address stands for", () => {
  it("a node before a pod, a live pod before the outside, a finished pod not at all", () => {
    const cluster = world(PODS);
    assert.equal(endOfIp(cluster, "192.0.2.1")?.kind, "node");
    assert.equal(endOfIp(cluster, "10.0.0.2")?.kind, "pod");
    assert.equal(endOfIp(cluster, "10.0.0.9")?.kind, "external");
    assert.equal(endOfIp(cluster, "192.0.2.2")?.kind, "external");
    assert.equal(endOfIp(cluster, "not-an-ip"), undefined);
    assert.equal(endOfIp(prepare({ pods: [], networkPolicies: [] }), "192.0.2.1")?.kind, "external");
    assert.equal(endOfPod(cluster, "shop", "nobody"), undefined);
  });
});

describe("what could not be read", () => {
  const denied = policy("{ podSelector: {}, policyTypes: [Ingress] }");

  it("names the permission that is missing", () => {
    const unread = new Map([["edge", "networkpolicies is forbidden: dev cannot list them"]]);
    assert.match(
      told(denied, "edge/gw → 203.0.113.7 80/TCP", {
        policiesReadIn: ["shop"],
        policiesUnread: unread,
      }),
      /^unknown .*namespace edge could not be read: networkpolicies is forbidden: dev cannot list them/,
    );
  });

  it("kinds of the engine's own that were not read leave everything open, but not between addresses outside", () => {
    const given = { engine: "cilium", otherPoliciesUnread: "ciliumnetworkpolicies is forbidden" } as const;
    assert.match(
      told(denied, "edge/gw → shop/web 80/TCP", given),
      /^unknown .*the cilium engine .*ciliumnetworkpolicies/,
    );
    assert.match(told(denied, "203.0.113.7 → shop/web 80/TCP", given), /^unknown/);
    assert.match(told(denied, "203.0.113.7 → 203.0.113.8 80/TCP", given), /^allow/);
  });
});
