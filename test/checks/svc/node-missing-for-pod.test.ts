import { check } from "../../../src/checks/svc/node-missing-for-pod.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, node, pod, service } from "../../support/objects.ts";

const services = [service()];
const elsewhere = pod({ metadata: { name: "web-2" }, spec: { nodeName: "gone" } });

checkCases(check, {
  fires: [
    {
      name: "the node is gone",
      given: { services, pods: [elsewhere], nodes: [node()] },
      expect: ["svc/node-missing-for-pod error"],
    },
    {
      name: "other pods still serve",
      given: { services, pods: [elsewhere, pod()], nodes: [node()] },
      expect: ["svc/node-missing-for-pod warning"],
    },
  ],
  silent: [
    { name: "the node is there", given: { services, pods: [pod()], nodes: [node()] } },
    {
      name: "not ready pods are published, on any node",
      given: { services: [service({ spec: { publishNotReadyAddresses: true } })], pods: [elsewhere], nodes: [node()] },
    },
    {
      name: "a finished pod",
      given: { services, pods: [pod({ spec: { nodeName: "gone" }, status: { phase: "Failed" } })], nodes: [] },
    },
    {
      name: "the node joined after the nodes were listed",
      given: {
        services,
        pods: [
          pod({
            spec: { nodeName: "new" },
            status: { conditions: [{ type: "PodScheduled", status: "True", lastTransitionTime: ago(3) }] },
          }),
        ],
        nodes: [node()],
      },
    },
    {
      name: "nodes may not be read",
      given: { services, pods: [elsewhere], nodes: { state: "unavailable", reason: "forbidden", detail: "forbidden" } },
      status: "unknown",
    },
  ],
});
