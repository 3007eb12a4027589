/** Whole commands over small worlds in which one thing might hide another, or be taken for what it is not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CHECKS } from "../../src/checks/index.ts";
import { reportsOf } from "../../src/cli/judging.ts";
import { gather } from "../../src/collect/gather.ts";
import type { Deployment, KubeObject, Service } from "../../src/model/kube.ts";
import type { Report } from "../../src/model/report.ts";
import type { TargetRequest } from "../../src/model/target.ts";
import { ingress, ingressClass, nginxPod } from "../checks/ingress/_objects.ts";
import { memorySource } from "../support/memory-source.ts";
import { ago, node, pod, service, slice } from "../support/objects.ts";
import { deployment } from "../support/workloads.ts";

type Some = Pick<KubeObject<object>, "kind" | "metadata">;

async function judge(
  kind: TargetRequest["kind"],
  objects: readonly Some[],
  selection: TargetRequest["selection"] = { by: "name", name: "web" },
): Promise<Report> {
  const request: TargetRequest = { kind, namespace: "shop", selection };
  const [report] = reportsOf(request, await gather(memorySource(objects), request), CHECKS);
  assert.ok(report !== undefined);
  return report;
}

/** `id ← cause`, without notes. */
const told = ({ findings }: Report): readonly string[] =>
  findings
    .filter(({ severity }) => severity !== "info")
    .map(({ id, consequenceOf }) => (consequenceOf === null ? id : `${id} ← ${consequenceOf}`));

const nodes = [node(), node({ metadata: { name: "node-2" } })];
const FRONT = [...nodes, ingressClass(), nginxPod()];
const web = [pod(), slice()];

function sleeping(): Deployment {
  const one = deployment({ replicas: 0, status: { observedGeneration: 1 } });
  return { ...one, metadata: { ...one.metadata, annotations: { "keda.sh/sleeping": "true" } } };
}

const api = (selector: string): Service =>
  service({ metadata: { name: "api" }, spec: { selector: { app: selector }, clusterIP: "10.96.0.81" } });
const apiPod = pod({
  metadata: { name: "api-1", labels: { app: "api" } },
  status: { podIP: "10.244.1.30", podIPs: [{ ip: "10.244.1.30" }] },
});

describe("an Ingress with two backends", () => {
  const both = ingress({ rules: [{ host: "shop.example.com", paths: ["/ Prefix web:80", "/api Prefix api:80"] }] });

  it("a workload that sleeps behind one of them does not excuse the other", async () => {
    const report = await judge("ingress", [...FRONT, both, sleeping(), service(), api("apii"), apiPod]);
    assert.equal(report.verdict, "broken");
    assert.deepEqual(told(report), [
      "svc/selector-matches-nothing",
      "ingress/backend-no-endpoints ← svc/selector-matches-nothing",
      "workload/scaled-to-zero",
      "ingress/backend-no-endpoints ← workload/scaled-to-zero",
    ]);
  });

  it("a pod that is missing in the slices of one of them is no cause for the other", async () => {
    const report = await judge("ingress", [...FRONT, both, sleeping(), service(), api("api"), apiPod]);
    assert.deepEqual(told(report), [
      "svc/endpoint-missing",
      "ingress/backend-no-endpoints ← svc/endpoint-missing",
      "svc/no-ready-endpoints ← svc/endpoint-missing",
      "workload/scaled-to-zero",
      "ingress/backend-no-endpoints ← workload/scaled-to-zero",
    ]);
  });

  it("one that has just been deployed is unknown, also beside a note about the other", async () => {
    const young = pod({
      metadata: { name: "api-1", labels: { app: "api" }, creationTimestamp: ago(5) },
      status: { phase: "Pending", podIP: "", podIPs: [], conditions: [], containerStatuses: [] },
    });
    const surging = pod({
      metadata: { name: "web-2", creationTimestamp: ago(10) },
      status: {
        conditions: [{ type: "Ready", status: "False", lastTransitionTime: ago(8) }],
        podIP: "10.244.1.16",
        podIPs: [{ ip: "10.244.1.16" }],
      },
    });
    const report = await judge("ingress", [...FRONT, both, ...web, surging, service(), api("api"), young]);
    assert.ok(report.findings.some(({ id }) => id === "svc/some-endpoints-not-ready"));
    assert.equal(report.verdict, "unknown");
  });
});

describe("what a backend exposes by itself does not stand between the Ingress and the app", () => {
  const backend = async (given: Service, annotations: Readonly<Record<string, string>> = {}): Promise<Report> =>
    judge("ingress", [...FRONT, ingress({ annotations }), ...web, given]);

  for (const [name, spec, id] of [
    ["a load balancer that never came", { type: "LoadBalancer" }, "svc/lb-no-provider"],
    ["ports of a headless Service", { clusterIP: "None" }, "svc/headless-port-differs"],
    ["internalTrafficPolicy Local", { internalTrafficPolicy: "Local" }, "svc/internal-local-no-endpoint"],
  ] as const) {
    it(name, async () => {
      const report = await backend(service({ spec }));
      assert.deepEqual([report.verdict, told(report)], ["healthy", []]);
      assert.ok(
        report.findings.some((finding) => finding.id === id),
        "it is still told, as a note",
      );
    });
  }

  it("but a controller that uses the cluster IP meets its policy", async () => {
    const local = service({ spec: { internalTrafficPolicy: "Local" } });
    const report = await backend(local, { "nginx.ingress.kubernetes.io/service-upstream": "true" });
    assert.deepEqual(told(report), ["svc/internal-local-no-endpoint"]);
  });

  it("for the Service itself it counts", async () => {
    const report = await judge("svc", [...nodes, ...web, service({ spec: { internalTrafficPolicy: "Local" } })]);
    assert.equal(report.verdict, "degraded");
  });
});

describe("DNS by two Services, a TCP and a UDP one, over the same pods", () => {
  const half = (name: string, protocol: string) => [
    service({
      metadata: { name },
      spec: { selector: { app: "dns" }, ports: [{ port: 53, targetPort: 53, protocol }] },
    }),
    slice({
      metadata: { name: `${name}-x`, labels: { "kubernetes.io/service-name": name } },
      ports: [{ port: 53, protocol, name: "" }],
    }),
  ];
  const listing = (...protocols: readonly string[]) =>
    pod({
      metadata: { labels: { app: "dns" } },
      spec: {
        nodeName: "node-1",
        containers: [{ name: "dns", ports: protocols.map((protocol) => ({ containerPort: 53, protocol })) }],
      },
    });
  for (const listed of [["TCP"], ["UDP"], ["TCP", "UDP"]]) {
    it(`is healthy, though the pods list ${listed.join(" and ")}`, async () => {
      const world = [...nodes, ...half("dns-tcp", "TCP"), ...half("dns-udp", "UDP"), listing(...listed)];
      for (const name of ["dns-tcp", "dns-udp"]) {
        const report = await judge("svc", world, { by: "name", name });
        assert.deepEqual([report.verdict, told(report)], ["healthy", []], name);
      }
      const all: TargetRequest = { kind: "svc", namespace: "shop", selection: { by: "all" } };
      for (const request of [all, { ...all, namespace: "" }])
        for (const report of reportsOf(request, await gather(memorySource(world), request), CHECKS))
          assert.deepEqual([report.verdict, told(report)], ["healthy", []], report.target.name);
    });
  }

  it("the UDP one without its half is told for what it may be", async () => {
    const report = await judge("svc", [...nodes, ...half("dns-udp", "UDP"), listing("TCP")], {
      by: "name",
      name: "dns-udp",
    });
    assert.deepEqual([report.verdict, told(report)], ["degraded", ["svc/protocol-mismatch"]]);
  });
});
