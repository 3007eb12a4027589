import { check } from "../../../src/checks/node/condition.ts";
import { checkCases } from "../../support/checks.ts";
import { FORBIDDEN } from "../../support/containers.ts";
import { ago, node, pod } from "../../support/objects.ts";

const down = node({
  status: {
    conditions: [{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", lastTransitionTime: ago(600) }],
  },
});
const withCondition = (type: string) =>
  node({
    status: {
      conditions: [
        { type: "Ready", status: "True" },
        { type, status: "True" },
      ],
    },
  });
const other = pod({ metadata: { name: "web-2" }, spec: { nodeName: "node-2" } });

checkCases(check, {
  fires: [
    { name: "the kubelet is silent", given: { pods: [pod()], nodes: [down] }, expect: ["node/not-ready error"] },
    {
      name: "another pod of the app is ready on another node",
      given: { pods: [pod(), other], nodes: [down, node({ metadata: { name: "node-2" } })], scope: { group: true } },
      expect: ["node/not-ready warning"],
    },
    {
      name: "no routes",
      given: { pods: [pod()], nodes: [withCondition("NetworkUnavailable")] },
      expect: ["node/network-unavailable error"],
    },
    {
      name: "short of memory",
      given: { pods: [pod()], nodes: [withCondition("MemoryPressure")] },
      expect: ["node/pressure warning"],
    },
  ],
  silent: [
    { name: "well", given: { pods: [pod()], nodes: [node()] } },
    {
      name: "a node that no judged pod uses",
      given: { pods: [other], nodes: [down, node({ metadata: { name: "node-2" } })] },
    },
    {
      name: "only a finished pod was there",
      given: { pods: [pod({ status: { phase: "Succeeded" } })], nodes: [down] },
      status: "skipped",
    },
    { name: "nodes may not be read", given: { pods: [pod()], nodes: FORBIDDEN }, status: "unknown" },
  ],
});
