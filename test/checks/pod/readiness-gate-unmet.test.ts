import { check } from "../../../src/checks/pod/readiness-gate-unmet.ts";
import type { Pod } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { brokenPod, manifest, unready } from "../../support/containers.ts";
import { ago, pod } from "../../support/objects.ts";

const GATE = "target-health.example.com/web";

function gated(containersReady: string, ready: string, gate?: string, seconds = 600): Pod {
  const extra = gate === undefined ? [] : [{ type: GATE, status: gate }];
  return pod({
    metadata: { creationTimestamp: ago(seconds) },
    spec: { readinessGates: [{ conditionType: GATE }] },
    status: {
      conditions: [
        { type: "ContainersReady", status: containersReady },
        { type: "Ready", status: ready, reason: "ReadinessGatesNotReady" },
        ...extra,
      ],
    },
  });
}

checkCases(check, {
  fires: [
    {
      name: "nobody writes the condition",
      given: { pods: [gated("True", "False")] },
      expect: ["pod/readiness-gate-unmet error"],
    },
    {
      name: "the controller says False",
      given: { pods: [gated("True", "False", "False")] },
      expect: ["pod/readiness-gate-unmet error"],
    },
    {
      name: "young only by a clock that is the newest time in the dump",
      given: { pods: [gated("True", "False", undefined, 10)], clockIsLowerBound: true },
      expect: ["pod/readiness-gate-unmet warning"],
    },
  ],
  silent: [
    { name: "met", given: { pods: [gated("True", "True", "True")] } },
    {
      name: "the containers are not ready either: the gate is not the cause",
      given: { pods: [gated("False", "False")] },
    },
    { name: "seconds old: the controller needs a moment", given: { pods: [gated("True", "False", undefined, 10)] } },
    { name: "no gates", given: { pods: [brokenPod(unready())] } },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});
