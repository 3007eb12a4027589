import { check } from "../../../src/checks/pod/ended.ts";
import type { Pod } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { ended, log, manifest, status } from "../../support/containers.ts";
import { pod } from "../../support/objects.ts";

const OWNER = {
  ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: "u", controller: true }],
};
const JOB = { ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "load", uid: "j", controller: true }] };

const evicted = (name = "web-old"): Pod =>
  pod({
    metadata: { name, ...OWNER },
    status: {
      phase: "Failed",
      reason: "Evicted",
      message: "The node was low on resource: memory. Threshold quantity: 100Mi",
    },
  });

checkCases(check, {
  fires: [
    { name: "evicted", given: { pods: [evicted()] }, expect: ["pod/evicted error"] },
    {
      name: "evicted leftovers beside a ready pod of the same owner",
      given: { pods: [evicted(), pod({ metadata: OWNER })], scope: { group: true } },
      expect: ["pod/evicted info"],
    },
    {
      name: "evicted, and nothing has taken its place",
      given: { pods: [evicted()], scope: { group: true } },
      expect: ["pod/evicted error"],
    },
    {
      name: "preempted, which only the condition tells",
      given: {
        pods: [
          pod({
            status: {
              phase: "Failed",
              conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }],
            },
          }),
        ],
      },
      expect: ["pod/evicted error"],
    },
    {
      name: "the node shut down",
      given: { pods: [pod({ status: { phase: "Failed", reason: "NodeShutdown" } })] },
      expect: ["pod/rejected-by-node error"],
    },
    {
      name: "a bare pod whose command returned",
      given: { pods: [pod({ status: { phase: "Succeeded" } })] },
      expect: ["pod/completed error"],
    },
    {
      name: "a finished pod of a Job is as it should be",
      given: { pods: [pod({ metadata: JOB, status: { phase: "Succeeded" } })] },
      expect: ["pod/completed info"],
    },
    {
      name: "failed with an exit code and a log",
      given: {
        pods: [
          pod({
            spec: { restartPolicy: "Never" },
            status: { phase: "Failed", containerStatuses: [status({ state: { terminated: ended(3) } })] },
          }),
        ],
        logs: [log(["boom"], false)],
      },
      expect: ["pod/failed error"],
    },
    {
      name: "finished for a controller that runs pipelines: made to end",
      given: {
        pods: [
          pod({
            metadata: {
              ownerReferences: [
                { apiVersion: "tekton.dev/v1", kind: "TaskRun", name: "build", uid: "t", controller: true },
              ],
            },
            spec: { restartPolicy: "Never", containers: [] },
            status: { phase: "Succeeded" },
          }),
        ],
      },
      expect: ["pod/completed info"],
    },
  ],
  silent: [
    { name: "running", given: { pods: [pod()] } },
    {
      name: "refused for its host port: another check names it",
      given: { pods: [pod({ status: { phase: "Failed", reason: "NodePorts" } })] },
    },
    { name: "a manifest", given: { pods: [manifest()] }, status: "unknown" },
  ],
});
