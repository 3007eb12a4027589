import { check } from "../../../src/checks/workload/scaled-to-zero.ts";
import { checkCases } from "../../support/checks.ts";
import { FORBIDDEN } from "../../support/containers.ts";
import { deployment } from "../../support/live-workloads.ts";
import { pod, service, slice } from "../../support/objects.ts";

const zero = deployment({ spec: { replicas: 0 } });
const ofService = { target: "svc", group: true } as const;

checkCases(check, {
  fires: [
    {
      name: "the Service's only workload",
      given: { services: [service()], deployments: [zero], scope: ofService },
      expect: ["workload/scaled-to-zero error"],
    },
    {
      name: "KEDA put it to zero",
      given: {
        services: [service()],
        deployments: [
          deployment({
            spec: { replicas: 0 },
            metadata: { managedFields: [{ manager: "keda", subresource: "scale" }] },
          }),
        ],
        scope: ofService,
      },
      expect: ["workload/scaled-to-zero warning"],
    },
    {
      name: "the workload was asked for itself",
      given: { deployments: [zero], scope: { workload: { kind: "Deployment", namespace: "shop", name: "web" } } },
      expect: ["workload/scaled-to-zero error"],
    },
    {
      name: "pods may not be read, and the slices list nobody",
      given: {
        services: [service()],
        deployments: [zero],
        pods: FORBIDDEN,
        endpointSlices: [slice({ endpoints: [] })],
        scope: ofService,
      },
      expect: ["workload/scaled-to-zero error"],
    },
    {
      name: "neither pods nor slices may be read: others may serve",
      given: {
        services: [service()],
        deployments: [zero],
        pods: FORBIDDEN,
        endpointSlices: FORBIDDEN,
        scope: ofService,
      },
      expect: ["workload/scaled-to-zero warning"],
    },
  ],
  silent: [
    { name: "three replicas", given: { services: [service()], deployments: [deployment()], scope: ofService } },
    {
      name: "blue is at zero, green serves",
      given: { pods: [pod()], services: [service()], deployments: [zero], scope: ofService },
    },
    {
      name: "green is at three, its pods are still to come",
      given: {
        services: [service()],
        deployments: [zero, deployment({ metadata: { name: "green" } })],
        scope: ofService,
      },
    },
    {
      name: "old ReplicaSets of a Deployment stay at zero by design",
      given: {
        services: [service()],
        replicaSets: [
          {
            kind: "ReplicaSet",
            metadata: {
              name: "web-a",
              namespace: "shop",
              ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d", controller: true }],
            },
            spec: { selector: {}, replicas: 0, template: { metadata: { labels: { app: "web" } } } },
          },
        ],
        scope: ofService,
      },
      status: "skipped",
    },
    {
      name: "pods may not be read, but others serve: the slices say so",
      given: {
        services: [service()],
        deployments: [zero],
        pods: FORBIDDEN,
        endpointSlices: [slice()],
        scope: ofService,
      },
    },
    {
      name: "Deployments may not be read",
      given: { services: [service()], deployments: FORBIDDEN, scope: ofService },
      status: "unknown",
    },
  ],
});
