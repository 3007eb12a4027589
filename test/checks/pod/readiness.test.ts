import assert from "node:assert/strict";
import { it } from "node:test";
import { check } from "../../../src/checks/pod/readiness.ts";
import type { Probe } from "../../../src/model/kube.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { backOff, brokenPod, ended, manifest, status, unready } from "../../support/containers.ts";
import { ago, event, pod, service } from "../../support/objects.ts";

const HTTP: Probe = { httpGet: { path: "/healthz", port: 8080 } };
const probed = { spec: { containers: [{ name: "web", readinessProbe: HTTP }] } };
const startup = {
  spec: { containers: [{ name: "web", startupProbe: { ...HTTP, failureThreshold: 6 }, readinessProbe: HTTP }] },
};
const failing = event(pod(), {
  reason: "Unhealthy",
  message: "Readiness probe failed: HTTP probe failed with statuscode: 404",
  count: 12,
});
const notUp = event(pod(), { reason: "Unhealthy", message: "Startup probe failed: connection refused" });
const running = (seconds: number, restartCount = 0) =>
  status({ restartCount, state: { running: { startedAt: ago(seconds) } } });

checkCases(check, {
  fires: [
    {
      name: "the path answers 404",
      given: { pods: [brokenPod(unready(), probed)], events: [failing] },
      expect: ["pod/readiness-probe-failing error"],
    },
    {
      name: "no fault when every Service that selects the pod publishes unready addresses: they get their traffic",
      given: {
        pods: [brokenPod(unready(), probed)],
        events: [failing],
        services: { state: "ok", items: [service({ spec: { publishNotReadyAddresses: true } })] },
      },
      expect: ["pod/readiness-probe-failing info"],
    },
    {
      name: "a fault again when another Service that selects it does not",
      given: {
        pods: [brokenPod(unready(), probed)],
        events: [failing],
        services: {
          state: "ok",
          items: [service({ spec: { publishNotReadyAddresses: true } }), service({ metadata: { name: "web-2" } })],
        },
      },
      expect: ["pod/readiness-probe-failing error"],
    },
    {
      name: "the events have expired, the status still says it",
      given: { pods: [brokenPod(unready(), probed)], events: [] },
      expect: ["pod/readiness-probe-failing error"],
    },
    {
      name: "the new pod of a rollout whose old pod serves",
      given: {
        pods: [
          brokenPod(unready(300), {
            ...probed,
            metadata: {
              name: "web-2",
              ownerReferences: owner("web-b"),
              labels: { "pod-template-hash": "b" },
              creationTimestamp: ago(300),
            },
          }),
          pod({ metadata: { ownerReferences: owner("web-a"), labels: { "pod-template-hash": "a" } } }),
        ],
        scope: { group: true },
      },
      expect: ["pod/readiness-probe-failing info"],
    },
    {
      name: "the startup probe has used up its time",
      given: { pods: [brokenPod(running(90), startup)] },
      expect: ["pod/startup-probe-failing error"],
    },
    {
      name: "in back-off, killed for its startup probe",
      given: {
        pods: [brokenPod(backOff(7, ended(143)), startup)],
        events: [
          event(pod(), {
            reason: "Killing",
            message: "Container web failed startup probe, will be restarted",
            seconds: 900,
          }),
        ],
      },
      expect: ["pod/startup-probe-failing error"],
    },
    {
      name: "restarted for its startup probe, which fails again",
      given: {
        pods: [brokenPod(running(50, 2), startup)],
        events: [
          notUp,
          event(pod(), { reason: "Killing", message: "Container web failed startup probe, will be restarted" }),
        ].map((e) => ({ ...e, lastTimestamp: ago(10) })),
      },
      expect: ["pod/startup-probe-failing error"],
    },
    {
      name: "within its start by a clock that is only the newest time in the dump",
      given: { pods: [brokenPod(unready(20), probed)], clockIsLowerBound: true },
      expect: ["pod/readiness-probe-failing warning"],
    },
  ],
  silent: [
    {
      name: "probed every second, and started five seconds ago: no app is faster than its probe",
      given: {
        pods: [
          brokenPod(status({ started: true, ready: false, state: { running: { startedAt: ago(5) } } }), {
            spec: { containers: [{ name: "web", readinessProbe: { ...HTTP, periodSeconds: 1 } }] },
          }),
        ],
        events: [{ ...failing, lastTimestamp: ago(1) }],
      },
    },
    { name: "ready", given: { pods: [pod()], events: [] } },
    {
      name: "within initialDelay + period × failures",
      given: { pods: [brokenPod(unready(20), probed)], events: [failing] },
    },
    { name: "within the startup probe's time", given: { pods: [brokenPod(running(30), startup)], events: [notUp] } },
    {
      name: "in a crash loop: readiness is no story then",
      given: { pods: [brokenPod(backOff(4), probed)], events: [failing] },
    },
    {
      name: "just started again in a crash loop",
      given: {
        pods: [
          brokenPod(unready(4, { restartCount: 6, lastState: { terminated: ended(1, { seconds: 60 }) } }), probed),
        ],
        events: [failing],
      },
    },
    { name: "no readiness probe", given: { pods: [brokenPod(unready())], events: [] } },
    {
      name: "the node controller marked it on a lost node; its containers were ready",
      given: { pods: [brokenPod(unready(600, { ready: true }), probed)], events: [failing] },
    },
    {
      name: "on its way out",
      given: { pods: [brokenPod(unready(), { ...probed, metadata: { deletionTimestamp: ago(-9) } })] },
    },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});

function owner(name: string) {
  return [{ apiVersion: "apps/v1", kind: "ReplicaSet", name, uid: name, controller: true }];
}

it("says what the kubelet saw, and leaves out an event of the run before", () => {
  const summaryWith = (seconds: number): string =>
    runCheck(check, {
      pods: [brokenPod(unready(120), probed)],
      events: [{ ...failing, lastTimestamp: ago(seconds) }],
    }).findings[0]?.summary ?? "";
  assert.match(summaryWith(60), /fails: the app answers 404$/);
  assert.doesNotMatch(summaryWith(200), /404/);
});
