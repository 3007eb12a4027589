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
  ],
  silent: [
    { name: "every node", given: { ...base, daemonSets: [daemonSet(2)] } },
    { name: "a Deployment need not be everywhere", given: { ...base, deployments: [deployment()] }, status: "skipped" },
  ],
});
