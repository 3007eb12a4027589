/** The project's own truth tables: one small shop, its policies, and what may talk to what. Each row is a flow and its verdict. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Verdict } from "../../src/policy/types.ts";
import { judge, world } from "./objects.ts";

function podYaml(namespace: string, name: string, labels: string, ip: string, ports = "[]", extra = ""): string {
  return `kind: Pod
metadata: { name: ${name}, namespace: ${namespace}, labels: ${labels} }
spec: { nodeName: n1, ${extra}containers: [{ name: main, ports: ${ports} }] }
status: { podIP: ${ip.split(",")[0]}, podIPs: [${ip
    .split(",")
    .map((each) => `{ ip: "${each}" }`)
    .join(", ")}] }`;
}

const SIDECAR =
  "initContainers: [{ name: mesh, restartPolicy: Always, ports: [{ name: proxy, containerPort: 15001 }] }, { name: migrate, ports: [{ name: setup, containerPort: 9999 }] }], ";

const SHOP = [
  "kind: Namespace\nmetadata: { name: shop, labels: { tier: app } }",
  "kind: Namespace\nmetadata: { name: edge, labels: { tier: edge, kubernetes.io/metadata.name: edge } }",
  "kind: Namespace\nmetadata: { name: kube-system }",
  podYaml(
    "shop",
    "web",
    "{ app: web, track: stable }",
    "10.1.0.1,fd00::1",
    "[{ name: http, containerPort: 8080 }, { name: dns, containerPort: 53, protocol: UDP }, { name: http-alt, containerPort: 8081 }]",
    SIDECAR,
  ),
  podYaml("shop", "canary", "{ app: web, track: canary }", "10.1.0.2", "[{ name: http, containerPort: 9090 }]"),
  podYaml("shop", "db", "{ app: db }", "10.1.0.3", "[{ name: sql, containerPort: 5432 }]"),
  podYaml("shop", "job", "{}", "10.1.0.4"),
  podYaml("edge", "gw", "{ app: gw }", "10.1.1.1,fd00::2"),
  podYaml("edge", "web", "{ app: web, track: stable }", "10.1.1.2"),
  podYaml(
    "kube-system",
    "coredns",
    "{ k8s-app: kube-dns }",
    "10.1.2.1",
    "[{ name: dns, containerPort: 53, protocol: UDP }]",
  ),
];

interface Table {
  readonly name: string;
  /** Spec by policy name, all in namespace shop. */
  readonly policies: Readonly<Record<string, string>>;
  readonly flows: Readonly<Record<string, Verdict>>;
}

const TABLES: readonly Table[] = [
  {
    name: "ingress by app label: only own namespace, only web pods are isolated",
    policies: {
      web: "{ podSelector: { matchLabels: { app: web } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: db } } }] }] }",
    },
    flows: {
      "shop/db → shop/web 8080/TCP": "allow",
      "shop/db → shop/web 53/UDP": "allow",
      "shop/job → shop/web 8080/TCP": "deny",
      "edge/gw → shop/web 8080/TCP": "deny",
      "shop/web → shop/db 5432/TCP": "allow",
      "shop/web → edge/web 8080/TCP": "allow",
      "shop/job → edge/web 8080/TCP": "allow",
      "shop/web → shop/web 8080/TCP": "allow",
    },
  },
  {
    name: "a named port is looked up on each destination pod, sidecars count and init containers do not",
    policies: {
      web: "{ podSelector: { matchLabels: { app: web } }, policyTypes: [Ingress], ingress: [{ ports: [{ port: http }, { port: proxy }, { port: setup }] }] }",
    },
    flows: {
      "shop/db → shop/web 8080/TCP": "allow",
      "shop/db → shop/canary 8080/TCP": "deny",
      "shop/db → shop/canary 9090/TCP": "allow",
      "shop/db → shop/web 15001/TCP": "allow",
      "shop/db → shop/web 9999/TCP": "deny",
      "shop/db → shop/web 8081/TCP": "deny",
    },
  },
  {
    name: "the same name with another protocol does not match",
    policies: { dns: "{ podSelector: {}, policyTypes: [Ingress], ingress: [{ ports: [{ port: dns }] }] }" },
    flows: { "edge/gw → shop/web 53/UDP": "deny", "edge/gw → shop/web 53/TCP": "deny" },
  },
  {
    name: "a protocol alone opens all its ports",
    policies: { udp: "{ podSelector: {}, policyTypes: [Ingress], ingress: [{ ports: [{ protocol: UDP }] }] }" },
    flows: {
      "edge/gw → shop/web 53/UDP": "allow",
      "edge/gw → shop/web 9000/UDP": "allow",
      "edge/gw → shop/web 8080/TCP": "deny",
    },
  },
  {
    name: "egress: DNS by namespace and pod label, a network, a named port at the destination",
    policies: {
      job: `{ podSelector: { matchExpressions: [{ key: app, operator: DoesNotExist }] }, policyTypes: [Egress], egress: [
        { to: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: kube-system } }, podSelector: { matchLabels: { k8s-app: kube-dns } } }], ports: [{ protocol: UDP, port: 53 }, { port: 53 }] },
        { to: [{ ipBlock: { cidr: 203.0.113.0/24, except: [203.0.113.128/25] } }], ports: [{ port: 443 }] },
        { to: [{ podSelector: {} }], ports: [{ port: sql }] } ] }`,
    },
    flows: {
      "shop/job → kube-system/coredns 53/UDP": "allow",
      "shop/job → kube-system/coredns 53/TCP": "allow",
      "shop/job → kube-system/coredns 9153/TCP": "deny",
      "shop/job → 203.0.113.7 443/TCP": "allow",
      "shop/job → 203.0.113.200 443/TCP": "deny",
      "shop/job → 203.0.113.7 80/TCP": "deny",
      "shop/job → 198.51.100.7 443/TCP": "deny",
      "shop/job → shop/db 5432/TCP": "allow",
      "shop/job → shop/web 5432/TCP": "deny",
      "shop/job → 203.0.113.7 5432/TCP": "deny",
      "shop/web → 198.51.100.7 443/TCP": "allow",
      "edge/gw → shop/job 80/TCP": "allow",
    },
  },
  {
    name: "both ends must agree",
    policies: {
      "db-in":
        "{ podSelector: { matchLabels: { app: db } }, policyTypes: [Ingress], ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 5432 }] }] }",
      "web-out": "{ podSelector: { matchLabels: { app: web, track: canary } }, policyTypes: [Egress] }",
    },
    flows: {
      "shop/web → shop/db 5432/TCP": "allow",
      "shop/canary → shop/db 5432/TCP": "deny",
      "shop/job → shop/db 5432/TCP": "deny",
    },
  },
  {
    name: "every operator of a namespace selector",
    policies: {
      web: `{ podSelector: { matchLabels: { app: web } }, policyTypes: [Ingress], ingress: [{ from: [
        { namespaceSelector: { matchExpressions: [{ key: tier, operator: In, values: [edge, other] }, { key: kubernetes.io/metadata.name, operator: Exists }] } } ] }] }`,
      db: "{ podSelector: { matchLabels: { app: db } }, policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: { matchExpressions: [{ key: tier, operator: NotIn, values: [edge] }] } }] }] }",
      job: "{ podSelector: { matchExpressions: [{ key: app, operator: DoesNotExist }] }, policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: { matchExpressions: [{ key: tier, operator: Near, values: [edge] }] } }] }] }",
    },
    flows: {
      "edge/gw → shop/web 8080/TCP": "allow",
      "shop/db → shop/web 8080/TCP": "deny",
      "kube-system/coredns → shop/web 8080/TCP": "deny",
      "edge/gw → shop/db 5432/TCP": "deny",
      "kube-system/coredns → shop/db 5432/TCP": "allow",
      "edge/gw → shop/job 80/TCP": "deny",
    },
  },
  {
    name: "families are judged apart, the worse one counts",
    policies: {
      v4: "{ podSelector: { matchLabels: { app: web } }, policyTypes: [Egress], egress: [{ to: [{ ipBlock: { cidr: 10.1.1.0/24 } }] }] }",
    },
    flows: {
      "shop/web → edge/gw 80/TCP": "deny",
      "shop/web → edge/web 80/TCP": "allow",
      "shop/web → fd00:0::2 80/TCP": "deny",
    },
  },
  {
    name: "IPv6 blocks and an IPv4-mapped address",
    policies: {
      v6: '{ podSelector: { matchLabels: { app: web } }, policyTypes: [Ingress], ingress: [{ from: [{ ipBlock: { cidr: "2001:db8::/32" } }, { ipBlock: { cidr: 198.51.100.0/24 } }] }] }',
    },
    flows: {
      "2001:DB8:0::7 → shop/web 8080/TCP": "allow",
      "2001:db9::7 → shop/web 8080/TCP": "deny",
      "::ffff:198.51.100.9 → shop/web 8080/TCP": "allow",
    },
  },
];

describe("truth tables", () => {
  for (const table of TABLES) {
    it(table.name, () => {
      const policies = Object.entries(table.policies).map(
        ([name, spec]) => `kind: NetworkPolicy\nmetadata: { name: ${name}, namespace: shop }\nspec: ${spec}`,
      );
      const shop = world([...SHOP, ...policies].join("\n---\n"), { nodes: [], engine: "kube-router" });
      const verdicts = Object.fromEntries(Object.keys(table.flows).map((text) => [text, judge(shop, text).verdict]));
      assert.deepEqual(verdicts, table.flows);
    });
  }
});
