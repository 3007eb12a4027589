/** The explanation of a flow: who was asked, what nearly matched, what to add. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadAll } from "js-yaml";
import { evaluate } from "../../src/policy/evaluate.ts";
import { explainFlow } from "../../src/policy/flow.ts";
import { suggestRule } from "../../src/policy/suggest.ts";
import { toYaml } from "../../src/policy/yaml.ts";
import { flow, judge, world } from "./objects.ts";

const SHOP = `
kind: Pod
metadata: { name: web-7d9f-abcde, namespace: shop, labels: { app: web, pod-template-hash: 7d9f } }
spec: { nodeName: n1, containers: [{ name: c, ports: [{ name: http, containerPort: 8080 }, { name: "", containerPort: 9 }, { containerPort: 10 }] }] }
status: { podIP: 10.0.0.1, podIPs: [{ ip: 10.0.0.1 }, { ip: "fd00::1" }] }
---
kind: Pod
metadata: { name: other, namespace: shop, labels: { app: other } }
spec: { nodeName: n1 }
status: { podIP: 10.0.0.3 }
---
kind: Pod
metadata: { name: gw, namespace: edge, labels: { app.kubernetes.io/name: gw, app.kubernetes.io/instance: blue, team: edge } }
spec: { nodeName: n2 }
status: { podIP: 10.0.0.2, podIPs: [{ ip: 10.0.0.2 }, { ip: "fd00::2" }] }
---
kind: Pod
metadata: { name: bare, namespace: edge, labels: { statefulset.kubernetes.io/pod-name: bare } }
spec: { nodeName: n2 }
status: { podIP: 10.0.0.5 }
---
kind: Pod
metadata: { name: agent, namespace: edge }
spec: { nodeName: n2, hostNetwork: true }
---
kind: Namespace
metadata: { name: edge, labels: { tier: edge } }
---
kind: Namespace
metadata: { name: shop }
---
kind: Node
metadata: { name: n2 }
status: { addresses: [{ address: 192.0.2.2 }] }
`;

const np = (name: string, spec: string, namespace = "shop"): string =>
  `---\nkind: NetworkPolicy\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n`;
const DENY = np("default-deny", "{ podSelector: {}, policyTypes: [Ingress] }");
const ALLOW = np(
  "allow-edge",
  `{ podSelector: { matchLabels: { app: web } }, policyTypes: [Ingress], ingress: [
    { from: [{ ipBlock: { cidr: 198.51.100.0/24, except: [198.51.100.0/28] } }] },
    { from: [{ podSelector: { matchLabels: { app: probe } } }, { namespaceSelector: { matchLabels: { tier: edge } }, podSelector: { matchLabels: { app: gateway } } }], ports: [{ port: http }] } ] }`,
);
const IN = "edge/gw → shop/web-7d9f-abcde 8080/TCP";

/** Applies the suggested manifests and judges again. */
function afterSuggestions(yaml: string, text: string, engine: "calico" | "cilium" = "calico"): string {
  const cluster = world(yaml, { engine });
  const asked = flow(cluster, text);
  const suggested = suggestRule(cluster, asked, evaluate(cluster, asked)).flatMap(({ yaml: each }) => each ?? []);
  return judge(world([yaml, ...suggested].join("\n---\n"), { engine }), text).verdict;
}

describe("explainFlow", () => {
  it("lists every policy and rule that was asked, clause by clause, and the nearest miss", () => {
    const cluster = world(SHOP + DENY + ALLOW, { engine: "calico" });
    const report = explainFlow(cluster, flow(cluster, IN));
    assert.deepEqual([report.verdict, report.policy, report.rule], ["deny", "shop/allow-edge", null]);
    assert.deepEqual(
      report.families.map(({ family, verdict }) => [family, verdict]),
      [
        ["IPv4", "deny"],
        ["IPv6", "deny"],
      ],
    );
    const ingress = report.families[0]?.ingress;
    assert.deepEqual(
      ingress?.policies.map(({ policy, rules }) => [policy, rules.map(({ match }) => match)]),
      [
        ["shop/allow-edge", ["no", "no"]],
        ["shop/default-deny", []],
      ],
    );
    assert.deepEqual(ingress?.nearMiss, {
      policy: "shop/allow-edge",
      rule: 1,
      missing: ["label app: wants app=gateway, is missing"],
    });
    const clauses = ingress?.policies[0]?.rules[1]?.clauses.map(({ path, text, match }) => `${path} ${text}: ${match}`);
    assert.deepEqual(clauses, [
      "ports[0] TCP http: yes",
      "from[0] namespace shop: no",
      "from[0] pods app=probe: no",
      "from[1] namespace tier=edge: yes",
      "from[1] pods app=gateway: no",
    ]);
    assert.doesNotThrow(() => JSON.stringify(report));
  });

  it("has no near miss when no policy has a rule", () => {
    const cluster = world(SHOP + DENY, { engine: "calico" });
    assert.equal(explainFlow(cluster, flow(cluster, IN)).families[0]?.ingress.nearMiss, null);
  });

  it("names the rule that allows", () => {
    const cluster = world(SHOP + DENY + ALLOW, {
      engine: "calico",
      otherPolicies: [{ ref: { kind: "CiliumNetworkPolicy", namespace: "far", name: "x" } }],
    });
    const report = explainFlow(cluster, flow(cluster, "198.51.100.77 → shop/web-7d9f-abcde 8080/TCP"));
    assert.deepEqual(
      [report.verdict, report.policy, report.rule, report.suggestions],
      ["allow", "shop/allow-edge", 0, []],
    );
    const decides = report.families[0]?.ingress.policies[0]?.rules.map(({ decides }) => decides);
    assert.deepEqual(decides, [true, false]);
  });

  it("has no policy to name when none selects an end", () => {
    const cluster = world(SHOP);
    const open = explainFlow(cluster, flow(cluster, IN));
    assert.deepEqual([open.verdict, open.policy, open.rule], ["allow", null, null]);
    const noAddress = explainFlow(cluster, {
      ...flow(cluster, IN),
      from: flow(cluster, "edge/agent → edge/gw 1/TCP").from,
      to: flow(cluster, "edge/agent → edge/gw 1/TCP").from,
    });
    assert.deepEqual(noAddress.families, []);
  });

  it("says which direction denies, and over which family", () => {
    const v4Only = np(
      "out",
      "{ podSelector: {}, policyTypes: [Egress], egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }] }",
      "edge",
    );
    const cluster = world(SHOP + v4Only, { engine: "calico" });
    const report = explainFlow(cluster, flow(cluster, IN));
    assert.deepEqual(
      report.families.map(({ verdict }) => verdict),
      ["allow", "deny"],
    );
    assert.match(report.reason, /pod edge\/gw is isolated for egress .* \(over IPv6\)$/);
    assert.deepEqual(report.families[1]?.egress.nearMiss?.missing, ["fd00::1 is not known to lie in 10.0.0.0/8"]);
  });

  it("names kinds that were not evaluated, and pods without an address", () => {
    const cluster = world(SHOP, {
      otherPolicies: [{ ref: { kind: "GlobalNetworkPolicy", namespace: "", name: "g" } }],
    });
    const ends = flow(cluster, "edge/agent → shop/other 80/TCP");
    const report = explainFlow(cluster, ends);
    assert.deepEqual(report.notEvaluated, ["GlobalNetworkPolicy g"]);
    const without = { ...ends.from, addresses: [] } as typeof ends.from;
    assert.equal(
      explainFlow(world(SHOP), { ...ends, from: without, to: { ...ends.to, addresses: [] } as typeof ends.to })
        .families[0]?.family,
      "any",
    );
  });

  it("tells differences of each kind of clause", () => {
    const missing = (spec: string, text: string): readonly string[] | undefined => {
      const cluster = world(SHOP + np("p", spec), { engine: "calico" });
      return explainFlow(cluster, flow(cluster, text)).families[0]?.ingress.nearMiss?.missing;
    };
    const rule = (body: string): string => `{ podSelector: {}, policyTypes: [Ingress], ingress: [{ ${body} }] }`;
    assert.deepEqual(missing(rule("ports: [{ port: 80 }]"), IN), ["port: wants TCP 80, the flow goes to 8080"]);
    assert.deepEqual(missing(rule("ports: [{ port: 8080, protocol: UDP }]"), IN), [
      "protocol: wants UDP, the flow is TCP",
    ]);
    assert.deepEqual(missing(rule("ports: [{ port: metrics }]"), IN), [
      "the pod declares http=8080/TCP, the flow goes to 8080/TCP",
    ]);
    assert.deepEqual(missing(rule("ports: [{ port: http }]"), "edge/gw → shop/other 8080/TCP"), [
      "the pod declares no named port, the flow goes to 8080/TCP",
    ]);
    assert.deepEqual(
      missing(
        rule("from: [{ ipBlock: { cidr: 198.51.100.0/24, except: [198.51.100.0/28] } }]"),
        "198.51.100.1 → shop/other 80/TCP",
      ),
      ["198.51.100.1 lies in the exception 198.51.100.0/28"],
    );
    assert.deepEqual(missing(rule("from: [{ podSelector: {} }]"), "203.0.113.7 → shop/other 80/TCP"), [
      "203.0.113.7 is not a pod: label selectors match pods only",
    ]);
    assert.deepEqual(
      missing(
        rule(
          "from: [{ podSelector: { matchExpressions: [{ key: app, operator: In, values: [a, b] }, { key: x, operator: Exists }, { key: team, operator: DoesNotExist }, { key: app, operator: NotIn, values: [c] }, { key: q, operator: Gt }, {}] } }]",
        ),
        IN,
      )?.slice(1),
      [
        "label app: wants app in (a,b), is missing",
        "label x: wants x, is missing",
        'label team: wants !team, is "edge"',
        "label q: wants q Gt (), is missing",
        "label : wants  ? (), is missing",
      ],
    );
    assert.match(
      missing(
        rule("from: [{ podSelector: { matchExpressions: [{ key: team, operator: NotIn, values: [edge] }] } }]"),
        IN,
      )?.[1] ?? "",
      /wants team notin \(edge\)/,
    );
  });
});

describe("suggestRule", () => {
  it("adds exactly this app, source and port, and the flow then passes", () => {
    const cluster = world(SHOP + DENY, { engine: "calico" });
    const asked = flow(cluster, IN);
    const [suggestion, ...more] = suggestRule(cluster, asked, evaluate(cluster, asked));
    assert.deepEqual(more, []);
    assert.deepEqual(loadAll(suggestion?.yaml ?? ""), [
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "allow-web-7d9f-abcde-from-gw", namespace: "shop" },
        spec: {
          podSelector: { matchLabels: { app: "web" } },
          policyTypes: ["Ingress"],
          ingress: [
            {
              from: [
                {
                  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "edge" } },
                  podSelector: {
                    matchLabels: { "app.kubernetes.io/name": "gw", "app.kubernetes.io/instance": "blue" },
                  },
                },
              ],
              ports: [{ protocol: "TCP", port: 8080 }],
            },
          ],
        },
      },
    ]);
    assert.equal(afterSuggestions(SHOP + DENY, IN), "allow");
  });

  it("both directions, same namespace, no lasting label, outside, nodes", () => {
    const deny = (namespace: string): string =>
      np(
        "deny",
        "{ podSelector: { matchExpressions: [{ key: tier, operator: DoesNotExist }] }, policyTypes: [Ingress, Egress] }",
        namespace,
      );
    const both = SHOP + deny("shop") + deny("edge");
    for (const text of [
      IN,
      "shop/other → shop/web-7d9f-abcde 8080/TCP",
      "edge/bare → shop/web-7d9f-abcde 53/UDP",
      "203.0.113.7 → shop/web-7d9f-abcde 80/TCP",
      "2001:db8::7 → shop/web-7d9f-abcde 80/TCP",
      "node:n2 → shop/web-7d9f-abcde 80/TCP",
      "shop/web-7d9f-abcde → edge/bare 1/SCTP",
    ]) {
      assert.equal(judge(world(both, { engine: "calico" }), text).verdict, "deny", text);
      assert.equal(afterSuggestions(both, text), "allow", text);
    }
  });

  it("never isolates a pod that was open: the new policy selects within the old one", () => {
    const narrow = np("web-only", "{ podSelector: { matchLabels: { track: stable } }, policyTypes: [Ingress] }");
    const pods = `${SHOP}---\nkind: Pod\nmetadata: { name: s, namespace: shop, labels: { app: web, track: stable } }\nspec: { nodeName: n1 }\nstatus: { podIP: 10.0.0.8 }\n`;
    const cluster = world(pods + narrow, { engine: "calico" });
    const asked = flow(cluster, "edge/gw → shop/s 80/TCP");
    const suggestion = suggestRule(cluster, asked, evaluate(cluster, asked))[0]?.yaml ?? "";
    const after = world(`${pods}${narrow}---\n${suggestion}`, { engine: "calico" });
    assert.equal(judge(after, "edge/gw → shop/s 80/TCP").verdict, "allow");
    assert.equal(
      judge(after, "edge/bare → shop/web-7d9f-abcde 80/TCP").verdict,
      "allow",
      "app=web without track stays open",
    );
  });

  it("says that NetworkPolicy cannot name a node for Cilium", () => {
    const cluster = world(SHOP + DENY, { engine: "cilium" });
    const asked = flow(cluster, "node:n2 → shop/other 80/TCP");
    const [suggestion] = suggestRule(cluster, asked, evaluate(cluster, asked));
    assert.equal(suggestion?.yaml, undefined);
    assert.match(suggestion?.note ?? "", /CiliumNetworkPolicy/);
    assert.equal(afterSuggestions(SHOP + DENY, "203.0.113.7 → shop/other 80/TCP", "cilium"), "allow");
  });

  it("has nothing to say about an end whose address is not known", () => {
    const cluster = world(SHOP + DENY, { engine: "calico" });
    const asked = flow(cluster, "edge/agent → shop/other 80/TCP");
    const [suggestion] = suggestRule(cluster, asked, evaluate(cluster, asked));
    assert.equal(suggestion?.yaml, undefined);
  });

  it("for a cluster-wide policy: the rule to put first, in the words of its kind", () => {
    const told = (kind: string, direction: string, peer: string, text: string): readonly string[] => {
      const list = direction === "ingress" ? "from" : "to";
      const deny = `---\nkind: ${kind}\nmetadata: { name: d }\nspec: { subject: { namespaces: {} }, ${direction}: [{ action: Deny, ${list}: [${peer}] }] }\n`;
      const cluster = world(SHOP + deny, { engine: "calico" });
      const asked = flow(cluster, text);
      return suggestRule(cluster, asked, evaluate(cluster, asked)).flatMap(({ yaml, note }) => [yaml ?? "", note]);
    };
    const [accept = "", note = ""] = told("ClusterNetworkPolicy", "ingress", "{ namespaces: {} }", IN);
    assert.match(note, /^ClusterNetworkPolicy d is the cluster administrator's .* before spec\.ingress\[0\]$/);
    assert.match(accept, /action: Accept[\s\S]*destinationPort:\n\s+number: 8080/);
    const [allow = ""] = told(
      "AdminNetworkPolicy",
      "egress",
      "{ networks: [0.0.0.0/0] }",
      "shop/other → 203.0.113.7 443/TCP",
    );
    assert.match(allow, /action: Allow[\s\S]*"203.0.113.7\/32"[\s\S]*portNumber:/);
    const [agent = ""] = told("ClusterNetworkPolicy", "egress", "{ nodes: {} }", "shop/other → edge/agent 443/TCP");
    assert.match(agent, /ADDRESS/);
  });
});

describe("toYaml", () => {
  it("writes what a YAML reader reads back", () => {
    const value = {
      a: "yes",
      b: "x: y",
      c: [],
      d: {},
      e: [{ f: 1, g: ["h", "1"] }],
      i: "",
      "j k": "~",
      l: [["m"], "n"],
      o: "#p",
      t: "true",
    };
    assert.deepEqual(loadAll(toYaml({ ...value, left: undefined })), [value]);
    assert.equal(toYaml([]), "[]");
  });
});
