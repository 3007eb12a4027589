import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check } from "../../../src/checks/svc/selector.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { daemonSet } from "../../support/live-workloads.ts";
import { ago, pod, service } from "../../support/objects.ts";
import { BY_JOB, deployment } from "../../support/workloads.ts";

const misspelled = service({ spec: { selector: { app: "webb" } } });
const labels = (name: string, namespace: string, given: Record<string, string>) => ({
  kind: "Pod",
  metadata: { name, namespace, labels: given },
});
const pending = {
  phase: "Pending",
  podIP: "",
  podIPs: [],
  conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }],
};

checkCases(check, {
  fires: [
    {
      name: "a misspelled value",
      given: { services: [misspelled], pods: [], podLabels: [labels("web-1", "shop", { app: "web" })] },
      expect: ["svc/selector-matches-nothing error"],
    },
    {
      name: "the pods are in another namespace",
      given: { services: [service()], pods: [], podLabels: [labels("web-1", "stage", { app: "web" })] },
      expect: ["svc/selector-matches-nothing error"],
    },
    {
      name: "pods without an address look young, but the dump's clock proves nothing",
      given: {
        services: [service()],
        pods: [pod({ metadata: { creationTimestamp: ago(5) }, spec: {}, status: pending })],
        clockIsLowerBound: true,
      },
      expect: ["svc/selector-no-pod-ip warning"],
    },
    {
      name: "its DaemonSet fits no node",
      given: { services: [service()], pods: [], daemonSets: [daemonSet(0)] },
      expect: ["svc/selector-matches-nothing error"],
    },
    {
      name: "workloads may not be read: said, not hidden",
      given: {
        services: [service()],
        pods: [],
        deployments: { state: "unavailable", reason: "forbidden", detail: "deployments.apps is forbidden" },
      },
      expect: ["svc/selector-matches-nothing error"],
    },
    {
      name: "a fitting workload wants pods and has none",
      given: {
        services: [service()],
        pods: [],
        deployments: [deployment({ replicas: 2, status: { observedGeneration: 1 } })],
      },
      expect: ["svc/selector-matches-nothing error"],
    },
    {
      name: "another Deployment at 0 replicas does not fit the selector, so it explains nothing",
      given: { services: [misspelled], pods: [], deployments: [deployment({ replicas: 0 })] },
      expect: ["svc/selector-matches-nothing error"],
    },
    {
      name: "only evicted leftovers",
      given: { services: [service()], pods: [pod({ status: { phase: "Failed", reason: "Evicted" } })] },
      expect: ["svc/selector-only-terminal error"],
    },
    {
      name: "a Service on a finished Job",
      given: {
        services: [service()],
        pods: [pod({ metadata: { ownerReferences: BY_JOB }, status: { phase: "Succeeded" } })],
      },
      expect: ["svc/selector-only-terminal info"],
    },
    {
      name: "no pod has an address",
      given: { services: [service()], pods: [pod({ status: pending })] },
      expect: ["svc/selector-no-pod-ip warning"],
    },
  ],
  silent: [
    {
      name: "the fitting workload was made a moment ago",
      given: { services: [service()], pods: [], deployments: [deployment({ replicas: 2, age: 5 })] },
      status: "unknown",
    },
    { name: "a ready pod matches", given: { services: [service()], pods: [pod()] } },
    {
      name: "a pod that is not ready matches: readiness is another question",
      given: { services: [service()], pods: [pod({ status: { phase: "Running", conditions: [] } })] },
    },
    {
      name: "scaled to zero: the workload is the answer",
      given: { services: [service()], pods: [], deployments: [deployment({ replicas: 0 })] },
    },
    {
      name: "evicted leftovers of a workload scaled to zero",
      given: {
        services: [service()],
        pods: [pod({ status: { phase: "Failed" } })],
        deployments: [deployment({ replicas: 0 })],
      },
    },
    {
      name: "the pod was made seconds ago and has no address yet",
      given: { services: [service()], pods: [pod({ metadata: { creationTimestamp: ago(5) }, status: pending })] },
    },
    {
      name: "some pods have an address",
      given: { services: [service()], pods: [pod(), pod({ metadata: { name: "web-2" }, status: pending })] },
    },
    {
      name: "ExternalName: the selector means nothing",
      given: { services: [service({ spec: { type: "ExternalName" } })], pods: [] },
      status: "skipped",
    },
    {
      name: "no selector: the endpoints are somebody else's",
      given: { services: [service({ spec: { selector: {} } })], pods: [] },
      status: "skipped",
    },
    {
      name: "pods may not be listed: a 403 is not an empty list",
      given: {
        services: [service()],
        pods: { state: "unavailable", reason: "forbidden", detail: "pods is forbidden" },
      },
      status: "unknown",
    },
    {
      name: "manifests without status are intent",
      given: {
        services: [service()],
        pods: [],
        deployments: [{ ...deployment(), metadata: { name: "web", namespace: "shop" }, status: {} }],
      },
      status: "unknown",
    },
    {
      name: "a bare pod manifest has no status",
      given: {
        services: [service()],
        pods: [{ kind: "Pod", metadata: { name: "web", namespace: "shop", labels: { app: "web" } }, spec: {} }],
      },
      status: "unknown",
    },
  ],
});

describe("svc/selector-matches-nothing", () => {
  it("offers the selector that fits the near miss", () => {
    const { findings } = runCheck(check, {
      services: [misspelled],
      pods: [],
      podLabels: [labels("api-1", "shop", { app: "api" }), labels("web-1", "shop", { app: "web" })],
    });
    assert.deepEqual(findings[0]?.remedy, [
      "# if pod web-1 is meant, make the selector fit its labels:",
      `kubectl -n shop patch service web --type=json -p '[{"op":"replace","path":"/spec/selector","value":{"app":"web"}}]'`,
    ]);
  });

  it("finds the value under another key", () => {
    const { findings } = runCheck(check, {
      services: [service()],
      pods: [],
      podLabels: [labels("web-1", "shop", { "app.kubernetes.io/name": "web" })],
    });
    assert.match(findings[0]?.remedy[1] ?? "", /"value":\{"app.kubernetes.io\/name":"web"\}/);
  });

  it("names the other namespace", () => {
    const { findings } = runCheck(check, {
      services: [service()],
      pods: [],
      podLabels: [labels("web-1", "stage", { app: "web" })],
    });
    assert.deepEqual(
      findings[0]?.evidence.map(({ k }) => k),
      ["spec.selector", "namespace stage"],
    );
  });
});
