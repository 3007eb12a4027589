import assert from "node:assert/strict";
import { it } from "node:test";
import { check } from "../../../src/checks/pod/container-crash-loop.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { backOff, brokenPod, ended, log, manifest, status, unready } from "../../support/containers.ts";
import { ago, pod } from "../../support/objects.ts";

const terminated = (exitCode: number, restartCount: number, ran = 2) =>
  status({ restartCount, state: { terminated: ended(exitCode, { ran, seconds: 5 }) } });

checkCases(check, {
  fires: [
    {
      name: "waiting in back-off",
      given: { pods: [brokenPod(backOff(4))] },
      expect: ["pod/container-crash-loop error"],
    },
    {
      name: "it has just ended again",
      given: { pods: [brokenPod(terminated(1, 4))] },
      expect: ["pod/container-crash-loop error"],
    },
    {
      name: "a server whose command returns with 0 again and again",
      given: { pods: [brokenPod(terminated(0, 4))] },
      expect: ["pod/container-crash-loop error"],
    },
    {
      name: "started again seconds ago, not ready yet",
      given: {
        pods: [
          brokenPod(
            unready(3, { started: false, restartCount: 5, lastState: { terminated: ended(1, { seconds: 60 }) } }),
          ),
        ],
      },
      expect: ["pod/container-crash-loop error"],
    },
    {
      name: "a sidecar in a crash loop counts",
      given: {
        pods: [
          brokenPod(status({ ready: true, started: true, state: { running: { startedAt: ago(500) } } }), {
            spec: {
              containers: [{ name: "web" }],
              initContainers: [{ name: "proxy", restartPolicy: "Always" }],
            },
            status: { initContainerStatuses: [{ ...backOff(3), name: "proxy" }] },
          }),
        ],
      },
      expect: ["pod/container-crash-loop error"],
    },
  ],
  silent: [
    { name: "running and ready", given: { pods: [pod()] } },
    { name: "its first end is no loop", given: { pods: [brokenPod(terminated(1, 0))] } },
    {
      name: "it ended after more than ten minutes: the kubelet restarts it at once",
      given: { pods: [brokenPod(terminated(1, 4, 3600))] },
    },
    {
      name: "it is not restarted, so it cannot loop",
      given: {
        pods: [brokenPod(terminated(1, 1), { spec: { restartPolicy: "Never", containers: [{ name: "web" }] } })],
      },
    },
    {
      name: "running for a minute after several crashes: it may have recovered",
      given: {
        pods: [brokenPod(unready(60, { restartCount: 5, lastState: { terminated: ended(1, { seconds: 70 }) } }))],
      },
    },
    {
      name: "a plain init in back-off has a check of its own",
      given: {
        pods: [
          pod({
            spec: { containers: [{ name: "web" }], initContainers: [{ name: "migrate" }] },
            status: {
              phase: "Pending",
              containerStatuses: [],
              initContainerStatuses: [{ ...backOff(3), name: "migrate" }],
            },
          }),
        ],
      },
    },
    { name: "on its way out", given: { pods: [brokenPod(backOff(4), { metadata: { deletionTimestamp: ago(-10) } })] } },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});

it("shows the decisive lines of the run before, without credentials, and never calls 137 an OOM kill by itself", () => {
  const { findings } = runCheck(check, {
    pods: [brokenPod(backOff(4, ended(137)))],
    logs: [log(["connecting to postgres://shop:hunter2@db/shop", "fatal: no route to db"])],
  });
  const said = findings[0]?.evidence.map(({ v }) => v).join("\n") ?? "";
  assert.match(said, /fatal: no route to db/);
  assert.doesNotMatch(said, /hunter2/);
  assert.match(findings[0]?.summary ?? "", /exit code 137 \(killed with SIGKILL, and not marked OOMKilled/);
});
