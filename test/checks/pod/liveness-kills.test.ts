import { check } from "../../../src/checks/pod/liveness-kills.ts";
import type { Container } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { backOff, brokenPod, ended, FORBIDDEN, manifest, status } from "../../support/containers.ts";
import { ago, event, pod } from "../../support/objects.ts";

const WEB: Container = { name: "web", livenessProbe: { httpGet: { path: "/live", port: 8080 } } };
const restarted = pod({
  spec: { containers: [WEB] },
  status: {
    containerStatuses: [
      status({
        ready: true,
        started: true,
        restartCount: 2,
        state: { running: { startedAt: ago(60) } },
        lastState: { terminated: ended(143, { seconds: 65 }) },
      }),
    ],
  },
});
const kill = (seconds = 70) =>
  event(pod(), {
    reason: "Killing",
    type: "Normal",
    message: "Container web failed liveness probe, will be restarted",
    seconds,
  });

checkCases(check, {
  fires: [
    {
      name: "killed, and ready again",
      given: { pods: [restarted], events: [kill()] },
      expect: ["pod/liveness-kills warning"],
    },
    {
      name: "killed into a crash loop",
      given: { pods: [brokenPod(backOff(4, ended(137)), { spec: { containers: [WEB] } })], events: [kill()] },
      expect: ["pod/liveness-kills error"],
    },
    {
      name: "in back-off the kubelet's last word may be old",
      given: { pods: [brokenPod(backOff(9, ended(137)), { spec: { containers: [WEB] } })], events: [kill(1200)] },
      expect: ["pod/liveness-kills error"],
    },
    {
      name: "the probe's failures are seen, the kill is not",
      given: {
        pods: [restarted],
        events: [event(pod(), { reason: "Unhealthy", message: "Liveness probe failed: timeout" })],
      },
      expect: ["pod/liveness-kills warning"],
    },
  ],
  silent: [
    { name: "never restarted", given: { pods: [pod({ spec: { containers: [WEB] } })], events: [kill()] } },
    { name: "half an hour ago", given: { pods: [restarted], events: [kill(1800)] } },
    { name: "restarted for another reason", given: { pods: [restarted], events: [] } },
    {
      name: "stopped because the pod was deleted",
      given: { pods: [restarted], events: [event(pod(), { reason: "Killing", message: "Stopping container web" })] },
    },
    { name: "events may not be read", given: { pods: [restarted], events: FORBIDDEN }, status: "unknown" },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});
