import { check } from "../../../src/checks/svc/internal-local.ts";
import { checkCases } from "../../support/checks.ts";
import { node, service, slice } from "../../support/objects.ts";

const local = service({ spec: { internalTrafficPolicy: "Local" } });
const two = node({ metadata: { name: "node-2" } });

checkCases(check, {
  fires: [
    {
      name: "a node without an endpoint",
      given: { services: [local], endpointSlices: [slice()], nodes: [node(), two] },
      expect: ["svc/internal-local-no-endpoint warning"],
    },
    {
      name: "endpoints that name no node: nobody has one of its own",
      given: {
        services: [local],
        endpointSlices: [slice({ endpoints: [{ addresses: ["192.0.2.10"] }] })],
        nodes: [node(), two],
      },
      expect: ["svc/internal-local-no-endpoint error"],
    },
    {
      name: "the client that was named is on a node without one",
      given: {
        services: [local],
        endpointSlices: [slice()],
        nodes: [node(), two],
        scope: { from: { kind: "pod", namespace: "shop", name: "c", labels: {}, node: "node-2" } },
      },
      expect: ["svc/internal-local-no-endpoint error"],
    },
    {
      name: "the client that was named is on a node with one: a note about the others",
      given: {
        services: [local],
        endpointSlices: [slice()],
        nodes: [node(), two],
        scope: { from: { kind: "pod", namespace: "shop", name: "c", labels: {}, node: "node-1" } },
      },
      expect: ["svc/internal-local-no-endpoint info"],
    },
  ],
  silent: [
    {
      name: "a virtual node has no proxy that could apply the policy",
      given: {
        services: [local],
        endpointSlices: [slice()],
        nodes: [
          node(),
          node({
            metadata: { name: "aci" },
            spec: { taints: [{ key: "virtual-kubelet.io/provider", effect: "NoSchedule" }] },
          }),
        ],
      },
    },
    {
      name: "the endpoints' node joined after the nodes were listed",
      given: { services: [local], endpointSlices: [slice()], nodes: [two] },
      status: "unknown",
    },
    {
      name: "every node has one, as with a DaemonSet",
      given: { services: [local], endpointSlices: [slice()], nodes: [node()] },
    },
    {
      name: "the control plane and cordoned nodes run no ordinary pods",
      given: {
        services: [local],
        endpointSlices: [slice()],
        nodes: [
          node(),
          node({
            metadata: { name: "cp" },
            spec: { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] },
          }),
          node({ metadata: { name: "cordoned" }, spec: { unschedulable: true } }),
        ],
      },
    },
    {
      name: "policy Cluster",
      given: { services: [service()], endpointSlices: [slice()], nodes: [node(), two] },
      status: "skipped",
    },
    {
      name: "headless: the policy concerns cluster IPs",
      given: {
        services: [service({ spec: { clusterIP: "None", internalTrafficPolicy: "Local" } })],
        endpointSlices: [slice()],
        nodes: [two],
      },
      status: "skipped",
    },
    {
      name: "nothing usable at all is another question",
      given: { services: [local], endpointSlices: [slice({ endpoints: [] })], nodes: [two] },
      status: "skipped",
    },
    {
      name: "nodes may not be read",
      given: {
        services: [local],
        endpointSlices: [slice()],
        nodes: { state: "unavailable", reason: "forbidden", detail: "forbidden" },
      },
      status: "unknown",
    },
  ],
});
