import { check } from "../../../src/checks/pod/container-exited.ts";
import { checkCases } from "../../support/checks.ts";
import { backOff, brokenPod, ended, manifest, status } from "../../support/containers.ts";
import { pod } from "../../support/objects.ts";

const gone = (exitCode: number, restartCount = 0) => status({ restartCount, state: { terminated: ended(exitCode) } });
const policy = (restartPolicy: string) => ({ spec: { restartPolicy, containers: [{ name: "web" }] } });
const JOB = { ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "load", uid: "j", controller: true }] };

checkCases(check, {
  fires: [
    {
      name: "restartPolicy Never",
      given: { pods: [brokenPod(gone(1), policy("Never"))] },
      expect: ["pod/container-exited error"],
    },
    {
      name: "OnFailure, but it ended well",
      given: { pods: [brokenPod(gone(0), policy("OnFailure"))] },
      expect: ["pod/container-exited error"],
    },
    {
      name: "its first crash: it is restarted",
      given: { pods: [brokenPod(gone(1))] },
      expect: ["pod/container-exited warning"],
    },
    {
      name: "one container of a Job is done before the other",
      given: { pods: [brokenPod(gone(0), { metadata: JOB, ...policy("Never") })] },
      expect: ["pod/container-exited info"],
    },
  ],
  silent: [
    { name: "running", given: { pods: [pod()] } },
    { name: "a crash loop is said elsewhere", given: { pods: [brokenPod(backOff(3)), brokenPod(gone(1, 3))] } },
    {
      name: "the whole pod has ended",
      given: { pods: [pod({ ...policy("Never"), status: { phase: "Failed", containerStatuses: [gone(1)] } })] },
    },
    {
      name: "a finished init container is no container that should run",
      given: {
        pods: [
          pod({
            spec: { containers: [{ name: "web" }], initContainers: [{ name: "migrate" }] },
            status: { initContainerStatuses: [{ ...gone(0), name: "migrate" }] },
          }),
        ],
      },
    },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});
