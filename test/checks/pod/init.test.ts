import assert from "node:assert/strict";
import { it } from "node:test";
import { check } from "../../../src/checks/pod/init.ts";
import type { Container, ContainerStatus, Pod } from "../../../src/model/kube.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { backOff, ended, manifest, pendingPod, status, waiting } from "../../support/containers.ts";
import { ago, pod } from "../../support/objects.ts";
import { ownedBy } from "../../support/workloads.ts";

const MIGRATE: Container = { name: "migrate", command: ["sh", "-c", "until nc -z db 5432; do sleep 1; done"] };
const PROXY: Container = { name: "proxy", restartPolicy: "Always", startupProbe: { tcpSocket: { port: 1 } } };

function behind(init: Container, state: Partial<ContainerStatus>): Pod {
  return pendingPod([waiting("PodInitializing")], {
    spec: { initContainers: [init], containers: [{ name: "web" }] },
    status: { initContainerStatuses: [{ ...status(state), name: init.name ?? "" }] },
  });
}

const running = (seconds: number) => ({ state: { running: { startedAt: ago(seconds) } } });

const surging = (seconds: number): Pod => {
  const one = behind(MIGRATE, running(seconds));
  return {
    ...one,
    metadata: { ...one.metadata, ...ownedBy("web", "new"), name: "web-2", creationTimestamp: ago(seconds) },
  };
};

checkCases(check, {
  fires: [
    {
      name: "an init ended with an error",
      given: { pods: [behind(MIGRATE, { state: { terminated: ended(1) } })] },
      expect: ["pod/init-failed error"],
    },
    { name: "an init in back-off", given: { pods: [behind(MIGRATE, backOff(3))] }, expect: ["pod/init-failed error"] },
    {
      name: "an init runs for five minutes",
      given: { pods: [behind(MIGRATE, running(300))] },
      expect: ["pod/init-waiting warning"],
    },
    {
      name: "an init runs for an hour",
      given: { pods: [behind(MIGRATE, running(3600))] },
      expect: ["pod/init-waiting error"],
    },
    {
      name: "a sidecar whose startup probe does not succeed",
      given: { pods: [behind(PROXY, running(300))] },
      expect: ["pod/sidecar-not-started error"],
    },
    {
      name: "a sidecar restarted a moment ago, again without coming up",
      given: { pods: [behind(PROXY, { restartCount: 1, ...running(10) })] },
      expect: ["pod/sidecar-not-started error"],
    },
    {
      name: "an init of the new pod of a rollout, whose old pod serves",
      given: {
        pods: [surging(300), pod({ metadata: ownedBy("web", "old") })],
        scope: { group: true },
      },
      expect: ["pod/init-waiting info"],
    },
    {
      name: "the same for longer than a rollout may take",
      given: {
        pods: [surging(900), pod({ metadata: ownedBy("web", "old") })],
        scope: { group: true },
      },
      expect: ["pod/init-waiting warning"],
    },
    {
      name: "an init of the pods behind a Service: they do not serve",
      given: { pods: [behind(MIGRATE, running(300))], scope: { group: true } },
      expect: ["pod/init-waiting error"],
    },
  ],
  silent: [
    { name: "no inits", given: { pods: [pod()] } },
    { name: "an init that has run for a minute", given: { pods: [behind(MIGRATE, running(60))] } },
    { name: "a sidecar that has run for a minute", given: { pods: [behind(PROXY, running(60))] } },
    {
      name: "an init that ended well, and a sidecar that has started",
      given: {
        pods: [behind(MIGRATE, { state: { terminated: ended(0) } }), behind(PROXY, { started: true, ...running(300) })],
      },
    },
    {
      name: "native sidecar and finished init of a healthy pod",
      given: {
        pods: [
          pod({
            spec: { initContainers: [MIGRATE, PROXY], containers: [{ name: "web" }] },
            status: {
              initContainerStatuses: [
                { ...status({ state: { terminated: ended(0) } }), name: "migrate" },
                { ...status({ started: true, ready: true, ...running(300) }), name: "proxy" },
              ],
            },
          }),
        ],
      },
    },
    {
      name: "a sidecar restarted after the app began blocks nothing",
      given: {
        pods: [
          pod({
            spec: { initContainers: [PROXY], containers: [{ name: "web" }] },
            status: { initContainerStatuses: [{ ...status(running(300)), name: "proxy" }] },
          }),
        ],
      },
    },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});

it("names what the init waits for", () => {
  const { findings } = runCheck(check, { pods: [behind(MIGRATE, running(300))] });
  assert.match(findings[0]?.summary ?? "", /it seems to wait for db$/);
});
