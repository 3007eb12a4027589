import { check } from "../../../src/checks/pod/readiness-flapping.ts";
import type { Pod } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { manifest } from "../../support/containers.ts";
import { ago, event, pod } from "../../support/objects.ts";

const readySince = (seconds: number, startedAgo = 3000): Pod =>
  pod({
    status: {
      conditions: [{ type: "Ready", status: "True", lastTransitionTime: ago(seconds) }],
      containerStatuses: [
        {
          name: "web",
          ready: true,
          started: true,
          restartCount: 0,
          image: "",
          imageID: "",
          state: { running: { startedAt: ago(startedAgo) } },
        },
      ],
    },
  });
const failures = (count: number, seconds = 90) =>
  event(pod(), { reason: "Unhealthy", message: "Readiness probe failed: context deadline exceeded", count, seconds });

checkCases(check, {
  fires: [
    {
      name: "ready a minute ago after many failures",
      given: { pods: [readySince(60)], events: [failures(9)] },
      expect: ["pod/readiness-flapping warning"],
    },
  ],
  silent: [
    { name: "ready for long", given: { pods: [readySince(600)], events: [failures(9)] } },
    { name: "two failures", given: { pods: [readySince(60)], events: [failures(2)] } },
    { name: "old failures", given: { pods: [readySince(60)], events: [failures(9, 3000)] } },
    {
      name: "it has only just started: failures before the first success are normal",
      given: { pods: [readySince(60, 100)], events: [failures(9)] },
    },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});
