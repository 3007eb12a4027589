/** ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy around the NetworkPolicy tier. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PolicyInput } from "../../src/policy/world.ts";
import { judge, world } from "./objects.ts";

const CLUSTER = `
kind: Namespace
metadata: { name: shop, labels: { tenant: blue } }
---
kind: Namespace
metadata: { name: edge, labels: { tenant: red } }
---
kind: Node
metadata: { name: n1, labels: { pool: gpu } }
status: { addresses: [{ address: 192.0.2.1 }] }
---
kind: Node
metadata: { name: n2, labels: { pool: cpu } }
status: { addresses: [{ address: 192.0.2.2 }] }
---
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { nodeName: n2, containers: [{ name: c, ports: [{ name: http, containerPort: 8080 }] }] }
status: { podIP: 10.0.0.1 }
---
kind: Pod
metadata: { name: gw, namespace: edge, labels: { app: gw } }
spec: { nodeName: n2, containers: [{ name: c, ports: [{ name: http, containerPort: 8080 }] }] }
status: { podIP: 10.0.0.2 }
---
kind: Pod
metadata: { name: agent, namespace: edge, labels: { app: agent } }
spec: { nodeName: n1, hostNetwork: true }
status: { podIP: 192.0.2.1 }
---
kind: Pod
metadata: { name: lost, namespace: edge, labels: { app: agent } }
spec: { nodeName: n9, hostNetwork: true }
status: { podIP: 192.0.2.9 }
`;

const cnp = (name: string, spec: string): string =>
  `kind: ClusterNetworkPolicy\nmetadata: { name: ${name} }\nspec: ${spec}`;
const anp = (name: string, spec: string): string =>
  `kind: AdminNetworkPolicy\nmetadata: { name: ${name} }\nspec: ${spec}`;
const banp = (spec: string): string => `kind: BaselineAdminNetworkPolicy\nmetadata: { name: default }\nspec: ${spec}`;
const np = (spec: string): string => `kind: NetworkPolicy\nmetadata: { name: np, namespace: shop }\nspec: ${spec}`;

function told(text: string, policies: readonly string[], given: Partial<PolicyInput> = {}): string {
  const cluster = world([CLUSTER, ...policies].join("\n---\n"), { engine: "kube-network-policies", ...given });
  const { verdict, reason } = judge(cluster, text);
  return `${verdict}: ${reason}`;
}

const IN = "edge/gw → shop/web 8080/TCP";
const ANYONE = "from: [{ namespaces: {} }]";
const DENY_ALL_IN = "{ podSelector: {}, policyTypes: [Ingress] }";

describe("tiers", () => {
  it("Admin decides before NetworkPolicy, both ways", () => {
    const accept = cnp(
      "a",
      `{ tier: Admin, priority: 10, subject: { namespaces: {} }, ingress: [{ action: Accept, ${ANYONE} }] }`,
    );
    assert.match(told(IN, [accept, np(DENY_ALL_IN)]), /^allow: ClusterNetworkPolicy a ingress\[0\] accepts it/);
    const deny = cnp(
      "d",
      `{ tier: Admin, priority: 10, subject: { pods: { podSelector: { matchLabels: { app: web } } } }, ingress: [{ action: Deny, ${ANYONE} }] }`,
    );
    assert.match(told(IN, [deny, np("{ ingress: [{}] }")]), /^deny: ClusterNetworkPolicy d ingress\[0\] denies it/);
  });

  it("Pass hands over to NetworkPolicy, past the rest of the tier", () => {
    const pass = cnp(
      "p",
      `{ tier: Admin, priority: 1, subject: { namespaces: {} }, ingress: [{ action: Pass, ${ANYONE} }] }`,
    );
    const deny = cnp(
      "d",
      `{ tier: Admin, priority: 2, subject: { namespaces: {} }, ingress: [{ action: Deny, ${ANYONE} }] }`,
    );
    assert.match(told(IN, [deny, pass]), /^allow: no policy isolates/);
    assert.match(told(IN, [deny, pass, np(DENY_ALL_IN)]), /^deny: pod shop\/web is isolated/);
  });

  it("Baseline decides only for pods that no NetworkPolicy selects", () => {
    const baseline = cnp(
      "b",
      `{ tier: Baseline, priority: 5, subject: { namespaces: {} }, ingress: [{ action: Deny, ${ANYONE} }] }`,
    );
    assert.match(told(IN, [baseline]), /^deny: ClusterNetworkPolicy b/);
    assert.match(told(IN, [baseline, np("{ ingress: [{}] }")]), /^allow: NetworkPolicy shop\/np allows it/);
    assert.match(told("203.0.113.7 → shop/web 8080/TCP", [baseline]), /^allow: no policy isolates/);
  });

  it("the lower number goes first, the first rule counts", () => {
    const first = cnp(
      "z",
      `{ priority: 1, subject: { namespaces: {} }, ingress: [{ action: Accept, ${ANYONE} }, { action: Deny, ${ANYONE} }] }`,
    );
    const second = cnp("a", `{ priority: 2, subject: { namespaces: {} }, ingress: [{ action: Deny, ${ANYONE} }] }`);
    assert.match(told(IN, [second, first]), /^allow: ClusterNetworkPolicy z ingress\[0\]/);
  });

  it("equal priorities that disagree cannot be told; that agree, they can", () => {
    const accept = cnp("a", `{ priority: 1, subject: { namespaces: {} }, ingress: [{ action: Accept, ${ANYONE} }] }`);
    const deny = cnp("d", `{ priority: 1, subject: { namespaces: {} }, ingress: [{ action: Deny, ${ANYONE} }] }`);
    assert.match(told(IN, [accept, deny]), /^unknown: it cannot be told which policy decides/);
    assert.match(
      told(IN, [
        accept,
        cnp("b", `{ priority: 1, subject: { namespaces: {} }, ingress: [{ action: Accept, ${ANYONE} }] }`),
      ]),
      /^allow/,
    );
  });

  it("which of the two admin kinds goes first is written nowhere", () => {
    const accept = anp("a", `{ priority: 1, subject: { namespaces: {} }, ingress: [{ action: Allow, ${ANYONE} }] }`);
    const deny = cnp("d", `{ priority: 9, subject: { namespaces: {} }, ingress: [{ action: Deny, ${ANYONE} }] }`);
    assert.match(told(IN, [accept, deny]), /^unknown/);
    const silent = cnp(
      "s",
      `{ priority: 9, subject: { namespaces: {} }, ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { tenant: blue } } }] }] }`,
    );
    assert.match(told(IN, [accept, silent]), /^allow: AdminNetworkPolicy a/);
  });

  it("AdminNetworkPolicy before, BaselineAdminNetworkPolicy after", () => {
    const base = banp(`{ subject: { namespaces: {} }, ingress: [{ action: Deny, ${ANYONE} }] }`);
    assert.match(told(IN, [base]), /^deny: BaselineAdminNetworkPolicy default/);
    assert.match(
      told(IN, [
        base,
        anp("a", `{ priority: 1, subject: { namespaces: {} }, ingress: [{ action: Allow, ${ANYONE} }] }`),
      ]),
      /^allow: AdminNetworkPolicy a/,
    );
  });
});

describe("subjects and peers", () => {
  const denyFrom = (peer: string, subject = "{ namespaces: {} }"): readonly string[] => [
    cnp("d", `{ priority: 1, subject: ${subject}, ingress: [{ action: Deny, from: [${peer}] }] }`),
  ];
  const denyTo = (peer: string): readonly string[] => [
    cnp("d", `{ priority: 1, subject: { namespaces: {} }, egress: [{ action: Deny, to: [${peer}] }] }`),
  ];

  it("namespaces by label, pods by both", () => {
    assert.match(told(IN, denyFrom("{ namespaces: { matchLabels: { tenant: red } } }")), /^deny/);
    assert.match(told(IN, denyFrom("{ namespaces: { matchLabels: { tenant: blue } } }")), /^allow/);
    assert.match(told(IN, denyFrom("{ pods: { podSelector: { matchLabels: { app: gw } } } }")), /^deny/);
    assert.match(
      told(IN, denyFrom("{ pods: { namespaceSelector: { matchLabels: { tenant: blue } }, podSelector: {} } }")),
      /^allow/,
    );
    assert.match(
      told(IN, denyFrom("{ namespaces: {} }", "{ namespaces: { matchLabels: { tenant: red } } }")),
      /^allow/,
    );
    assert.match(
      told(IN, denyFrom("{ namespaces: {} }", "{ pods: { podSelector: { matchLabels: { app: db } } } }")),
      /^allow/,
    );
  });

  it("host-network pods are neither subject nor peer", () => {
    assert.match(told("edge/agent → shop/web 8080/TCP", denyFrom("{ namespaces: {} }")), /^allow/);
    assert.match(told("shop/web → edge/agent 80/TCP", denyFrom("{ namespaces: {} }")), /^allow/);
  });

  it("nodes by label, a host-network pod as its node, networks by address", () => {
    assert.match(told("shop/web → node:n1 10250/TCP", denyTo("{ nodes: { matchLabels: { pool: gpu } } }")), /^deny/);
    assert.match(told("shop/web → node:n2 10250/TCP", denyTo("{ nodes: { matchLabels: { pool: gpu } } }")), /^allow/);
    assert.match(told("shop/web → edge/agent 80/TCP", denyTo("{ nodes: {} }")), /^deny/);
    assert.match(told("shop/web → edge/lost 80/TCP", denyTo("{ nodes: {} }")), /^unknown/);
    assert.match(told("shop/web → edge/gw 80/TCP", denyTo("{ nodes: {} }")), /^allow/);
    assert.match(told("shop/web → edge/gw 80/TCP", denyTo("{ networks: [10.0.0.0/8] }")), /^deny/);
    assert.match(told("shop/web → 203.0.113.7 80/TCP", denyTo("{ networks: [10.0.0.0/8] }")), /^allow/);
  });

  it("domain names are known to the engine alone", () => {
    const names = [
      cnp(
        "n",
        "{ priority: 1, subject: { namespaces: {} }, egress: [{ action: Accept, to: [{ domainNames: [api.example.com] }] }, { action: Deny, to: [{ networks: [0.0.0.0/0] }] }] }",
      ),
    ];
    assert.match(told("shop/web → 203.0.113.7 443/TCP", names), /^unknown/);
    assert.match(told("shop/web → edge/gw 443/TCP", names), /^deny/);
  });

  it("fields that are not known here are no certainty", () => {
    assert.match(told(IN, denyFrom("{ galaxies: {} }")), /^unknown/);
    assert.match(told(IN, denyFrom("{ namespaces: { namespaceSelector: {} } }")), /^unknown/);
    assert.match(told(IN, denyFrom("{ namespaces: {} }", "{ galaxies: {} }")), /^unknown/);
    assert.match(told(IN, denyFrom("{ namespaces: {} }", "{ namespaces: { sameLabels: [x] } }")), /^unknown/);
    assert.match(told(IN, ["kind: ClusterNetworkPolicy\nmetadata: { name: e }"]), /^allow/);
    const pass = cnp("p", "{ priority: 1, subject: { namespaces: {} }, ingress: [{ action: Pass, from: [{}] }] }");
    assert.match(told(IN, [pass]), /^unknown/);
    const action = cnp("x", `{ priority: 1, subject: { namespaces: {} }, ingress: [{ action: Maybe, ${ANYONE} }] }`);
    assert.match(told(IN, [action]), /^unknown/);
    const none = cnp("x", `{ priority: 1, subject: { namespaces: {} }, ingress: [{ ${ANYONE} }] }`);
    assert.match(told(IN, [none]), /^unknown/);
  });

  it("a rule without a peer list, which the server would refuse, is read as everybody", () => {
    assert.match(
      told(IN, [cnp("x", "{ priority: 1, subject: { namespaces: {} }, ingress: [{ action: Deny }] }")]),
      /^deny/,
    );
  });

  it("labels of an unread namespace leave the subject open", () => {
    const deny = denyFrom("{ pods: { podSelector: {} } }", "{ namespaces: { matchLabels: { tenant: blue } } }");
    assert.match(told(IN, deny, { namespaces: [] }), /^unknown/);
  });
});

describe("ports", () => {
  const withPorts = (kind: typeof cnp, ports: string): readonly string[] => [
    kind("d", `{ priority: 1, subject: { namespaces: {} }, ingress: [{ action: Deny, ${ANYONE}, ${ports} }] }`),
  ];
  const verdictOf = (text: string, policies: readonly string[]): string => told(text, policies).split(":")[0] ?? "";

  it("v1alpha2 protocols: number, range, any port, named, unknown", () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ["{ tcp: { destinationPort: { number: 8080 } } }", "8080/TCP", "deny"],
      ["{ tcp: { destinationPort: { number: 8080 } } }", "8080/UDP", "allow"],
      ["{ tcp: { destinationPort: { range: { start: 8000, end: 9000 } } } }", "8500/TCP", "deny"],
      ["{ tcp: { destinationPort: { range: { start: 8000, end: 9000 } } } }", "9001/TCP", "allow"],
      ["{ udp: {} }", "53/UDP", "deny"],
      ["{ sctp: { destinationPort: { number: 7 } } }", "7/SCTP", "deny"],
      ["{ destinationNamedPort: http }", "8080/TCP", "deny"],
      ["{ destinationNamedPort: http }", "8080/UDP", "allow"],
      ["{ quic: {} }", "8080/TCP", "unknown"],
    ];
    for (const [protocol, port, verdict] of cases) {
      assert.equal(
        verdictOf(`edge/gw → shop/web ${port}`, withPorts(cnp, `protocols: [${protocol}]`)),
        verdict,
        `${protocol} ${port}`,
      );
    }
  });

  it("v1alpha1 ports: number, range, named, unknown", () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ["{ portNumber: { protocol: TCP, port: 8080 } }", "8080/TCP", "deny"],
      ["{ portNumber: { protocol: UDP, port: 8080 } }", "8080/TCP", "allow"],
      ["{ portRange: { start: 8000, end: 9000 } }", "9000/TCP", "deny"],
      ["{ namedPort: http }", "8080/TCP", "deny"],
      ["{ color: red }", "8080/TCP", "unknown"],
    ];
    for (const [each, port, verdict] of cases) {
      assert.equal(
        verdictOf(`edge/gw → shop/web ${port}`, withPorts(anp, `ports: [${each}]`)),
        verdict,
        `${each} ${port}`,
      );
    }
  });
});
