/** Ends as people write them, and many flows at once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgeLines, parseFlowLine, type Resolved, type Resolver } from "../../src/policy/batch.ts";
import { parseEndpoint, portsToTest } from "../../src/policy/endpoints.ts";
import type { End } from "../../src/policy/types.ts";
import { end, world } from "./objects.ts";

const CLUSTER = `
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { nodeName: n1, containers: [{ name: c, ports: [{ name: http, containerPort: 8080 }, { containerPort: 9090 }, { name: alt, containerPort: 8080 }, { name: dns, containerPort: 53, protocol: UDP }] }] }
status: { podIP: 10.0.0.1 }
---
kind: Pod
metadata: { name: db, namespace: shop, labels: { app: db } }
spec: { nodeName: n1 }
---
kind: NetworkPolicy
metadata: { name: web, namespace: shop }
spec: { podSelector: { matchLabels: { app: web } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: db } } }], ports: [{ port: 8080 }] }] }
`;

describe("parseEndpoint", () => {
  const cases: readonly (readonly [string, object | undefined])[] = [
    ["10.0.0.1", { kind: "ip", ip: "10.0.0.1" }],
    ["[FD00:0::1]", { kind: "ip", ip: "fd00::1" }],
    ["web", { kind: "pod", namespace: "here", name: "web" }],
    ["shop/web", { kind: "pod", namespace: "shop", name: "web" }],
    ["Pod/web", { kind: "pod", namespace: "here", name: "web" }],
    ["deploy/web", { kind: "owner", type: "Deployment", namespace: "here", name: "web" }],
    ["shop/svc/web", { kind: "owner", type: "Service", namespace: "shop", name: "web" }],
    ["deploy/pod/web", { kind: "pod", namespace: "deploy", name: "web" }],
    ["constructor/web", { kind: "pod", namespace: "constructor", name: "web" }],
    ["shop/gateway/web", undefined],
    ["a/b/c/d", undefined],
    ["shop/", undefined],
    ["", undefined],
  ];
  for (const [text, expected] of cases) {
    it(text === "" ? "nothing" : text, () => assert.deepEqual(parseEndpoint(text, "here"), expected));
  }
});

describe("portsToTest", () => {
  const cluster = world(CLUSTER);
  const numbers = (to: End, argument: string | undefined, protocol: string): readonly number[] =>
    portsToTest(to, argument, protocol).map(({ port }) => port);

  it("a number as it is, a name and the default from the pod's declared ports", () => {
    const web = end(cluster, "shop/web");
    assert.deepEqual(numbers(web, "1234", "TCP"), [1234]);
    assert.deepEqual(numbers(web, "http", "TCP"), [8080]);
    assert.deepEqual(numbers(web, undefined, "TCP"), [8080, 9090]);
    assert.deepEqual(numbers(web, undefined, "UDP"), [53]);
    assert.deepEqual(numbers(web, "nope", "TCP"), []);
    assert.deepEqual(numbers(end(cluster, "203.0.113.7"), undefined, "TCP"), []);
  });
});

/** Each text is an end by itself: the port that arrives is the one that was asked for. */
function resolverOf(ends: (text: string) => Resolved<End>): Resolver {
  return {
    sources: ends,
    targets: (text, port) => {
      const found = ends(text);
      return typeof found === "string" || "unread" in found ? found : found.map((each) => ({ end: each, port }));
    },
  };
}

describe("judgeLines", () => {
  const cluster = world(CLUSTER, { engine: "calico" });
  const resolve = (text: string): Resolved<End> => {
    if (text === "hidden") return { unread: "pods is forbidden" };
    if (text === "all") return [end(cluster, "shop/web"), end(cluster, "203.0.113.7")];
    return text === "none" ? [] : text.includes("?") ? `no such pod: ${text}` : [end(cluster, text)];
  };
  const resolver = resolverOf(resolve);
  const judged = (line: object | string): { readonly [key: string]: unknown } => {
    const [answer = ""] = judgeLines(cluster, [typeof line === "string" ? line : JSON.stringify(line)], resolver);
    return JSON.parse(answer) as { readonly [key: string]: unknown };
  };

  it("one verdict for one line", () => {
    const yes = judged({ from: "shop/db", to: "shop/web", port: 8080 });
    assert.deepEqual([yes["verdict"], yes["policy"], yes["rule"], yes["protocol"]], ["allow", "shop/web", 0, "TCP"]);
    const no = judged({ from: "203.0.113.7", to: "shop/web", port: 8080, protocol: "udp" });
    assert.deepEqual([no["verdict"], no["policy"], no["rule"], no["protocol"]], ["deny", "shop/web", null, "UDP"]);
    assert.deepEqual(no["families"], [{ family: 4, verdict: "deny" }]);
    const open = judged({ from: "shop/db", to: "shop/db", port: 1 });
    assert.deepEqual([open["verdict"], open["policy"], open["families"]], ["allow", null, []]);
    const unplaced = judged({ from: "shop/db", to: "none", port: 1 });
    assert.equal(unplaced["error"], "no pod to judge");
  });

  it("an end that may not be read is unknown, and says why", () => {
    for (const line of [
      { from: "hidden", to: "shop/web", port: 1 },
      { from: "shop/web", to: "hidden", port: 1 },
    ]) {
      assert.deepEqual(
        [judged(line)["verdict"], judged(line)["reason"], judged(line)["error"]],
        ["unknown", "pods is forbidden", undefined],
      );
    }
  });

  it("the worst of several ends", () => {
    assert.equal(judged({ from: "all", to: "shop/web", port: 8080 })["verdict"], "deny");
  });

  it("keeps the order, leaves empty lines out, and a bad line does not spoil the others", () => {
    const lines = [
      "",
      '{"from":"shop/db","to":"shop/web","port":8080}',
      "  ",
      "nonsense",
      '{"from":"?","to":"shop/web","port":1}',
    ];
    const answers = judgeLines(cluster, lines, resolver).map(
      (text) => JSON.parse(text) as { verdict?: string; error?: string },
    );
    assert.deepEqual(
      answers.map(({ verdict, error }) => verdict ?? error),
      ["allow", "not a JSON object", "no such pod: ?"],
    );
    assert.equal(judged({ from: "shop/db", to: "?", port: 1 })["error"], "no such pod: ?");
  });

  it("says what is wrong with a line", () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ["null", /JSON object/],
      ["3", /JSON object/],
      ['{"from":"a"}', /strings/],
      ['{"from":1,"to":"b"}', /strings/],
      ['{"from":"a","to":"b"}', /port/],
      ['{"from":"a","to":"b","port":1.5}', /port/],
      ['{"from":"a","to":"b","port":0}', /port/],
      ['{"from":"a","to":"b","port":70000}', /port/],
      ['{"from":"a","to":"b","port":1,"protocol":"ICMP"}', /protocol/],
      ['{"from":"a","to":"b","port":1,"protocol":6}', /protocol/],
    ];
    for (const [line, expected] of cases) assert.match(String(parseFlowLine(line)), expected, line);
  });

  it("a selectors-only verdict names no family", () => {
    const bare = world(CLUSTER.replace("status: { podIP: 10.0.0.1 }", ""), { engine: "calico" });
    const [answer = ""] = judgeLines(
      bare,
      ['{"from":"shop/db","to":"shop/web","port":8080}'],
      resolverOf((text) => [end(bare, text)]),
    );
    assert.deepEqual((JSON.parse(answer) as { families: unknown }).families, [{ family: "any", verdict: "allow" }]);
  });

  it("names a deciding policy without a namespace", () => {
    const deny =
      "---\nkind: ClusterNetworkPolicy\nmetadata: { name: wall }\nspec: { subject: { namespaces: {} }, egress: [{ action: Deny, to: [{ networks: [0.0.0.0/0] }] }] }";
    const walled = world(CLUSTER + deny);
    const [answer = ""] = judgeLines(
      walled,
      ['{"from":"shop/web","to":"203.0.113.7","port":80}'],
      resolverOf((text) => [end(walled, text)]),
    );
    const { policy, rule } = JSON.parse(answer) as { policy: string; rule: number };
    assert.deepEqual([policy, rule], ["wall", 0]);
  });
});
