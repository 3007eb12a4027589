/** A dump that does not say when it was taken: what youth would excuse is then possible, a warning at most, and never passed over. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check as agents } from "../../../src/checks/node/agent-not-ready.ts";
import { check as families } from "../../../src/checks/svc/endpoint-ip-family-missing.ts";
import { check as address } from "../../../src/checks/svc/lb-address.ts";
import { check as nodeMissing } from "../../../src/checks/svc/node-missing-for-pod.ts";
import { check as ports } from "../../../src/checks/svc/port-endpoints.ts";
import { check as ready } from "../../../src/checks/svc/ready-endpoints.ts";
import { check as slices } from "../../../src/checks/svc/slices-match-pods.ts";
import { check as rollout } from "../../../src/checks/workload/rollout.ts";
import type { Check } from "../../../src/model/check.ts";
import { type CaseInput, runCheck } from "../../support/checks.ts";
import { ago, node, notReady, pod, service, slice } from "../../support/objects.ts";
import { deployment } from "../../support/workloads.ts";

const YOUNG = { creationTimestamp: ago(5) };
const youngPod = pod({ metadata: YOUNG, status: { startTime: ago(4), conditions: notReady(4) } });
const justReady = pod({
  metadata: YOUNG,
  status: { startTime: ago(4), conditions: [{ type: "Ready", status: "True", lastTransitionTime: ago(2) }] },
});

const CASES: readonly { readonly check: Check; readonly given: CaseInput; readonly says: string }[] = [
  {
    check: ports,
    given: {
      services: [service({ metadata: YOUNG, spec: { ports: [{ name: "metrics", port: 90, targetPort: "metrics" }] } })],
      endpointSlices: [slice()],
    },
    says: "svc/port-has-no-endpoints",
  },
  {
    check: families,
    given: {
      services: [service({ spec: { ipFamilies: ["IPv6"] } })],
      pods: [justReady],
      endpointSlices: [],
    },
    says: "svc/endpoint-ip-family-missing",
  },
  {
    check: slices,
    given: { services: [service()], pods: [justReady], nodes: [node()], endpointSlices: [slice({ endpoints: [] })] },
    says: "svc/endpoint-missing",
  },
  {
    check: nodeMissing,
    given: {
      services: [service()],
      pods: [pod({ metadata: YOUNG, status: { conditions: [{ type: "PodScheduled", lastTransitionTime: ago(5) }] } })],
      nodes: [],
    },
    says: "svc/node-missing-for-pod",
  },
  {
    check: ready,
    given: {
      services: [service()],
      pods: [pod(), pod({ ...youngPod, metadata: { ...youngPod.metadata, name: "web-2", uid: "uid-web-2" } })],
      endpointSlices: [slice()],
    },
    says: "svc/some-endpoints-not-ready",
  },
  {
    check: address,
    given: { services: [service({ metadata: YOUNG, spec: { type: "LoadBalancer" } })] },
    says: "svc/lb-pending",
  },
  {
    check: rollout,
    given: {
      services: [service()],
      deployments: [
        deployment({ replicas: 2, age: 5, status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2 } }),
      ],
    },
    says: "workload/unavailable",
  },
  {
    check: agents,
    given: {
      pods: [pod()],
      nodes: [node()],
      agentPods: [
        pod({
          metadata: {
            name: "kube-proxy-1",
            namespace: "kube-system",
            creationTimestamp: ago(5),
            labels: { "k8s-app": "kube-proxy" },
          },
          status: { conditions: notReady(4) },
        }),
      ],
    },
    says: "node/agent-not-ready",
  },
];

describe("the clock of a dump that is only a lower bound", () => {
  for (const { check, given, says } of CASES) {
    it(`${says} is possible`, () => {
      const { findings } = runCheck(check, { ...given, clockIsLowerBound: true });
      assert.deepEqual(
        findings.map(({ id, severity }) => `${id} ${severity}`),
        [`${says} warning`],
      );
    });

    it(`${says} is no fault where the clock is true`, () => {
      const { findings } = runCheck(check, given);
      assert.deepEqual(
        findings.filter(({ severity }) => severity !== "info"),
        [],
      );
    });
  }
});
