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
  ],
  silent: [
    { name: "all available", given: { ...base, deployments: [deployment()] } },
    {
      name: "a rollout is under way",
      given: { ...base, deployments: [deployment({ status: { updatedReplicas: 1, availableReplicas: 2 } })] },
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
