/** The catalogue's micro-cases: the target a/t (app=t, port http=8080/TCP, on node-1) against one small set of policies each. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PolicyEngine, Verdict } from "../../src/policy/types.ts";
import { judge, world } from "./objects.ts";

const CLUSTER = `
kind: Namespace
metadata: { name: a }
---
kind: Namespace
metadata: { name: b, labels: { team: b } }
---
kind: Node
metadata: { name: node-1 }
status: { addresses: [{ type: InternalIP, address: 192.0.2.1 }, { type: Hostname, address: node-1 }] }
---
kind: Node
metadata: { name: node-2 }
status: { addresses: [{ type: InternalIP, address: 192.0.2.2 }] }
---
kind: Pod
metadata: { name: t, namespace: a, labels: { app: t } }
spec: { nodeName: node-1, containers: [{ name: c, ports: [{ name: http, containerPort: 8080 }] }] }
status: { podIP: 10.0.1.1 }
---
kind: Pod
metadata: { name: x, namespace: b, labels: { app: x } }
spec: { nodeName: node-2 }
status: { podIP: 10.0.2.1 }
---
kind: Pod
metadata: { name: y, namespace: b, labels: { app: y } }
spec: { nodeName: node-2 }
status: { podIP: 10.0.2.2 }
---
kind: Pod
metadata: { name: s, namespace: a, labels: { app: s } }
spec: { nodeName: node-2 }
status: { podIP: 10.0.2.3 }
---
kind: Pod
metadata: { name: host-x, namespace: a, labels: { app: x } }
spec: { nodeName: node-2, hostNetwork: true }
status: { podIP: 192.0.2.2 }
---
kind: Pod
metadata: { name: own-x, namespace: a, labels: { app: x } }
spec: { nodeName: node-1, hostNetwork: true }
status: { podIP: 192.0.2.1 }
---
kind: Pod
metadata: { name: dns, namespace: b, labels: { k8s-app: kube-dns } }
spec: { nodeName: node-2 }
status: { podIP: 10.0.2.9 }
`;

interface MicroCase {
  readonly name: string;
  /** Specs of the policies in namespace a. */
  readonly specs: readonly string[];
  readonly engine?: PolicyEngine;
  readonly flows: Readonly<Record<string, Verdict>>;
}

const DEFAULT_DENY = "{ podSelector: {}, policyTypes: [Ingress] }";
const ANY_BUT_DOC_NET =
  "{ podSelector: { matchLabels: { app: t } }, policyTypes: [Ingress], ingress: [{ from: [{ ipBlock: { cidr: 0.0.0.0/0, except: [203.0.113.0/24] } }] }] }";
const TEAM_AND_APP =
  "{ podSelector: { matchLabels: { app: t } }, policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: b } }, podSelector: { matchLabels: { app: x } } }] }] }";
const TEAM_OR_APP =
  "{ podSelector: { matchLabels: { app: t } }, policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: b } } }, { podSelector: { matchLabels: { app: x } } }] }] }";

const CASES: readonly MicroCase[] = [
  {
    name: "1 no policy isolates",
    specs: [],
    flows: { "b/x → a/t 8080/TCP": "allow", "203.0.113.7 → a/t 8080/TCP": "allow" },
  },
  {
    name: "2 default deny, but the own node is let in",
    specs: [DEFAULT_DENY],
    flows: {
      "b/x → a/t 8080/TCP": "deny",
      "node:node-1 → a/t 8080/TCP": "allow",
      "node:node-2 → a/t 8080/TCP": "deny",
    },
  },
  {
    name: "3 policyTypes default to both when there is an egress rule",
    specs: ["{ podSelector: {}, egress: [{}] }"],
    flows: { "b/x → a/t 8080/TCP": "deny", "a/t → b/x 8080/TCP": "allow" },
  },
  {
    name: "4 policies add up",
    specs: [DEFAULT_DENY, "{ podSelector: { matchLabels: { app: t } }, policyTypes: [Ingress], ingress: [{}] }"],
    flows: { "b/x → a/t 8080/TCP": "allow" },
  },
  {
    name: "5 one item: AND",
    specs: [TEAM_AND_APP],
    flows: { "b/y → a/t 8080/TCP": "deny", "b/x → a/t 8080/TCP": "allow" },
  },
  { name: "6 two items: OR", specs: [TEAM_OR_APP], flows: { "b/y → a/t 8080/TCP": "allow" } },
  {
    name: "7 a named port is a name, a protocol and a number",
    specs: [
      "{ podSelector: { matchLabels: { app: t } }, policyTypes: [Ingress], ingress: [{ ports: [{ port: http }] }] }",
    ],
    flows: { "b/x → a/t 8080/TCP": "allow", "b/x → a/t 80/TCP": "deny", "b/x → a/t 8080/UDP": "deny" },
  },
  {
    name: "8 endPort is inclusive",
    specs: [
      "{ podSelector: { matchLabels: { app: t } }, policyTypes: [Ingress], ingress: [{ ports: [{ port: 8000, endPort: 8090 }] }] }",
    ],
    flows: {
      "b/x → a/t 8080/TCP": "allow",
      "b/x → a/t 8000/TCP": "allow",
      "b/x → a/t 8090/TCP": "allow",
      "b/x → a/t 8091/TCP": "deny",
      "b/x → a/t 7999/TCP": "deny",
    },
  },
  {
    name: "9 ipBlock with an exception",
    specs: [ANY_BUT_DOC_NET],
    flows: {
      "203.0.113.7 → a/t 8080/TCP": "deny",
      "198.51.100.1 → a/t 8080/TCP": "allow",
      "b/x → a/t 8080/TCP": "unknown",
    },
  },
  { name: "9 on Cilium", specs: [ANY_BUT_DOC_NET], engine: "cilium", flows: { "b/x → a/t 8080/TCP": "deny" } },
  { name: "9 on Azure NPM", specs: [ANY_BUT_DOC_NET], engine: "npm", flows: { "b/x → a/t 8080/TCP": "allow" } },
  { name: "9 on Calico", specs: [ANY_BUT_DOC_NET], engine: "calico", flows: { "b/x → a/t 8080/TCP": "allow" } },
  {
    name: "10 a host-network pod counts as its node",
    specs: [
      "{ podSelector: { matchLabels: { app: t } }, policyTypes: [Ingress], ingress: [{ from: [{ podSelector: { matchLabels: { app: x } } }] }] }",
    ],
    flows: { "a/host-x → a/t 8080/TCP": "deny", "a/own-x → a/t 8080/TCP": "allow" },
  },
  {
    name: "11 every namespace is not everybody",
    specs: [
      "{ podSelector: { matchLabels: { app: t } }, policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: {} }] }] }",
    ],
    flows: { "b/x → a/t 8080/TCP": "allow", "a/s → a/t 8080/TCP": "allow", "203.0.113.7 → a/t 8080/TCP": "deny" },
  },
  {
    name: "12 NotIn holds for an absent key",
    specs: [
      "{ podSelector: { matchLabels: { app: t } }, policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchExpressions: [{ key: env, operator: NotIn, values: [prod] }] } }] }] }",
    ],
    flows: { "b/x → a/t 8080/TCP": "allow" },
  },
  {
    name: "13 an egress-only policy does not isolate for ingress",
    specs: ["{ podSelector: {}, policyTypes: [Egress] }"],
    flows: { "b/x → a/t 8080/TCP": "allow", "a/t → b/x 8080/TCP": "deny" },
  },
  {
    name: "14 egress to one app forgets DNS",
    specs: [
      "{ podSelector: { matchLabels: { app: s } }, policyTypes: [Egress], egress: [{ to: [{ podSelector: { matchLabels: { app: t } } }] }] }",
    ],
    flows: { "a/s → a/t 8080/TCP": "allow", "a/s → b/dns 53/UDP": "deny", "a/s → b/dns 53/TCP": "deny" },
  },
];

describe("micro-cases", () => {
  for (const one of CASES) {
    it(one.name, () => {
      const policies = one.specs.map(
        (spec, i) => `kind: NetworkPolicy\nmetadata: { name: p${i}, namespace: a }\nspec: ${spec}`,
      );
      const cluster = world([CLUSTER, ...policies].join("\n---\n"), { engine: one.engine ?? "unknown" });
      const verdicts = Object.fromEntries(Object.keys(one.flows).map((text) => [text, judge(cluster, text).verdict]));
      assert.deepEqual(verdicts, one.flows);
    });
  }

  it("9: an address block that lets a pod in is only possible, whatever the engine", () => {
    const policy = `kind: NetworkPolicy\nmetadata: { name: p, namespace: a }\nspec: ${ANY_BUT_DOC_NET}`;
    const result = judge(world(`${CLUSTER}\n---\n${policy}`, { engine: "calico" }), "b/x → a/t 8080/TCP");
    assert.deepEqual([result.verdict, result.confidence], ["allow", "possible"]);
  });
});
