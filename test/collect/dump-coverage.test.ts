/** What counts as read: an empty answer always means that there really is nothing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ago, node, pod, service, slice } from "../support/objects.ts";
import { fromFolder, fromPipe, got, json, list, names, object, query, typedList } from "./dump-support.ts";

const stream = (...objects: readonly object[]) => objects.map((one) => JSON.stringify(one)).join("\n");
const v1 = (one: object) => ({ apiVersion: "v1", ...one });

describe("lists", () => {
  it("of one namespace cover that one only: the other may not have been asked for", async () => {
    const source = await fromPipe(
      list(object("Pod", "dns", "kube-system")) + list(object("Service", "web"), object("ConfigMap", "c")),
    );
    assert.equal(await names(source, "pods", "kube-system"), "dns");
    assert.equal(await names(source, "pods", "shop"), "not-in-dump");
    const answer = await source.list(query("pods", "shop"));
    assert.match(answer.state === "unavailable" ? answer.detail : "", /holds pods of kube-system, none of shop/);
  });

  it("with objects of two namespaces were taken with --all-namespaces: no object means that there is none", async () => {
    const source = await fromPipe(list(object("Pod", "dns", "kube-system"), object("Service", "web")));
    assert.equal(await names(source, "pods", "shop"), "");
    assert.equal(await names(source, "services", "kube-system"), "");
    assert.equal(await names(source, "pods", ""), "dns");
    // A kind of which the list holds no object may not have been asked for.
    assert.equal(await names(source, "deployments", "shop"), "not-in-dump");
  });

  it("that are empty and typed count for the only namespace of the dump", async () => {
    const source = await fromPipe(typedList("Pod", []) + list(object("Service", "web")));
    assert.equal(await names(source, "pods", "shop"), "");
    assert.equal(await names(source, "pods", "other"), "not-in-dump");
  });

  it("that are empty and typed count for nothing when the dump is about two namespaces", async () => {
    const source = await fromPipe(
      typedList("Pod", []) + list(object("Service", "web")) + list(object("Service", "dns", "kube-system")),
    );
    assert.equal(await names(source, "pods", "shop"), "not-in-dump");
  });

  it("that are empty and untyped say nothing", async () => {
    const source = await fromPipe(list() + list(object("Service", "web")));
    assert.equal(await names(source, "pods"), "not-in-dump");
  });

  it("are filtered as a server does", async () => {
    const front = object("Pod", "front", "shop", {
      metadata: { name: "front", namespace: "shop", labels: { tier: "f" } },
    });
    const source = await fromPipe(list(front, object("Pod", "back")));
    assert.equal(await names(source, "pods", "shop", { labelSelector: "tier in (f)" }), "front");
    assert.equal(await names(source, "pods", "shop", { fieldSelector: "metadata.name=back" }), "back");
  });

  it("of metadata hold nothing else", async () => {
    const source = await fromPipe(list(v1(pod())));
    const answer = await source.list(query("pods", "shop", { metadataOnly: true }));
    assert.deepEqual(answer, { state: "ok", items: [{ kind: "Pod", metadata: pod().metadata }] });
  });
});

describe("single objects", () => {
  it("count as read in their namespace", async () => {
    const source = await fromPipe(stream(object("Pod", "web-1"), object("Service", "web")));
    assert.equal(await names(source, "pods"), "web-1");
    assert.equal(await got(source, "services", "api"), "none");
    assert.equal(await names(source, "pods", "other"), "not-in-dump");
  });

  it("are all that is known of all namespaces", async () => {
    const source = await fromPipe(stream(object("Pod", "web-1")));
    assert.equal(await names(source, "pods", ""), "web-1 (1 gap)");
  });

  it("without a namespace are in default, where kubectl would put them", async () => {
    const source = await fromPipe("apiVersion: v1\nkind: Pod\nmetadata: {name: web-1}\n");
    assert.equal(await names(source, "pods", "default"), "web-1");
  });

  it("leave a gap where a slice names a pod that is not there: it exists, or existed", async () => {
    const target = (name: string) => ({ addresses: ["10.0.0.1"], targetRef: { kind: "Pod", name, namespace: "shop" } });
    const endpoints = [target("web-1"), target("web-2")];
    const source = await fromPipe(
      stream(v1(pod()), v1(service()), { apiVersion: "discovery.k8s.io/v1", ...slice({ endpoints }) }),
    );
    assert.equal(await names(source, "pods"), "web-1 (1 gap)");
    assert.equal(await got(source, "pods", "web-2"), "not-in-dump");
    // The same in a list: there the pod is gone, which is a finding.
    const whole = await fromPipe(
      list(v1(pod()), v1(service()), { apiVersion: "discovery.k8s.io/v1", ...slice({ endpoints }) }),
    );
    assert.equal(await names(whole, "pods"), "web-1");
    assert.equal(await got(whole, "pods", "web-2"), "none");
  });

  it("leave a gap where a pod names a node that is not there", async () => {
    const other = v1(node({ metadata: { name: "node-2" } }));
    assert.equal(await names(await fromPipe(stream(v1(pod()), other)), "nodes", ""), "node-2 (1 gap)");
    assert.equal(await names(await fromPipe(stream(v1(pod()), v1(node()))), "nodes", ""), "node-1");
  });

  it("of kinds that are often made elsewhere do not tell that another is missing", async () => {
    const source = await fromPipe(
      stream(object("Secret", "a"), object("ConfigMap", "a"), object("IngressClass", "nginx", "")),
    );
    assert.equal(await got(source, "secrets", "tls"), "not-in-dump");
    assert.equal(await got(source, "configMaps", "kube-root-ca.crt"), "not-in-dump");
    const listed = await fromPipe(list(object("Secret", "a")));
    assert.equal(await got(listed, "secrets", "tls"), "none");
  });

  it("next to a broken document of their kind are not all", async () => {
    const source = await fromPipe(`${JSON.stringify(object("Pod", "web-1"))}\n{"kind": "Pod", oops}\n`);
    assert.equal(await names(source, "pods"), "web-1 (1 gap)");
  });
});

describe("the same object twice", () => {
  const at = (resourceVersion: string, phase: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web-1", namespace: "shop", resourceVersion },
    status: { phase },
  });
  for (const [first, second, expected] of [
    ["9", "10", "second"],
    ["10", "9", "first"],
    ["x", "y", "second"],
  ] as const) {
    it(`versions ${first} and ${second}: the ${expected} is used`, async () => {
      const source = await fromPipe(stream(at(first, "first"), at(second, "second")));
      const answer = await source.list(query("pods", "shop"));
      assert.ok(answer.state === "ok");
      assert.deepEqual(
        answer.items.map((item) => ("status" in item ? item.status : undefined)),
        [{ phase: expected }],
      );
    });
  }
});

describe("older versions", () => {
  it("of an Ingress are brought to the one we know", async () => {
    const spec = {
      backend: { serviceName: "rest", servicePort: "http" },
      rules: [
        { host: "a.example", http: { paths: [{ path: "/", backend: { serviceName: "web", servicePort: 80 } }] } },
      ],
    };
    const source = await fromPipe(list(object("Ingress", "web", "shop", { spec }, "extensions/v1beta1")));
    const answer = await source.list(query("ingresses", "shop"));
    assert.ok(answer.state === "ok" && answer.items[0] !== undefined && "spec" in answer.items[0]);
    const backend = { service: { name: "web", port: { number: 80 } } };
    assert.deepEqual(answer.items[0].spec, {
      defaultBackend: { service: { name: "rest", port: { name: "http" } } },
      rules: [{ host: "a.example", http: { paths: [{ path: "/", pathType: "ImplementationSpecific", backend }] } }],
    });
  });

  it("of an EndpointSlice tell their node as topology", async () => {
    const old = { endpoints: [{ addresses: ["10.0.0.1"], topology: { "kubernetes.io/hostname": "node-1" } }] };
    const source = await fromPipe(list(object("EndpointSlice", "web-1", "shop", old, "discovery.k8s.io/v1beta1")));
    const answer = await source.list(query("endpointSlices", "shop"));
    assert.ok(answer.state === "ok" && answer.items[0] !== undefined && "endpoints" in answer.items[0]);
    assert.deepEqual(answer.items[0].endpoints, [{ addresses: ["10.0.0.1"], nodeName: "node-1" }]);
  });

  it("of events name their object anew", async () => {
    const regarding = { kind: "Pod", name: "web-1", namespace: "shop" };
    const event = object("Event", "e", "shop", { regarding, note: "no", reason: "Failed" }, "events.k8s.io/v1");
    const source = await fromPipe(list(event));
    assert.equal(await names(source, "events", "shop", { fieldSelector: "involvedObject.name=web-1" }), "e");
  });

  it("apps/v1beta2 has the same fields", async () => {
    const source = await fromPipe(list(object("Deployment", "web", "shop", {}, "apps/v1beta2")));
    assert.equal(await names(source, "deployments"), "web");
  });
});

describe("the clock", () => {
  it("is the newest thing that happened, not a deadline", async () => {
    const terminating = pod({ metadata: { name: "old", deletionTimestamp: ago(-600) } });
    const lease = object(
      "Lease",
      "l",
      "kube-system",
      { spec: { renewTime: ago(5).replace("Z", ".600000Z") } },
      "coordination.k8s.io/v1",
    );
    const source = await fromPipe(stream(v1(terminating), lease));
    assert.equal(source.takenAt(), ago(4));
  });

  it("counts managedFields, though they are dropped", async () => {
    const metadata = { name: "web", namespace: "shop", creationTimestamp: ago(60), managedFields: [{ time: ago(7) }] };
    const source = await fromPipe(stream({ apiVersion: "v1", kind: "Service", metadata }));
    assert.equal(source.takenAt(), ago(7));
  });

  it("of manifests that were never in a cluster is the epoch", async () => {
    const annotations = { creationTimestamp: ago(0) };
    const source = await fromPipe(stream({ apiVersion: "v1", kind: "Pod", metadata: { name: "a", annotations } }));
    assert.equal(source.takenAt(), "1970-01-01T00:00:00Z");
  });
});

describe("folders of manifests", () => {
  it("are read to the bottom", async (context) => {
    const source = await fromFolder(context, {
      "base/deploy.yaml": json(object("Deployment", "web", "shop", {}, "apps/v1")),
      "overlays/prod/svc.yml": json(object("Service", "web")),
    });
    assert.equal(await names(source, "deployments"), "web");
    assert.equal(await names(source, "services"), "web");
  });
});
