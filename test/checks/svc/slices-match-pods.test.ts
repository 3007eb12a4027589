import { check } from "../../../src/checks/svc/slices-match-pods.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, node, notReady, pod, service, slice } from "../../support/objects.ts";

const services = [service()];
const nodes = [node()];
const two = pod({ metadata: { name: "web-2" }, status: { podIPs: [{ ip: "10.244.1.16" }], podIP: "10.244.1.16" } });
const justReady = [{ type: "Ready", status: "True", lastTransitionTime: ago(20) }];
const entry = (name: string, ip: string, uid = `uid-${name}`, ready = true) => ({
  addresses: [ip],
  conditions: { ready, serving: true, terminating: !ready },
  targetRef: { kind: "Pod", name, namespace: "shop", uid },
});
const one = entry("web-1", "10.244.1.15");

checkCases(check, {
  fires: [
    {
      name: "one of two ready pods is in no slice",
      given: { services, nodes, pods: [pod(), two], endpointSlices: [slice()] },
      expect: ["svc/endpoint-missing warning"],
    },
    {
      name: "the only ready pod is in no slice",
      given: { services, nodes, pods: [pod()], endpointSlices: [slice({ endpoints: [] })] },
      expect: ["svc/endpoint-missing error"],
    },
    {
      name: "nodes may not be read: the node might be gone",
      given: {
        services,
        nodes: { state: "unavailable", reason: "forbidden", detail: "forbidden" },
        pods: [pod()],
        endpointSlices: [],
      },
      expect: ["svc/endpoint-missing warning"],
    },
    {
      name: "made anew minutes ago, still listed with the old uid",
      given: {
        services,
        nodes,
        pods: [pod({ status: { conditions: notReady() ?? [], podIPs: [{ ip: "10.244.1.99" }] } })],
        endpointSlices: [slice({ endpoints: [entry("web-1", "10.244.1.15", "uid-before")] })],
      },
      expect: ["svc/endpoint-stale warning"],
    },
    {
      name: "the address belongs to another pod now",
      given: {
        services,
        nodes,
        pods: [pod()],
        endpointSlices: [slice({ endpoints: [one, entry("web-9", "10.244.1.15")] })],
      },
      expect: ["svc/endpoint-stale warning"],
    },
    {
      name: "the controller is behind: it misses a pod and lists one that is gone",
      given: {
        services,
        nodes,
        pods: [pod(), two],
        endpointSlices: [slice({ endpoints: [one, entry("web-9", "10.244.9.9")] })],
      },
      expect: ["svc/endpoint-missing warning", "svc/endpoint-stale warning"],
    },
    {
      name: "the pod ended minutes ago",
      given: {
        services,
        nodes,
        pods: [pod({ status: { phase: "Failed", conditions: notReady(300) ?? [] } })],
        endpointSlices: [slice()],
      },
      expect: ["svc/endpoint-stale warning"],
    },
  ],
  silent: [
    {
      name: "as it should be",
      given: {
        services,
        nodes,
        pods: [pod(), two],
        endpointSlices: [slice({ endpoints: [one, entry("web-2", "10.244.1.16")] })],
      },
    },
    {
      name: "split over slices, with an empty placeholder",
      given: {
        services,
        nodes,
        pods: [pod(), two],
        endpointSlices: [
          slice(),
          slice({ metadata: { name: "b" }, endpoints: [entry("web-2", "10.244.1.16")] }),
          slice({ metadata: { name: "c" }, endpoints: [], ports: [] }),
        ],
      },
    },
    {
      name: "ready for twenty seconds: the slice may follow",
      given: {
        services,
        nodes,
        pods: [
          pod(),
          pod({ metadata: { name: "web-2" }, status: { podIPs: [{ ip: "10.244.1.16" }], conditions: justReady } }),
        ],
        endpointSlices: [slice()],
      },
    },
    {
      name: "a pod without a node object is left out on purpose",
      given: { services, nodes: [], pods: [pod()], endpointSlices: [slice({ endpoints: [] })] },
    },
    {
      name: "a pod that is not ready may be listed or not",
      given: {
        services,
        nodes,
        pods: [pod({ status: { conditions: notReady() ?? [] } })],
        endpointSlices: [slice({ endpoints: [] })],
      },
    },
    {
      name: "the pod went away between the two lists",
      given: {
        services,
        nodes,
        pods: [pod()],
        endpointSlices: [slice({ endpoints: [one, entry("web-9", "10.244.9.9")] })],
      },
    },
    {
      name: "terminating, and gone by now",
      given: {
        services,
        nodes,
        pods: [pod()],
        endpointSlices: [slice({ endpoints: [one, entry("web-9", "10.244.9.9", "u", false)] })],
      },
    },
    {
      name: "made anew just now",
      given: {
        services,
        nodes,
        pods: [pod({ metadata: { creationTimestamp: ago(5) }, status: { conditions: justReady } })],
        endpointSlices: [slice({ endpoints: [entry("web-1", "10.244.1.14", "uid-before")] })],
      },
    },
    {
      name: "pods on the host network share the node's address",
      given: {
        services,
        nodes,
        pods: [pod({ spec: { hostNetwork: true } })],
        endpointSlices: [slice({ endpoints: [one, entry("web-9", "10.244.1.15")] })],
      },
    },
    {
      name: "a slice of another manager",
      given: {
        services,
        nodes,
        pods: [pod()],
        endpointSlices: [
          slice(),
          slice({
            metadata: { name: "x", labels: { "kubernetes.io/service-name": "web" } },
            endpoints: [entry("web-9", "10.244.1.15")],
          }),
        ],
      },
    },
    {
      name: "the Service is seconds old",
      given: {
        services: [service({ metadata: { creationTimestamp: ago(10) } })],
        nodes,
        pods: [pod()],
        endpointSlices: [],
      },
    },
    {
      name: "no selector",
      given: { services: [service({ spec: { selector: {} } })], nodes, pods: [pod()], endpointSlices: [] },
      status: "skipped",
    },
    {
      name: "pods without status",
      given: {
        services,
        nodes,
        pods: [{ kind: "Pod", metadata: { name: "w", namespace: "shop", labels: { app: "web" } } }],
        endpointSlices: [],
      },
      status: "unknown",
    },
  ],
});
