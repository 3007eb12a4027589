import { check } from "../../../src/checks/workload/daemonset-skips-nodes.ts";
import { checkCases } from "../../support/checks.ts";
import { daemonSet, deployment } from "../../support/live-workloads.ts";
import { node, service } from "../../support/objects.ts";

const nodes = [node(), node({ metadata: { name: "node-2" } })];
const base = { nodes, services: [service()], scope: { target: "svc", group: true } } as const;

checkCases(check, {
  fires: [
    {
      name: "one of two nodes",
      given: { ...base, daemonSets: [daemonSet(1)] },
      expect: ["workload/daemonset-skips-nodes info"],
    },
    {
      name: "no node at all, behind a Service: svc/selector says what it means there",
      given: { ...base, daemonSets: [daemonSet(0)] },
      expect: ["workload/daemonset-skips-nodes info"],
    },
    {
      name: "no node at all, and the DaemonSet was asked for",
      given: {
        nodes,
        daemonSets: [daemonSet(0)],
        scope: { target: "pod", group: true, workload: { kind: "DaemonSet", namespace: "shop", name: "web" } },
      },
      expect: ["workload/daemonset-skips-nodes warning"],
    },
  ],
  silent: [
    { name: "every node", given: { ...base, daemonSets: [daemonSet(2)] } },
    { name: "a Deployment need not be everywhere", given: { ...base, deployments: [deployment()] }, status: "skipped" },
  ],
});
