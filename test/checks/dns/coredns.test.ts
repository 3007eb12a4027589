import { check } from "../../../src/checks/dns/coredns.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, notReady, pod, slice } from "../../support/objects.ts";

const dns = (name: string, status: object = {}, metadata: object = {}) =>
  pod({ metadata: { name, namespace: "kube-system", labels: { "k8s-app": "kube-dns" }, ...metadata }, status });
const down = (name: string, metadata: object = {}) => dns(name, { phase: "Running", conditions: notReady() }, metadata);
const restarted = (seconds: number) => ({
  containerStatuses: [
    {
      name: "coredns",
      ready: true,
      restartCount: 3,
      lastState: { terminated: { exitCode: 1, finishedAt: ago(seconds) } },
    },
  ],
});
const listed = (endpoints: object[]) => [
  slice({
    metadata: { name: "kube-dns-1", namespace: "kube-system", labels: { "kubernetes.io/service-name": "kube-dns" } },
    endpoints,
  } as Parameters<typeof slice>[0]),
];
const forbidden = { state: "unavailable", reason: "forbidden", detail: "is forbidden" } as const;
const absent = { state: "unavailable", reason: "not-in-dump", detail: "holds none" } as const;
const SERVING = [{ addresses: ["10.244.0.2"], conditions: { ready: true } }];

checkCases(check, {
  fires: [
    {
      name: "scaled to 0: no pod, and the Service has no endpoint",
      given: { clusterDnsPods: [], dnsSlices: listed([]) },
      expect: ["dns/coredns-down error"],
    },
    {
      name: "no DNS pod is ready",
      given: { clusterDnsPods: [down("coredns-1"), down("coredns-2")], dnsSlices: listed([]) },
      expect: ["dns/coredns-down error"],
    },
    {
      name: "one of two is not ready",
      given: { clusterDnsPods: [dns("coredns-1"), down("coredns-2")] },
      expect: ["dns/coredns-degraded warning"],
    },
    {
      name: "one was restarted four minutes ago",
      given: { clusterDnsPods: [dns("coredns-1"), dns("coredns-2", restarted(240))] },
      expect: ["dns/coredns-degraded warning"],
    },
  ],
  silent: [
    { name: "all are ready", given: { clusterDnsPods: [dns("coredns-1"), dns("coredns-2")] } },
    { name: "a restart long ago", given: { clusterDnsPods: [dns("coredns-1", restarted(3600))] } },
    {
      name: "one is being replaced: the new one is seconds old, the old one is terminating",
      given: {
        clusterDnsPods: [
          dns("coredns-1"),
          down("coredns-2", { creationTimestamp: ago(5) }),
          down("coredns-3", { deletionTimestamp: ago(2) }),
        ],
      },
    },
    {
      name: "other pods stand behind the Service than those with the usual label",
      given: { clusterDnsPods: [], dnsSlices: listed(SERVING) },
    },
    {
      name: "the cluster's DNS has another name",
      given: { clusterDnsPods: [], dnsSlices: [] },
      status: "skipped",
    },
    {
      name: "all of them are only seconds old",
      given: { clusterDnsPods: [down("coredns-1", { creationTimestamp: ago(5) })], dnsSlices: listed([]) },
      status: "unknown",
    },
    { name: "kube-system may not be read", given: { clusterDnsPods: forbidden }, status: "unknown" },
    {
      name: "its endpoints may not be read: no pod is not proof",
      given: { clusterDnsPods: [], dnsSlices: forbidden },
      status: "unknown",
    },
    { name: "a dump of one namespace", given: { clusterDnsPods: absent }, status: "skipped" },
    {
      name: "a DNS pod itself is judged, as any other",
      given: {
        scope: { pods: [dns("coredns-1")] },
        clusterDnsPods: [],
        dnsSlices: listed([]),
      },
      status: "skipped",
    },
  ],
});
