import { check } from "../../../src/checks/svc/lb-address.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, event, node, service } from "../../support/objects.ts";

const lb = (age: number, spec = {}) =>
  service({ metadata: { creationTimestamp: ago(age) }, spec: { type: "LoadBalancer", ...spec } });
const azure = [node({ spec: { providerID: "azure:///subscriptions/x" } })];
const bare = [node()];
const podNamed = (name: string, namespace: string) => ({ kind: "Pod", metadata: { name, namespace } });
const forbidden = { state: "unavailable", reason: "forbidden", detail: "forbidden" } as const;
const failing = event(lb(600), { reason: "SyncLoadBalancerFailed", message: "Error syncing load balancer" });

checkCases(check, {
  fires: [
    { name: "for one minute", given: { services: [lb(60)], nodes: azure }, expect: ["svc/lb-pending info"] },
    { name: "for three minutes", given: { services: [lb(180)], nodes: azure }, expect: ["svc/lb-pending warning"] },
    {
      name: "for ten minutes",
      given: { services: [lb(600)], nodes: azure, events: [failing] },
      expect: ["svc/lb-pending error"],
    },
    {
      name: "an old Service that became a LoadBalancer a minute ago",
      given: {
        services: [lb(86400)],
        nodes: azure,
        events: [
          event(lb(86400), { reason: "Type", message: "ClusterIP -> LoadBalancer", type: "Normal", seconds: 60 }),
        ],
      },
      expect: ["svc/lb-pending info"],
    },
    {
      name: "a class that nobody answers to",
      given: { services: [lb(600, { loadBalancerClass: "x.example/lb" })], events: [] },
      expect: ["svc/lb-class-unclaimed error"],
    },
    {
      name: "a class whose controller has spoken",
      given: { services: [lb(600, { loadBalancerClass: "x.example/lb" })], events: [failing] },
      expect: ["svc/lb-pending error"],
    },
    {
      name: "a class, and events may not be read",
      given: { services: [lb(600, { loadBalancerClass: "x.example/lb" })], events: forbidden },
      expect: ["svc/lb-pending error"],
    },
    {
      name: "no cloud and no load balancer in the cluster",
      given: { services: [lb(600)], nodes: bare, podLabels: [podNamed("web-1", "shop")] },
      expect: ["svc/lb-no-provider error"],
    },
    {
      name: "no cloud, and other namespaces may not be read",
      given: { services: [lb(600)], nodes: bare, podLabels: forbidden },
      expect: ["svc/lb-no-provider warning"],
    },
    {
      name: "no cloud, but MetalLB runs",
      given: { services: [lb(600)], nodes: bare, podLabels: [podNamed("speaker-x", "metallb-system")] },
      expect: ["svc/lb-pending error"],
    },
    {
      name: "no cloud, but somebody reports about it",
      given: { services: [lb(600)], nodes: bare, podLabels: [], events: [failing] },
      expect: ["svc/lb-pending error"],
    },
  ],
  silent: [
    {
      name: "it has an address",
      given: {
        services: [
          service({ spec: { type: "LoadBalancer" }, status: { loadBalancer: { ingress: [{ ip: "20.62.1.9" }] } } }),
        ],
        nodes: bare,
      },
    },
    {
      name: "it has a name",
      given: {
        services: [
          service({
            spec: { type: "LoadBalancer" },
            status: { loadBalancer: { ingress: [{ hostname: "x.elb.example.com" }] } },
          }),
        ],
      },
    },
    { name: "no LoadBalancer", given: { services: [service()] }, status: "skipped" },
    {
      name: "being deleted",
      given: { services: [service({ metadata: { deletionTimestamp: ago(5) }, spec: { type: "LoadBalancer" } })] },
      status: "skipped",
    },
    {
      name: "a manifest",
      given: {
        services: [{ kind: "Service", metadata: { name: "web", namespace: "shop" }, spec: { type: "LoadBalancer" } }],
      },
      status: "unknown",
    },
  ],
});
