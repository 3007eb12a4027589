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
  ],
  silent: [
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
