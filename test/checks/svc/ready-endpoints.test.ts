import { check } from "../../../src/checks/svc/ready-endpoints.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, node, notReady, pod, service, slice } from "../../support/objects.ts";
import { BY_JOB, deployment, ownedBy } from "../../support/workloads.ts";

const unready = (name = "web-1", metadata = {}) =>
  pod({
    metadata: { name, ...metadata },
    status: { phase: "Running", podIPs: [{ ip: "10.244.1.16" }], conditions: notReady() ?? [] },
  });
const entry = (name: string, ip: string, conditions = { ready: true, serving: true, terminating: false }) => ({
  addresses: [ip],
  conditions,
  nodeName: "node-1",
  targetRef: { kind: "Pod", name, namespace: "shop", uid: `uid-${name}` },
});
const DOWN = { ready: false, serving: false, terminating: false };
const LEAVING = { ready: false, serving: true, terminating: true };
const forbidden = { state: "unavailable", reason: "forbidden", detail: "is forbidden" } as const;
const absent = { state: "unavailable", reason: "not-in-dump", detail: "no object of this kind" } as const;
const services = [service()];
const inSet = (revision: string) => ({
  labels: { app: "web", "controller-revision-hash": revision },
  ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: "uid-sts", controller: true }],
});
const leaving = pod({ metadata: { deletionTimestamp: ago(-20) } });

/** The same endpoints as the older API tells them. */
const older = (subset: object, metadata = {}) => [
  { kind: "Endpoints", metadata: { name: "web", namespace: "shop", ...metadata }, subsets: [subset] },
];
const OLD_READY = { addresses: [{ ip: "10.244.1.15", targetRef: { kind: "Pod", name: "web-1" } }] };
const OLD_UNREADY = { notReadyAddresses: [{ ip: "10.244.1.16" }] };
const LEADER = { annotations: { "control-plane.alpha.kubernetes.io/leader": "somebody" } };
const JUST_CHANGED = { annotations: { "endpoints.kubernetes.io/last-change-trigger-time": ago(20) } };

checkCases(check, {
  fires: [
    {
      name: "slices and pods may not be read, but the older Endpoints list none that is ready",
      given: { services, pods: forbidden, endpointSlices: forbidden, endpoints: older(OLD_UNREADY) },
      expect: ["svc/no-ready-endpoints error"],
    },
    {
      name: "older Endpoints without ready ones that changed just before the newest time in the dump: they may merely have been starting",
      given: {
        services,
        pods: absent,
        endpointSlices: absent,
        endpoints: older({}, JUST_CHANGED),
        clockIsLowerBound: true,
      },
      expect: ["svc/no-ready-endpoints warning"],
    },
    {
      name: "older Endpoints with one that is not ready; the pods would say why",
      given: {
        services,
        pods: absent,
        endpointSlices: absent,
        endpoints: older({ ...OLD_READY, ...OLD_UNREADY }),
      },
      expect: ["svc/some-endpoints-not-ready warning"],
    },
    {
      name: "the only pod is not ready",
      given: {
        services,
        pods: [unready()],
        endpointSlices: [slice({ endpoints: [entry("web-1", "10.244.1.16", DOWN)] })],
      },
      expect: ["svc/no-ready-endpoints error"],
    },
    {
      name: "slices may not be read, but no pod is ready: the controller can list none",
      given: { services, pods: [unready()], endpointSlices: forbidden },
      expect: ["svc/no-ready-endpoints error"],
    },
    {
      name: "pods may not be read, and the slices list nothing",
      given: { services, pods: forbidden, endpointSlices: [slice({ endpoints: [], ports: [] })] },
      expect: ["svc/no-ready-endpoints error"],
    },
    {
      name: "the last pod is terminating and nothing replaces it",
      given: {
        services,
        pods: [leaving],
        endpointSlices: [slice({ endpoints: [entry("web-1", "10.244.1.15", LEAVING)] })],
      },
      expect: ["svc/only-terminating-endpoints warning"],
    },
    {
      name: "replaced one by one: the old pod still serves within its grace period",
      given: {
        services,
        pods: [leaving, unready("web-2")],
        endpointSlices: [
          slice({ endpoints: [entry("web-1", "10.244.1.15", LEAVING), entry("web-2", "10.244.1.16", DOWN)] }),
        ],
      },
      expect: ["svc/only-terminating-endpoints info"],
    },
    {
      name: "one of two pods is not ready",
      given: {
        services,
        pods: [pod(), unready("web-2")],
        endpointSlices: [slice({ endpoints: [entry("web-1", "10.244.1.15"), entry("web-2", "10.244.1.16", DOWN)] })],
      },
      expect: ["svc/some-endpoints-not-ready warning"],
    },
    {
      name: "a rollout is in progress",
      given: {
        services,
        pods: [
          pod({ metadata: ownedBy("web", "old") }),
          unready("web-2", { ...ownedBy("web", "new"), creationTimestamp: ago(300) }),
        ],
        endpointSlices: [slice()],
        deployments: [deployment({ status: { observedGeneration: 1, replicas: 2, updatedReplicas: 1 } })],
      },
      expect: ["svc/some-endpoints-not-ready info"],
    },
    {
      name: "two revisions at once are a rollout, even where deployments may not be read",
      given: {
        services,
        pods: [
          pod({ metadata: ownedBy("web", "old") }),
          unready("web-2", { ...ownedBy("web", "new"), creationTimestamp: ago(300) }),
        ],
        endpointSlices: [slice()],
        deployments: forbidden,
      },
      expect: ["svc/some-endpoints-not-ready info"],
    },
    {
      name: "two revisions for an hour: a StatefulSet never says that its rollout is stuck",
      given: {
        services,
        pods: [pod({ metadata: inSet("old") }), unready("web-2", inSet("new"))],
        endpointSlices: [slice()],
      },
      expect: ["svc/some-endpoints-not-ready warning"],
    },
    {
      name: "the next pod of a StatefulSet's rollout",
      given: {
        services,
        pods: [pod({ metadata: inSet("old") }), unready("web-2", { ...inSet("new"), creationTimestamp: ago(120) })],
        endpointSlices: [slice()],
      },
      expect: ["svc/some-endpoints-not-ready info"],
    },
    {
      name: "one pod is ready with the wrong family, the one with the right family is not",
      given: {
        services: [service({ spec: { ipFamilies: ["IPv6"] } })],
        pods: [
          pod(),
          pod({
            metadata: { name: "web-2" },
            status: {
              phase: "Running",
              podIPs: [{ ip: "10.244.1.16" }, { ip: "fd00::16" }],
              conditions: notReady() ?? [],
            },
          }),
        ],
        endpointSlices: [slice({ addressType: "IPv6", endpoints: [entry("web-2", "fd00::16", DOWN)] })],
      },
      expect: ["svc/no-ready-endpoints error"],
    },
  ],
  silent: [
    {
      name: "slices and pods may not be read, but the older Endpoints list a ready one",
      given: { services, pods: forbidden, endpointSlices: forbidden, endpoints: older(OLD_READY) },
    },
    {
      name: "older Endpoints that changed within the last minute: a pod may be on its way",
      given: { services, pods: forbidden, endpointSlices: forbidden, endpoints: older({}, JUST_CHANGED) },
      status: "unknown",
    },
    {
      name: "an Endpoints object that is a lock of a leader election",
      given: { services, pods: forbidden, endpointSlices: forbidden, endpoints: older({}, LEADER) },
      status: "unknown",
    },
    {
      name: "older Endpoints never list a pod that is being deleted, which may still serve",
      given: { services, pods: [leaving], endpointSlices: forbidden, endpoints: older({}) },
      status: "unknown",
    },
    {
      name: "neither slices nor Endpoints nor pods may be read",
      given: { services, pods: forbidden, endpointSlices: forbidden, endpoints: forbidden },
      status: "unknown",
    },
    { name: "one ready pod", given: { services, pods: [pod()], endpointSlices: [slice()], nodes: [node()] } },
    {
      name: "nil conditions mean ready",
      given: { services, pods: [pod()], endpointSlices: [slice({ endpoints: [{ addresses: ["10.244.1.15"] }] })] },
    },
    {
      name: "completed and evicted pods beside the ready one (H1)",
      given: {
        services,
        pods: [
          pod(),
          pod({
            metadata: { name: "job-1", ownerReferences: BY_JOB },
            status: { phase: "Succeeded", conditions: notReady() ?? [] },
          }),
          pod({ metadata: { name: "old-1" }, status: { phase: "Failed", reason: "Evicted", conditions: [] } }),
        ],
        endpointSlices: [slice()],
      },
    },
    {
      name: "published although not ready (H3)",
      given: {
        services: [service({ spec: { clusterIP: "None", publishNotReadyAddresses: true } })],
        pods: [unready()],
        endpointSlices: [slice({ endpoints: [entry("web-1", "10.244.1.16")] })],
      },
    },
    {
      name: "the old pod leaves a rollout beside ready ones",
      given: {
        services,
        pods: [pod(), pod({ metadata: { name: "web-0", deletionTimestamp: ago(-20) } })],
        endpointSlices: [slice()],
      },
    },
    {
      name: "the pods are seconds old: not known yet",
      given: {
        services,
        pods: [pod({ metadata: { creationTimestamp: ago(10) }, status: { phase: "Pending", conditions: [] } })],
        endpointSlices: [slice({ endpoints: [] })],
      },
      status: "unknown",
    },
    {
      name: "the pod became ready a moment ago: the slice follows",
      given: {
        services,
        pods: [pod({ status: { conditions: [{ type: "Ready", status: "True", lastTransitionTime: ago(2) }] } })],
        endpointSlices: [slice({ endpoints: [entry("web-1", "10.244.1.15", DOWN)] })],
      },
      status: "unknown",
    },
    {
      name: "the Service is seconds old",
      given: { services: [service({ metadata: { creationTimestamp: ago(3) } })], pods: [pod()], endpointSlices: [] },
      status: "unknown",
    },
    {
      name: "nothing is selected: the selector is the answer",
      given: { services, pods: [], endpointSlices: [slice({ endpoints: [] })] },
      status: "skipped",
    },
    {
      name: "only finished pods: the selector is the answer",
      given: { services, pods: [pod({ status: { phase: "Failed" } })], endpointSlices: [] },
      status: "skipped",
    },
    {
      name: "ExternalName",
      given: { services: [service({ spec: { type: "ExternalName" } })], pods: [], endpointSlices: [] },
      status: "skipped",
    },
    {
      name: "no selector: judged elsewhere",
      given: { services: [service({ spec: { selector: {} } })], pods: [], endpointSlices: [] },
      status: "skipped",
    },
    {
      name: "ready pods without an address of the family: the family is the answer",
      given: {
        services: [service({ spec: { ipFamilies: ["IPv6"] } })],
        pods: [pod()],
        endpointSlices: [slice({ addressType: "IPv6", endpoints: [] })],
      },
    },
    {
      name: "manifests without status are intent, not a cluster",
      given: {
        services,
        pods: [{ kind: "Pod", metadata: { name: "web", namespace: "shop", labels: { app: "web" } }, spec: {} }],
        endpointSlices: absent,
      },
      status: "unknown",
    },
    {
      name: "slices are not in the dump and the pods are ready: likely well, but not known",
      given: { services, pods: [pod()], endpointSlices: absent },
      status: "unknown",
    },
    {
      name: "pods may not be read, and the slices changed seconds ago: the pods may be starting",
      given: {
        services,
        pods: forbidden,
        endpointSlices: [
          slice({
            metadata: {
              labels: { "kubernetes.io/service-name": "web" },
              annotations: { "endpoints.kubernetes.io/last-change-trigger-time": ago(5) },
            },
            endpoints: [entry("web-1", "10.244.1.16", DOWN)],
          }),
        ],
      },
      status: "unknown",
    },
    { name: "neither can be read", given: { services, pods: forbidden, endpointSlices: forbidden }, status: "unknown" },
    {
      name: "pods may not be read, and the slices list a ready endpoint",
      given: { services, pods: forbidden, endpointSlices: [slice()] },
    },
  ],
});
