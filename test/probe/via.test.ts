/** What is tried for an Ingress: its backends by themselves, then the app's URL through the controller. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Scope } from "../../src/model/check.ts";
import type { Ingress } from "../../src/model/kube.ts";
import type { ProbeTarget } from "../../src/model/probe-results.ts";
import { collectionsOf, type Snapshot } from "../../src/model/snapshot.ts";
import { type RequestChoices, targetsOf } from "../../src/probe/targets.ts";
import { type Given, ingress, ingressClass, nginxPod, traefikPod } from "../checks/ingress/_objects.ts";
import { NOW, pod, service, slice } from "../support/objects.ts";

const CONTROLLER = service({
  metadata: { name: "ingress-nginx-controller", namespace: "ingress-nginx" },
  spec: {
    type: "LoadBalancer",
    clusterIP: "10.96.7.7",
    clusterIPs: ["10.96.7.7"],
    selector: { "app.kubernetes.io/name": "ingress-nginx" },
    ports: [
      { name: "http", port: 80, targetPort: 8080, protocol: "TCP" },
      { name: "https", port: 443, targetPort: 8443, protocol: "TCP" },
    ],
  },
  status: { loadBalancer: { ingress: [{ ip: "20.84.1.2" }] } },
});

interface World {
  readonly choices?: RequestChoices;
  readonly scope?: Partial<Scope>;
  readonly controllers?: readonly ReturnType<typeof nginxPod>[];
  readonly classes?: readonly ReturnType<typeof ingressClass>[];
}

function tried(
  given: Given | Ingress,
  { choices = {}, scope = {}, controllers, classes }: World = {},
): readonly ProbeTarget[] {
  const one = "kind" in given ? given : ingress(given);
  const ok = <T>(items: readonly T[]) => ({ state: "ok", items }) as const;
  const backend = service();
  const snapshot: Snapshot = {
    takenAt: NOW,
    source: { kind: "live", from: "test" },
    collections: collectionsOf({
      ingresses: ok([one]),
      allIngresses: ok([one]),
      ingressClasses: ok(classes ?? [ingressClass()]),
      controllerPods: ok(controllers ?? [nginxPod(["--publish-service=ingress-nginx/ingress-nginx-controller"])]),
      controllerServices: ok([CONTROLLER]),
      services: ok([backend]),
      endpointSlices: ok([slice()]),
    }),
  };
  const judged: Scope = {
    target: "ingress",
    namespace: "shop",
    pods: [pod()],
    services: [backend],
    ingresses: [one],
    group: true,
    ...scope,
  };
  return targetsOf(judged, snapshot, choices);
}

const words = (targets: readonly ProbeTarget[]): readonly string[] =>
  targets.map(
    ({ hop, scheme, host, port, name, path }) =>
      `${hop} ${scheme}://${host}:${port}${path}${name === undefined ? "" : ` as ${name}`}`,
  );

describe("what is tried for an Ingress", () => {
  it("from the inside out: the backend, then the URL through pod, cluster IP and load balancer of the controller, and by name", () => {
    assert.deepEqual(words(tried({})), [
      "pod http://10.244.1.15:8080/",
      "cluster-ip http://10.96.0.80:80/",
      "controller-pod http://10.244.1.15:8080/ as shop.example.com",
      "controller-ip http://10.96.7.7:80/ as shop.example.com",
      "controller-lb http://20.84.1.2:80/ as shop.example.com",
      "host http://shop.example.com:80/ as shop.example.com",
    ]);
  });

  it("by https where the Ingress has a TLS section for the host, unless the user says otherwise", () => {
    const tls = [{ hosts: ["shop.example.com"], secretName: "web-tls" }];
    assert.match(words(tried({ tls })).join("\n"), /controller-pod https:\/\/10\.244\.1\.15:8443\/ as shop/);
    assert.match(
      words(tried({ tls }, { choices: { scheme: "http" } })).join("\n"),
      /controller-pod http:\/\/10\.244\.1\.15:8080/,
    );
    assert.match(words(tried({ tls: [{ hosts: ["other.example.com"] }] })).join("\n"), /host http:/);
  });

  it("at the host and path that were asked for", () => {
    const rules = [{ host: "*.example.com", paths: ["/ Prefix web:80", "/cart Exact web:80"] }];
    const asked = tried({ rules }, { scope: { host: "a.example.com", path: "/cart" } });
    assert.match(words(asked).join("\n"), /host http:\/\/a\.example\.com:80\/cart as a\.example\.com/);
  });

  it("at a made-up name under a wildcard, which is then not looked up; at the address itself where a rule takes every host", () => {
    const wild = words(tried({ rules: [{ host: "*.example.com", paths: ["/ Prefix web:80"] }] }));
    assert.ok(wild.includes("controller-lb http://20.84.1.2:80/ as netcheck-probe.example.com"), wild.join("\n"));
    assert.ok(!wild.some((one) => one.startsWith("host ")));
    const every = words(tried({ rules: [{ paths: ["/ Prefix web:80"] }] }));
    assert.ok(every.includes("controller-lb http://20.84.1.2:80/ as 20.84.1.2"), every.join("\n"));
  });

  it("asks the app for what the controller makes of the path", () => {
    const annotations = { "nginx.ingress.kubernetes.io/rewrite-target": "/$2" };
    const rules = [{ host: "shop.example.com", paths: ["/blog(/|$)(.*) ImplementationSpecific web:80"] }];
    const asked = words(tried({ annotations, rules }, { scope: { path: "/blog/new" } }));
    assert.ok(asked.includes("pod http://10.244.1.15:8080/new"), asked.join("\n"));
    assert.ok(asked.some((one) => one.startsWith("controller-pod http://10.244.1.15:8080/blog/new ")));
    const unasked = words(tried({ annotations, rules }));
    assert.ok(
      unasked.some((one) => one.startsWith("controller-pod http://10.244.1.15:8080/blog ")),
      unasked.join("\n"),
    );
  });

  it("not at the controller's pods when these carry no requests, nor when none is ready", () => {
    const classes = [ingressClass({ controller: "azure/application-gateway" })];
    const agic = words(tried({}, { classes, controllers: [] }));
    assert.deepEqual(agic.slice(2), [
      "controller-lb http://20.84.1.2:80/ as shop.example.com",
      "host http://shop.example.com:80/ as shop.example.com",
    ]);
  });

  it("at a controller without a Service by the ports that its pods name", () => {
    const controllers = [traefikPod(["--providers.kubernetesingress"])];
    const classes = [ingressClass({ name: "traefik", controller: "traefik.io/ingress-controller" })];
    const asked = words(tried({ className: "traefik" }, { controllers, classes }));
    assert.ok(!asked.some((one) => one.startsWith("controller-ip")), asked.join("\n"));
  });
});
