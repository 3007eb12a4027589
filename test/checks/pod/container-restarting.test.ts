import { check } from "../../../src/checks/pod/container-restarting.ts";
import type { Pod } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { backOff, brokenPod, ended, manifest, status } from "../../support/containers.ts";
import { ago, pod } from "../../support/objects.ts";

function restarted(
  restarts: number,
  seconds: number,
  given: { name?: string; exitCode?: number; reason?: string } = {},
): Pod {
  const { name = "web-1", exitCode = 1, reason } = given;
  return pod({
    metadata: { name },
    status: {
      containerStatuses: [
        status({
          ready: true,
          started: true,
          restartCount: restarts,
          state: { running: { startedAt: ago(seconds - 10) } },
          lastState: { terminated: ended(exitCode, { seconds, ...(reason === undefined ? {} : { reason }) }) },
        }),
      ],
    },
  });
}

checkCases(check, {
  fires: [
    {
      name: "five times, the last one minutes ago",
      given: { pods: [restarted(5, 300)] },
      expect: ["pod/container-restarting warning"],
    },
    { name: "hours ago", given: { pods: [restarted(5, 7200)] }, expect: ["pod/container-restarted info"] },
    {
      name: "the node was restarted: its other pod came up at the same time",
      given: { pods: [restarted(3, 300), restarted(4, 320, { name: "api-1" })] },
      expect: ["pod/container-restarted info", "pod/container-restarted info"],
    },
    {
      name: "the runtime lost its state in a restart of the node",
      given: { pods: [restarted(3, 300, { exitCode: 255, reason: "Unknown" })] },
      expect: ["pod/container-restarted info"],
    },
    {
      name: "another pod of the node was not restarted, so it was not the node",
      given: { pods: [restarted(3, 300), pod({ metadata: { name: "api-1" } })] },
      expect: ["pod/container-restarting warning"],
    },
  ],
  silent: [
    { name: "never restarted", given: { pods: [pod()] } },
    { name: "restarted twice: that happens", given: { pods: [restarted(2, 300)] } },
    { name: "in a crash loop: that is said already", given: { pods: [brokenPod(backOff(9))] } },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});
