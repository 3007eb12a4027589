import { check } from "../../../src/checks/pod/container-oom-killed.ts";
import { checkCases } from "../../support/checks.ts";
import { backOff, brokenPod, ended, manifest, status } from "../../support/containers.ts";
import { ago, pod } from "../../support/objects.ts";

const oom = (seconds: number) => ended(137, { reason: "OOMKilled", seconds });
const recovered = (seconds: number) =>
  pod({
    status: {
      containerStatuses: [
        status({
          ready: true,
          started: true,
          restartCount: 3,
          state: { running: { startedAt: ago(30) } },
          lastState: { terminated: oom(seconds) },
        }),
      ],
    },
  });

checkCases(check, {
  fires: [
    {
      name: "in a crash loop for it",
      given: { pods: [brokenPod(backOff(3, oom(30)))] },
      expect: ["pod/container-oom-killed error"],
    },
    {
      name: "just killed",
      given: { pods: [brokenPod(status({ state: { terminated: oom(5) } }))] },
      expect: ["pod/container-oom-killed error"],
    },
    {
      name: "runs and is ready again",
      given: { pods: [recovered(600)] },
      expect: ["pod/container-oom-killed warning"],
    },
  ],
  silent: [
    { name: "healthy", given: { pods: [pod()] } },
    { name: "two hours ago", given: { pods: [recovered(7200)] } },
    {
      name: "exit code 137 without the reason is a kill, but not for memory",
      given: { pods: [brokenPod(backOff(3, ended(137)))] },
    },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});
