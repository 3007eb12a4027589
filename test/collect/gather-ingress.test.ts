/** What an Ingress costs: one with two backends and TLS stays within fifteen requests. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gather } from "../../src/collect/gather.ts";
import type { Query } from "../../src/model/resources.ts";
import type { TargetRequest } from "../../src/model/target.ts";
import { ingress, ingressClass, nginxPod } from "../checks/ingress/_objects.ts";
import { memorySource } from "../support/memory-source.ts";
import { node, pod, service, slice } from "../support/objects.ts";

const TARGET: TargetRequest = { kind: "ingress", namespace: "shop", selection: { by: "name", name: "web" } };

function words(query: Query): string {
  if (query.type === "log") return `log ${query.pod} ${query.container}`;
  const scope = query.namespace === "" ? "" : ` -n ${query.namespace}`;
  return query.type === "get"
    ? `get ${query.resource.plural} ${query.name}${scope}`
    : `list ${query.collection}${scope}`;
}

const controllerService = service({
  metadata: { name: "ingress-nginx-controller", namespace: "ingress-nginx" },
  spec: { type: "LoadBalancer", selector: { "app.kubernetes.io/name": "ingress-nginx" } },
  status: { loadBalancer: { ingress: [{ ip: "20.84.1.2" }] } },
});
const twoBackends = ingress({
  rules: [{ host: "shop.example.com", paths: ["/ Prefix web:80", "/api Prefix api:80"] }],
  tls: [{ hosts: ["shop.example.com"], secretName: "shop-tls" }],
});
const WORLD = [
  twoBackends,
  ingressClass(),
  service(),
  service({ metadata: { name: "api" } }),
  pod(),
  slice(),
  node(),
  controllerService,
  { kind: "Secret", metadata: { name: "shop-tls", namespace: "shop" } },
];

describe("what an Ingress costs", () => {
  it("two backends, TLS, two controller pods: fifteen requests", async () => {
    const source = memorySource([...WORLD, nginxPod(), nginxPod([], { name: "ingress-nginx-controller-abc-2" })]);
    const snapshot = await gather(source, TARGET);
    assert.deepEqual(source.asked.map(words), [
      "get ingresses web -n shop",
      "list ingressClasses",
      "list services -n shop",
      "list endpointSlices -n shop",
      "list pods -n shop",
      "list nodes",
      "list deployments -n shop",
      "list events -n shop",
      "list allIngresses",
      "get secrets shop-tls -n shop",
      "list controllerPods",
      "list controllerServices -n ingress-nginx",
      "list controllerSlices -n ingress-nginx",
      "log ingress-nginx-controller-abc-1 controller",
      "list networkPolicies -n shop",
    ]);
    assert.equal(snapshot.collections.tlsSecrets.state, "ok");
  });

  it("a controller that is not found is looked for among the Deployments", async () => {
    const source = memorySource(WORLD);
    await gather(source, TARGET);
    assert.ok(source.asked.map(words).includes("list controllerDeployments"));
  });

  it("a controller in the Ingress' own namespace: its Services are asked for, although they are known as the app's", async () => {
    const inside = nginxPod([], { namespace: "shop" });
    const snapshot = await gather(memorySource([...WORLD, inside]), TARGET);
    const { controllerServices } = snapshot.collections;
    assert.ok(controllerServices.state === "ok" && controllerServices.items.length === 2);
  });

  it("an Ingress that does not exist costs two", async () => {
    const source = memorySource([ingressClass()]);
    await gather(source, TARGET);
    assert.equal(source.asked.length, 2);
  });
});
