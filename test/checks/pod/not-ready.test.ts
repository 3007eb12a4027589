import { check } from "../../../src/checks/pod/not-ready.ts";
import { checkCases } from "../../support/checks.ts";
import { brokenPod, ended, manifest, pendingPod, status, unready, waiting } from "../../support/containers.ts";
import { ago, pod, service } from "../../support/objects.ts";

const headless = service({ spec: { clusterIP: "None", selector: { app: "web" }, publishNotReadyAddresses: true } });
const deployed = (name: string, hash: string) => ({
  name,
  labels: { app: "web", "pod-template-hash": hash },
  ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: `web-${hash}`, uid: hash, controller: true }],
});

checkCases(check, {
  fires: [
    {
      name: "not ready, and nothing else says why",
      given: { pods: [brokenPod(unready())] },
      expect: ["pod/not-ready error"],
    },
    {
      name: "every Service that selects it publishes addresses that are not ready",
      given: { pods: [brokenPod(unready())], services: [headless] },
      expect: ["pod/not-ready info"],
    },
    {
      name: "one of its Services does not",
      given: { pods: [brokenPod(unready())], services: [headless, service({ metadata: { name: "web-lb" } })] },
      expect: ["pod/not-ready error"],
    },
    {
      name: "the surging pod of a rollout whose other pod serves",
      given: {
        pods: [
          brokenPod(unready(300), { metadata: { ...deployed("web-2", "b"), creationTimestamp: ago(300) } }),
          pod({ metadata: deployed("web-1", "a") }),
        ],
        scope: { group: true },
      },
      expect: ["pod/not-ready info"],
    },
    {
      name: "a new pod that has been coming up for longer than a rollout may take: it is stuck",
      given: {
        pods: [
          brokenPod(unready(900), { metadata: { ...deployed("web-2", "b"), creationTimestamp: ago(900) } }),
          pod({ metadata: deployed("web-1", "a") }),
        ],
        scope: { group: true },
      },
      // One pod alone: beside ready ones the engine makes it a warning.
      expect: ["pod/not-ready warning"],
    },
    {
      name: "Pending for minutes for a reason that nobody knows",
      given: { pods: [pendingPod([waiting("FutureReason")])] },
      expect: ["pod/not-ready error"],
    },
    {
      name: "scheduled, they say, but without a node",
      given: { pods: [pendingPod([], { spec: { nodeName: "" } })] },
      expect: ["pod/not-ready error"],
    },
    {
      name: "young only by a clock that is the newest time in the dump: possible, never passed over",
      given: {
        pods: [brokenPod(unready(8), { metadata: { creationTimestamp: ago(10) } })],
        clockIsLowerBound: true,
      },
      expect: ["pod/not-ready warning"],
    },
  ],
  silent: [
    {
      name: "the pods were not read: nothing is known, which is not the same as none is unready",
      given: { pods: { state: "unavailable", reason: "not-in-dump", detail: "the dump holds no pods" } },
      status: "unknown",
    },
    {
      name: "a phase that the API does not have",
      given: { pods: [pod({ status: { phase: "CrashLoopBackOff" } })] },
      status: "unknown",
    },
    { name: "ready", given: { pods: [pod()] } },
    { name: "ten seconds old", given: { pods: [brokenPod(unready(8), { metadata: { creationTimestamp: ago(10) } })] } },
    {
      name: "Pending since nobody knows when",
      given: {
        pods: [pendingPod([waiting("FutureReason")], { metadata: { creationTimestamp: undefined } as object })],
      },
      status: "unknown",
    },
    {
      name: "an unknown reason, but only for a minute",
      given: { pods: [pendingPod([waiting("FutureReason")], { seconds: 60 })] },
    },
    {
      name: "without a node: the scheduler's word is judged elsewhere",
      given: {
        pods: [
          pendingPod([], {
            spec: { nodeName: "" },
            status: {
              phase: "Pending",
              conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }],
            },
          }),
        ],
      },
    },
    { name: "not running yet", given: { pods: [pendingPod([])] } },
    { name: "has ended", given: { pods: [pod({ status: { phase: "Failed", conditions: [] } })] } },
    { name: "on its way out", given: { pods: [brokenPod(unready(), { metadata: { deletionTimestamp: ago(-9) } })] } },
    {
      name: "within the time of its readiness probe",
      given: {
        pods: [
          brokenPod(unready(20), {
            spec: { containers: [{ name: "web", readinessProbe: { tcpSocket: { port: 1 } } }] },
          }),
        ],
      },
    },
    {
      name: "its container ended a moment ago and is restarted",
      given: { pods: [brokenPod(status({ state: { terminated: ended(1, { seconds: 3 }) } }))] },
    },
    {
      name: "hand-made status that says nothing about readiness",
      given: { pods: [{ ...pod(), status: { phase: "Running" } }] },
      status: "unknown",
    },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});
