import { check } from "../../../src/checks/workload/rollout.ts";
import { checkCases } from "../../support/checks.ts";
import { daemonSet, deployment } from "../../support/live-workloads.ts";
import { ago, service } from "../../support/objects.ts";

const base = { services: [service()], scope: { target: "svc", group: true } } as const;
const EXCEEDED = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];

checkCases(check, {
  fires: [
    {
      name: "stuck while the old pods serve",
      given: { ...base, deployments: [deployment({ status: { availableReplicas: 2, conditions: EXCEEDED } })] },
      expect: ["workload/rollout-stuck warning"],
    },
    {
      name: "stuck with nothing available",
      given: { ...base, deployments: [deployment({ status: { availableReplicas: 0, conditions: EXCEEDED } })] },
      expect: ["workload/rollout-stuck error"],
    },
    {
      name: "one of three is not available",
      given: { ...base, deployments: [deployment({ status: { availableReplicas: 2 } })] },
      expect: ["workload/unavailable warning"],
    },
    {
      name: "a DaemonSet short of one",
      given: { ...base, daemonSets: [daemonSet(3, 2)] },
      expect: ["workload/unavailable warning"],
    },
    {
      name: "not a single pod, for an hour",
      given: {
        ...base,
        deployments: [deployment({ status: { replicas: 0, updatedReplicas: 0, availableReplicas: 0 } })],
      },
      expect: ["workload/unavailable error"],
    },
    {
      name: "paused before it made a pod",
      given: {
        ...base,
        deployments: [
          deployment({
            spec: { paused: true },
            status: {
              replicas: 0,
              updatedReplicas: 0,
              availableReplicas: 0,
              conditions: [{ type: "Progressing", status: "Unknown", reason: "DeploymentPaused" }],
            },
          }),
        ],
      },
      expect: ["workload/unavailable error"],
    },
    {
      name: "paused in the middle of a rollout that fails: it never says that it is stuck",
      given: {
        ...base,
        deployments: [deployment({ spec: { paused: true }, status: { updatedReplicas: 1, availableReplicas: 2 } })],
      },
      expect: ["workload/unavailable warning"],
    },
  ],
  silent: [
    { name: "all available", given: { ...base, deployments: [deployment()] } },
    {
      name: "a rollout is under way",
      given: {
        ...base,
        deployments: [
          deployment({
            status: {
              updatedReplicas: 1,
              availableReplicas: 2,
              conditions: [{ type: "Progressing", status: "True", reason: "ReplicaSetUpdated" }],
            },
          }),
        ],
      },
    },
    {
      name: "scaled to zero",
      given: { ...base, deployments: [deployment({ spec: { replicas: 0 }, status: { availableReplicas: 0 } })] },
    },
    {
      name: "availability changed seconds ago",
      given: {
        ...base,
        deployments: [
          deployment({
            status: {
              availableReplicas: 2,
              conditions: [{ type: "Available", status: "False", lastTransitionTime: ago(5) }],
            },
          }),
        ],
      },
    },
  ],
});
