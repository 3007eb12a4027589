/** Builders of small, valid objects for tests: say only what matters to the case, the rest is healthy. */
import type { EndpointSlice, KubeEvent, KubeNode, Pod, Service } from "../../src/model/kube.ts";

export const NOW = "2026-11-22T12:00:00Z";

/** RFC 3339 time `seconds` before NOW. */
export function ago(seconds: number): string {
  return new Date(Date.parse(NOW) - seconds * 1000).toISOString().replace(".000Z", "Z");
}

type Meta = Partial<Pod["metadata"]>;

/** A running, ready pod `web-1` with label app=web, one container `web` that declares http 8080/TCP, on node-1, an hour old. */
export function pod(given: { metadata?: Meta; spec?: Pod["spec"]; status?: Pod["status"] } = {}): Pod {
  const name = given.metadata?.name ?? "web-1";
  return {
    kind: "Pod",
    metadata: {
      name,
      namespace: "shop",
      uid: `uid-${name}`,
      creationTimestamp: ago(3600),
      labels: { app: "web" },
      ...given.metadata,
    },
    spec: {
      nodeName: "node-1",
      containers: [{ name: "web", image: "web:1", ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }] }],
      ...given.spec,
    },
    status: {
      phase: "Running",
      podIP: "10.244.1.15",
      podIPs: [{ ip: "10.244.1.15" }],
      startTime: ago(3600),
      conditions: [
        { type: "PodScheduled", status: "True", lastTransitionTime: ago(3600) },
        { type: "Initialized", status: "True", lastTransitionTime: ago(3600) },
        { type: "ContainersReady", status: "True", lastTransitionTime: ago(3500) },
        { type: "Ready", status: "True", lastTransitionTime: ago(3500) },
      ],
      containerStatuses: [
        {
          name: "web",
          ready: true,
          started: true,
          restartCount: 0,
          image: "web:1",
          imageID: "",
          state: { running: { startedAt: ago(3550) } },
        },
      ],
      ...given.status,
    },
  };
}

/** Conditions of a running pod that is not ready, since `seconds`. */
export function notReady(seconds = 600): NonNullable<NonNullable<Pod["status"]>["conditions"]> {
  return [
    { type: "PodScheduled", status: "True", lastTransitionTime: ago(3600) },
    { type: "Initialized", status: "True", lastTransitionTime: ago(3600) },
    { type: "ContainersReady", status: "False", reason: "ContainersNotReady", lastTransitionTime: ago(seconds) },
    { type: "Ready", status: "False", reason: "ContainersNotReady", lastTransitionTime: ago(seconds) },
  ];
}

/** A ClusterIP Service `web` on 80/TCP→8080 that selects app=web. */
export function service(given: { metadata?: Meta; spec?: Service["spec"]; status?: Service["status"] } = {}): Service {
  const name = given.metadata?.name ?? "web";
  return {
    kind: "Service",
    metadata: { name, namespace: "shop", uid: `uid-svc-${name}`, creationTimestamp: ago(3600), ...given.metadata },
    spec: {
      type: "ClusterIP",
      clusterIP: "10.96.0.80",
      clusterIPs: ["10.96.0.80"],
      ipFamilies: ["IPv4"],
      selector: { app: "web" },
      ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }],
      ...given.spec,
    },
    status: given.status ?? { loadBalancer: {} },
  };
}

/** The slice that the controller writes for `service()` and `pod()`. */
export function slice(
  given: {
    metadata?: Meta;
    addressType?: string;
    endpoints?: EndpointSlice["endpoints"];
    ports?: EndpointSlice["ports"];
  } = {},
): EndpointSlice {
  return {
    kind: "EndpointSlice",
    metadata: {
      name: "web-abcde",
      namespace: "shop",
      labels: {
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
      },
      ...given.metadata,
    },
    addressType: given.addressType ?? "IPv4",
    ports: given.ports ?? [{ name: "", port: 8080, protocol: "TCP" }],
    endpoints: given.endpoints ?? [
      {
        addresses: ["10.244.1.15"],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: "node-1",
        targetRef: { kind: "Pod", name: "web-1", namespace: "shop", uid: "uid-web-1" },
      },
    ],
  };
}

/** A Ready node. */
export function node(given: { metadata?: Meta; spec?: KubeNode["spec"]; status?: KubeNode["status"] } = {}): KubeNode {
  return {
    kind: "Node",
    metadata: { name: "node-1", namespace: "", labels: {}, ...given.metadata },
    spec: { ...given.spec },
    status: {
      conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", lastTransitionTime: ago(86400) }],
      ...given.status,
    },
  };
}

/** An event about `object`, `seconds` ago. */
export function event(
  object: {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string; readonly uid?: string };
  },
  given: { reason: string; message?: string; type?: string; seconds?: number; count?: number; source?: string },
): KubeEvent {
  const { name, namespace, uid } = object.metadata;
  return {
    kind: "Event",
    metadata: { name: `${name}.${given.reason}.${given.seconds ?? 60}`, namespace },
    involvedObject: { kind: object.kind, name, namespace, ...(uid === undefined ? {} : { uid }) },
    reason: given.reason,
    message: given.message ?? "",
    type: given.type ?? "Warning",
    count: given.count ?? 1,
    lastTimestamp: ago(given.seconds ?? 60),
    source: { component: given.source ?? "kubelet" },
  };
}
