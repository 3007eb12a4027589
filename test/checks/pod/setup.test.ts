import { check } from "../../../src/checks/pod/setup.ts";
import { checkCases } from "../../support/checks.ts";
import { ended, FORBIDDEN, manifest, pendingPod, status, unready, waiting } from "../../support/containers.ts";
import { ago, event, pod } from "../../support/objects.ts";

const creating = pendingPod([waiting("ContainerCreating")]);
const MOUNT = 'MountVolume.SetUp failed for volume "cfg" : configmap "web-config" not found';

checkCases(check, {
  fires: [
    {
      name: "no free address on the node",
      given: {
        pods: [creating],
        events: [
          event(creating, {
            reason: "FailedCreatePodSandBox",
            message: "failed to allocate for range 0: no IP addresses available",
          }),
        ],
      },
      expect: ["pod/sandbox-failed error"],
    },
    {
      name: "a ConfigMap volume that does not exist",
      given: { pods: [creating], events: [event(creating, { reason: "FailedMount", message: MOUNT })] },
      expect: ["pod/volume-blocked error"],
    },
    {
      name: "an attachment that fails, for a pod that waits behind nothing else",
      given: {
        pods: [creating],
        events: [event(creating, { reason: "FailedAttachVolume", message: 'Multi-Attach error for volume "pvc-1"' })],
      },
      expect: ["pod/volume-blocked error"],
    },
    {
      name: "slow, and no event says why",
      given: { pods: [creating], events: [] },
      expect: ["pod/creating-slow warning"],
    },
    {
      name: "the kubelet has not reported at all",
      given: { pods: [pendingPod([])], events: [] },
      expect: ["pod/creating-slow warning"],
    },
    {
      name: "a large image is being pulled",
      given: { pods: [creating], events: [event(creating, { reason: "Pulling", type: "Normal", seconds: 300 })] },
      expect: ["pod/creating-slow info"],
    },
    {
      name: "running without an address",
      given: { pods: [pod({ status: { podIP: "", podIPs: [] } })], events: [] },
      expect: ["pod/no-ip error"],
    },
    {
      name: "beside a sidecar that runs, the app is not created for minutes",
      given: {
        pods: [
          pendingPod([waiting("PodInitializing")], {
            spec: {
              nodeName: "node-1",
              initContainers: [{ name: "proxy", restartPolicy: "Always" }],
              containers: [{ name: "web" }],
            },
            status: {
              initContainerStatuses: [unready(590, { name: "proxy", ready: true })],
            },
          }),
        ],
        events: [],
      },
      expect: ["pod/creating-slow warning"],
    },
  ],
  silent: [
    {
      name: "being created in a dump without a clock: starting or stuck is not known",
      given: {
        pods: [pendingPod([waiting("ContainerCreating")], { seconds: 60 })],
        events: [],
        clockIsLowerBound: true,
      },
      status: "unknown",
    },
    { name: "running with an address", given: { pods: [pod()], events: [] } },
    {
      name: "being created for a minute only",
      given: { pods: [pendingPod([waiting("ContainerCreating")], { seconds: 60 })], events: [] },
    },
    {
      name: "the mount worked in the end: a later Started takes the failure back",
      given: {
        pods: [pendingPod([waiting("ContainerCreating")], { seconds: 60 })],
        events: [
          event(creating, { reason: "FailedMount", message: MOUNT, seconds: 50 }),
          event(creating, { reason: "Started", type: "Normal", seconds: 10 }),
        ],
      },
    },
    {
      name: "the disk was attached after the failure",
      given: {
        pods: [pendingPod([waiting("ContainerCreating")], { seconds: 60 })],
        events: [
          event(creating, { reason: "FailedAttachVolume", seconds: 50 }),
          event(creating, { reason: "SuccessfulAttachVolume", type: "Normal", seconds: 30 }),
        ],
      },
    },
    {
      name: "the event is about an earlier pod of the same name",
      given: {
        pods: [pendingPod([waiting("ContainerCreating")], { seconds: 60 })],
        events: [event(pod({ metadata: { uid: "uid-before" } }), { reason: "FailedMount", message: MOUNT })],
      },
    },
    {
      name: "the app waits behind an init that runs or fails: that is another check's",
      given: {
        pods: [
          pendingPod([waiting("PodInitializing")], {
            spec: { initContainers: [{ name: "migrate" }] },
            status: { initContainerStatuses: [status({ name: "migrate", state: { terminated: ended(1) } })] },
          }),
        ],
        events: [],
      },
    },
    {
      name: "not scheduled yet",
      given: { pods: [pendingPod([], { spec: { nodeName: "" } })], events: [] },
    },
    {
      name: "events may not be read: why it is slow stays unknown",
      given: { pods: [creating], events: FORBIDDEN },
      status: "unknown",
    },
    {
      name: "hand-made status without any sign of a kubelet",
      given: { pods: [{ ...pod(), status: { phase: "Running" } }], events: [] },
    },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
    {
      name: "on its way out",
      given: { pods: [pod({ metadata: { deletionTimestamp: ago(1) }, status: { podIPs: [], podIP: "" } })] },
    },
  ],
});
