import assert from "node:assert/strict";
import { it } from "node:test";
import { schedulingCauses } from "../../../src/checks/pod/_scheduling.ts";
import { check } from "../../../src/checks/pod/scheduling.ts";
import type { Pod } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { manifest } from "../../support/containers.ts";
import { ago, event, pod } from "../../support/objects.ts";

const CPU =
  "0/3 nodes are available: 1 node(s) had untolerated taint {a: b}, 2 Insufficient cpu. preemption: 0/3 nodes are available.";
const PORTS = "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.";

function unplaced(message: string, seconds = 120, spec: Pod["spec"] = {}): Pod {
  return pod({
    metadata: { creationTimestamp: ago(seconds) },
    spec: { nodeName: "", ...spec },
    status: {
      phase: "Pending",
      podIPs: [],
      conditions: [
        { type: "PodScheduled", status: "False", reason: "Unschedulable", message, lastTransitionTime: ago(seconds) },
      ],
      containerStatuses: [],
    },
  });
}

checkCases(check, {
  fires: [
    { name: "too little cpu, and a taint", given: { pods: [unplaced(CPU)] }, expect: ["pod/unscheduled error"] },
    {
      name: "the scheduler fails by itself (reason SchedulerError): the pod has no node either",
      given: {
        pods: [
          pod({
            spec: { nodeName: "" },
            status: {
              phase: "Pending",
              conditions: [
                { type: "PodScheduled", status: "False", reason: "SchedulerError", message: "binding rejected" },
              ],
            },
          }),
        ],
      },
      expect: ["pod/unscheduled error"],
    },
    {
      name: "the autoscaler is adding a node: a warning",
      given: {
        pods: [unplaced(CPU)],
        events: [
          event(unplaced(CPU), { reason: "TriggeredScaleUp", seconds: 60 }),
          event(unplaced(CPU), { reason: "FailedScheduling", seconds: 100 }),
        ],
      },
      expect: ["pod/unscheduled warning"],
    },
    {
      name: "the scale-up came before the last failure, so it did not help",
      given: {
        pods: [unplaced(CPU)],
        events: [
          event(unplaced(CPU), { reason: "TriggeredScaleUp", seconds: 100 }),
          event(unplaced(CPU), { reason: "FailedScheduling", seconds: 60 }),
        ],
      },
      expect: ["pod/unscheduled error"],
    },
    {
      name: "scheduling gates",
      given: {
        pods: [
          pod({
            spec: { nodeName: "", schedulingGates: [{ name: "example.com/quota" }] },
            status: {
              phase: "Pending",
              conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }],
            },
          }),
        ],
      },
      expect: ["pod/scheduling-gated error"],
    },
    {
      name: "its scheduler is not there",
      given: {
        pods: [pod({ spec: { nodeName: "", schedulerName: "mine" }, status: { phase: "Pending", conditions: [] } })],
      },
      expect: ["pod/no-scheduler error"],
    },
    {
      name: "the host port is taken everywhere",
      given: {
        pods: [unplaced(PORTS, 120, { containers: [{ name: "web", ports: [{ containerPort: 80, hostPort: 80 }] }] })],
      },
      expect: ["pod/host-port-conflict error"],
    },
    {
      name: "the node refused it for its host port",
      given: {
        pods: [pod({ status: { phase: "Failed", reason: "NodePorts", message: "Pod Predicate NodePorts failed" } })],
      },
      expect: ["pod/host-port-conflict error"],
    },
    {
      name: "seconds old by a clock that is only the newest time in the dump",
      given: { pods: [unplaced(CPU, 10)], clockIsLowerBound: true },
      expect: ["pod/unscheduled error"],
    },
  ],
  silent: [
    { name: "running", given: { pods: [pod()] } },
    { name: "unschedulable for seconds only: the next try may place it", given: { pods: [unplaced(CPU, 10)] } },
    {
      name: "created a moment ago, no scheduler has looked yet",
      given: {
        pods: [
          pod({
            metadata: { creationTimestamp: ago(5) },
            spec: { nodeName: "" },
            status: { phase: "Pending", conditions: [] },
          }),
        ],
      },
    },
    { name: "a manifest has no status to judge", given: { pods: [manifest()] }, status: "unknown" },
    { name: "no pods", given: { pods: [] }, status: "skipped" },
  ],
});

it("reads what newer schedulers append as no cause", () => {
  const tails = [
    "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No victims.",
    "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No victims.",
    "0/2 nodes are available: 2 Insufficient cpu. not found",
  ];
  for (const message of tails)
    assert.deepEqual(schedulingCauses(message), [{ kind: "resources", text: "2 Insufficient cpu" }]);
  assert.equal(
    schedulingCauses('0/2 nodes are available: persistentvolumeclaim "data" not found. not found')[0]?.text,
    'persistentvolumeclaim "data" not found',
  );
});
