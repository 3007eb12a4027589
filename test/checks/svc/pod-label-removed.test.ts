import { check } from "../../../src/checks/svc/pod-label-removed.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, pod, service } from "../../support/objects.ts";
import { deployment, ownedBy } from "../../support/workloads.ts";

const { ownerReferences } = ownedBy("web");
const stray = {
  kind: "Pod",
  metadata: { name: "web-2", namespace: "shop", labels: { "pod-template-hash": "abc" }, ownerReferences },
};
const services = [service()];
const deployments = [deployment()];

checkCases(check, {
  fires: [
    {
      name: "a pod lost its label",
      given: { services, deployments, pods: [pod()], podLabels: [stray] },
      expect: ["svc/pod-label-removed warning"],
    },
    {
      name: "a pod's label was changed",
      given: {
        services,
        deployments,
        pods: [
          pod(),
          pod({ metadata: { name: "web-2", labels: { app: "x", "pod-template-hash": "abc" }, ownerReferences } }),
        ],
      },
      expect: ["svc/pod-label-removed warning"],
    },
  ],
  silent: [
    { name: "all have it", given: { services, deployments, pods: [pod({ metadata: ownedBy("web") })] } },
    {
      name: "quarantined by hand: its ReplicaSet has let it go",
      given: {
        services,
        deployments,
        pods: [pod()],
        podLabels: [{ kind: "Pod", metadata: { name: "web-2", namespace: "shop", labels: {} } }],
      },
    },
    {
      name: "the label is new in the template and the rollout is on",
      given: {
        services,
        deployments: [deployment({ status: { observedGeneration: 1, replicas: 2, updatedReplicas: 1 } })],
        pods: [pod()],
        podLabels: [stray],
      },
    },
    {
      name: "being deleted",
      given: {
        services,
        deployments,
        pods: [pod()],
        podLabels: [{ ...stray, metadata: { ...stray.metadata, deletionTimestamp: ago(-10) } }],
      },
    },
    {
      name: "evicted",
      given: {
        services,
        deployments,
        pods: [
          pod({
            metadata: { name: "web-2", labels: { "pod-template-hash": "abc" }, ownerReferences },
            status: { phase: "Failed" },
          }),
        ],
      },
    },
    {
      name: "a pod of another workload",
      given: {
        services,
        deployments: [deployment(), deployment({ name: "api", labels: { app: "api" } })],
        pods: [pod()],
      },
    },
    { name: "workloads were not asked for", given: { services, pods: [pod()] }, status: "skipped" },
    {
      name: "workloads may not be read",
      given: {
        services,
        pods: [pod()],
        deployments: { state: "unavailable", reason: "forbidden", detail: "forbidden" },
      },
      status: "unknown",
    },
  ],
});
