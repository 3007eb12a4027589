import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Scope } from "../../src/model/check.ts";
import type { Service } from "../../src/model/kube.ts";
import type { ProbeTarget } from "../../src/model/probe-results.ts";
import { collectionsOf, type Snapshot } from "../../src/model/snapshot.ts";
import { secondNode } from "../../src/probe/probe.ts";
import { type Marking, targetLines } from "../../src/probe/script.ts";
import { targetsOf } from "../../src/probe/targets.ts";
import { NOW, node, pod, service, slice } from "../support/objects.ts";
import { CLUSTER_IP, result, target, vantage } from "./support.ts";

function snapshot(given: Parameters<typeof collectionsOf>[0]): Snapshot {
  return { takenAt: NOW, source: { kind: "live", from: "test" }, collections: collectionsOf(given) };
}

function scope(given: Partial<Scope>): Scope {
  return { target: "svc", namespace: "shop", pods: [pod()], services: [], ingresses: [], group: true, ...given };
}

const endpoints = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    addresses: [`10.244.${i % 2}.${i + 1}`],
    conditions: { ready: true },
    // Two nodes, the first one with most of them.
    nodeName: i === count - 1 ? "node-2" : "node-1",
    targetRef: { kind: "Pod", name: `web-${i}`, namespace: "shop" },
  }));

function of(given: Service, slices = [slice()]): readonly ProbeTarget[] {
  const state = { state: "ok", items: slices } as const;
  return targetsOf(scope({ services: [given] }), snapshot({ endpointSlices: state }), {});
}

const words = (targets: readonly ProbeTarget[]): readonly string[] =>
  targets.map(({ hop, scheme, host, port }) => `${hop} ${scheme} ${host} ${port}`);

describe("what is tried", () => {
  it("from the inside out: endpoint, cluster IP, name, load balancer", () => {
    const balanced = service({
      spec: { type: "LoadBalancer" },
      status: { loadBalancer: { ingress: [{ ip: "20.62.1.9" }] } },
    });
    assert.deepEqual(words(of(balanced)), [
      "pod http 10.244.1.15 8080",
      "cluster-ip http 10.96.0.80 80",
      "dns-name http web.shop.svc 80",
      "load-balancer http 20.62.1.9 80",
    ]);
  });

  it("five endpoints of many, of every node one before the second of any", () => {
    const pods = of(service(), [slice({ endpoints: endpoints(9) })]).filter(({ hop }) => hop === "pod");
    assert.equal(pods.length, 5);
    assert.deepEqual(new Set(pods.map(({ node }) => node)), new Set(["node-1", "node-2"]));
  });

  it("a headless Service has no cluster IP, and its name leads to the pods' own port", () => {
    assert.deepEqual(words(of(service({ spec: { clusterIP: "None", clusterIPs: ["None"] } }))), [
      "pod http 10.244.1.15 8080",
      "dns-name http web.shop.svc 8080",
    ]);
  });

  it("UDP at last, by address only; it has no name, node port or load balancer of its own to judge", () => {
    const ports = [
      { name: "dns", port: 53, protocol: "UDP" },
      { name: "dns-tcp", port: 53, protocol: "TCP" },
    ];
    const dns = slice({
      ports: [
        { name: "dns", port: 53, protocol: "UDP" },
        { name: "dns-tcp", port: 53, protocol: "TCP" },
      ],
    });
    assert.deepEqual(words(of(service({ spec: { ports } }), [dns])), [
      "pod tcp 10.244.1.15 53",
      "cluster-ip tcp 10.96.0.80 53",
      "dns-name tcp web.shop.svc 53",
      "pod udp 10.244.1.15 53",
      "cluster-ip udp 10.96.0.80 53",
    ]);
  });

  it("node ports where asked: a node with an endpoint and one without before the others, none that is not ready", () => {
    const at = (name: string, address: string, ready = "True") =>
      node({
        metadata: { name, namespace: "" },
        status: { conditions: [{ type: "Ready", status: ready }], addresses: [{ type: "InternalIP", address }] },
      });
    const nodes = [at("a", "10.0.0.1"), at("b", "10.0.0.2"), at("node-1", "10.0.0.3"), at("c", "10.0.0.4", "False")];
    const given = service({ spec: { type: "NodePort", ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] } });
    const collections = {
      endpointSlices: { state: "ok", items: [slice()] },
      nodes: { state: "ok", items: nodes },
    } as const;
    const asked = (nodePort: boolean) =>
      targetsOf(scope({ services: [given] }), snapshot(collections), { nodePort }).filter(
        ({ hop }) => hop === "node-port",
      );
    assert.deepEqual(
      asked(true).map(({ host, port }) => `${host}:${port}`),
      ["10.0.0.3:30080", "10.0.0.1:30080", "10.0.0.2:30080"],
    );
    assert.deepEqual(asked(false), []);
  });

  it("of a pod with two families, both of its addresses", () => {
    const dual = pod({ status: { podIP: "10.244.1.15", podIPs: [{ ip: "10.244.1.15" }, { ip: "fd00::15" }] } });
    const tried = targetsOf(scope({ target: "pod", pods: [dual], port: "8080" }), snapshot({}), {});
    assert.deepEqual(
      tried.map(({ host }) => host),
      ["10.244.1.15", "fd00::15"],
    );
  });

  it("no ExternalName, and no endpoint that is not usable", () => {
    assert.deepEqual(of(service({ spec: { type: "ExternalName", externalName: "a.example" } })), []);
    const unready = slice({ endpoints: [{ addresses: ["10.244.1.15"], conditions: { ready: false } }] });
    assert.deepEqual(words(of(service(), [unready])), [
      "cluster-ip http 10.96.0.80 80",
      "dns-name http web.shop.svc 80",
    ]);
  });

  it("a database by TCP, what appProtocol says as said", () => {
    const database = service({ spec: { ports: [{ port: 5432, targetPort: 5432 }] } });
    assert.equal(of(database, [slice({ ports: [{ name: "", port: 5432 }] })])[0]?.scheme, "tcp");
    const tls = of(service({ spec: { ports: [{ port: 80, targetPort: 8080, appProtocol: "https" }] } }));
    assert.deepEqual([tls[0]?.scheme, tls[0]?.guessed], ["https", false]);
  });

  it("of a pod: the ports that Services send to, else those it declares, else what --port says", () => {
    const pods = [pod()];
    const ask = (services: readonly Service[], port?: string) =>
      targetsOf(
        scope({ target: "pod", pods, ...(port === undefined ? {} : { port }) }),
        snapshot({ services: { state: "ok", items: services } }),
        {},
      ).map((one) => one.port);
    assert.deepEqual(ask([service({ spec: { ports: [{ port: 80, targetPort: 3000 }] } })]), [3000]);
    assert.deepEqual(ask([]), [8080]);
    assert.deepEqual(ask([], "9090"), [9090]);
  });
});

const MARKING: Marking = { run: "0a1b2c3d", place: 10, query: true };

/** The app's URL, dialled at a pod of the controller. */
const THROUGH = target({
  hop: "controller-pod",
  host: "10.244.0.9",
  port: 8443,
  name: "shop.example.com",
  servicePort: 443,
  scheme: "https",
  guessed: false,
  path: "/cart?id=7",
});

describe("lines for the script", () => {
  it("keep every character of a path from ending a field or a line", () => {
    const [line = "", ...more] = targetLines([target({ path: "/a b|c\n$(id)" })], MARKING).split("\n");
    assert.deepEqual(more, []);
    assert.equal(
      line,
      "0|http|http://10.244.1.15:8080/a%20b%7Cc%0A$(id)|https://10.244.1.15:8080/a%20b%7Cc%0A$(id)|https||",
    );
  });

  it("put IPv6 into brackets", () => {
    assert.match(
      targetLines([target({ host: "fd00::5", scheme: "tcp" })], MARKING),
      /^0\|tcp\|telnet:\/\/\[fd00::5\]:8080\|\|\|\|$/,
    );
  });

  it("keep the real name in the URL, whatever is dialled, and mark what goes through a controller", () => {
    assert.equal(
      targetLines([target(), THROUGH], MARKING).split("\n")[1],
      "1|https|https://shop.example.com/cart?id=7&netcheck=0a1b2c3d0a01|||10.244.0.9:8443|0a1b2c3d0a01",
    );
    assert.equal(
      targetLines([THROUGH], { ...MARKING, query: false }),
      "0|https|https://shop.example.com/cart?id=7|||10.244.0.9:8443|0a1b2c3d0a00",
    );
    const own = { ...THROUGH, hop: "host", host: "shop.example.com", port: 8443, servicePort: 8443 } as const;
    assert.match(targetLines([own], MARKING), /\|https:\/\/shop\.example\.com:8443\/cart\?[^|]*\|\|\|\|0a1b2c3d0a00$/);
  });
});

describe("a second test pod", () => {
  const nodes = ["node-1", "node-2", "node-3"].map((name) => node({ metadata: { name } }));
  const known = snapshot({ nodes: { state: "ok", items: nodes } });
  const lost = ["timeout-connect", "timeout-connect"] as const;

  it("is not made when all is well, nor when pods refuse: that is the same from everywhere", () => {
    assert.equal(secondNode({ snapshot: known }, [target()], [result(target())]), undefined);
    const refused = [result(target(), ["refused", "refused"]), result(CLUSTER_IP, ["refused", "refused"])];
    assert.equal(secondNode({ snapshot: known }, [target()], refused), undefined);
  });

  it("goes to the node of the endpoint that failed, else to another", () => {
    const away = result(target(), lost, vantage("node-2"));
    assert.equal(secondNode({ snapshot: known }, [target()], [away]), "node-1");
    assert.equal(secondNode({ snapshot: known }, [target()], [result(target(), lost)]), "node-2");
  });

  it("is not made when the user chose the node", () => {
    assert.equal(secondNode({ snapshot: known, node: "node-1" }, [target()], [result(target(), lost)]), undefined);
  });
});
