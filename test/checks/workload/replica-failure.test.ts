import { check } from "../../../src/checks/workload/replica-failure.ts";
import { checkCases } from "../../support/checks.ts";
import { daemonSet, deployment } from "../../support/live-workloads.ts";
import { event, service } from "../../support/objects.ts";

const ofService = { target: "svc", group: true } as const;
const refused = deployment({
  status: {
    replicas: 0,
    conditions: [
      {
        type: "ReplicaFailure",
        status: "True",
        reason: "FailedCreate",
        message: 'pods "web-1" is forbidden: exceeded quota: cpu, requested: 1',
      },
    ],
  },
});
const few = { ...daemonSet(3), status: { ...daemonSet(3).status, currentNumberScheduled: 0 } } as ReturnType<
  typeof daemonSet
>;

checkCases(check, {
  fires: [
    {
      name: "a quota",
      given: { services: [service()], deployments: [refused], scope: ofService },
      expect: ["workload/replica-failure error"],
    },
    {
      name: "a DaemonSet, whose events alone say it",
      given: {
        services: [service()],
        daemonSets: [few],
        events: [
          event(few, {
            reason: "FailedCreate",
            message: 'pods "web" is forbidden: violates PodSecurity "restricted:latest"',
          }),
        ],
        scope: ofService,
      },
      expect: ["workload/replica-failure error"],
    },
  ],
  silent: [
    { name: "all there", given: { services: [service()], deployments: [deployment()], scope: ofService } },
    {
      name: "the condition lingers, but all pods exist",
      given: {
        services: [service()],
        deployments: [
          deployment({ status: { replicas: 3, conditions: [{ type: "ReplicaFailure", status: "True" }] } }),
        ],
        scope: ofService,
      },
    },
    {
      name: "a pod was created after the failure",
      given: {
        services: [service()],
        daemonSets: [few],
        events: [
          event(few, { reason: "FailedCreate", seconds: 90 }),
          event(few, { reason: "SuccessfulCreate", seconds: 30 }),
        ],
        scope: ofService,
      },
    },
    {
      name: "a manifest",
      given: {
        services: [service()],
        deployments: [
          {
            kind: "Deployment",
            metadata: refused.metadata,
            ...(refused.spec === undefined ? {} : { spec: refused.spec }),
          },
        ],
        scope: ofService,
      },
      status: "unknown",
    },
  ],
});
