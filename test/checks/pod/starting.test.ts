import { check } from "../../../src/checks/pod/starting.ts";
import { checkCases } from "../../support/checks.ts";
import { backOff, brokenPod, manifest, pendingPod, unready, waiting } from "../../support/containers.ts";
import { ago, pod } from "../../support/objects.ts";

const PROBED = {
  spec: { containers: [{ name: "web", readinessProbe: { initialDelaySeconds: 30, tcpSocket: { port: 1 } } }] },
};

checkCases(check, {
  fires: [
    {
      name: "within the time of its readiness probe",
      given: { pods: [brokenPod(unready(45), PROBED)] },
      expect: ["pod/starting info"],
    },
    {
      name: "being created for a minute",
      given: { pods: [pendingPod([waiting("ContainerCreating")], { seconds: 60 })] },
      expect: ["pod/starting info"],
    },
    {
      name: "ten seconds old",
      given: { pods: [brokenPod(unready(8), { metadata: { creationTimestamp: ago(10) } })] },
      expect: ["pod/starting info"],
    },
  ],
  silent: [
    { name: "ready", given: { pods: [pod()] } },
    { name: "its probe has had its time", given: { pods: [brokenPod(unready(90), PROBED)] } },
    {
      name: "young, but in a crash loop",
      given: { pods: [brokenPod(backOff(1), { metadata: { creationTimestamp: ago(20) } })] },
    },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});
