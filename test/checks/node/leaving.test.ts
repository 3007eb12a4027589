import { check } from "../../../src/checks/node/leaving.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, node, pod } from "../../support/objects.ts";

checkCases(check, {
  fires: [
    {
      name: "cordoned is never more than info",
      given: { pods: [pod()], nodes: [node({ spec: { unschedulable: true } })] },
      expect: ["node/cordoned info"],
    },
    {
      name: "marked by the autoscaler",
      given: {
        pods: [pod()],
        nodes: [
          node({
            spec: { unschedulable: true, taints: [{ key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }] },
          }),
        ],
      },
      expect: ["node/deleting warning"],
    },
    {
      name: "being deleted",
      given: { pods: [pod()], nodes: [node({ metadata: { deletionTimestamp: ago(5) } })] },
      expect: ["node/deleting warning"],
    },
  ],
  silent: [
    { name: "stays", given: { pods: [pod()], nodes: [node()] } },
    {
      name: "another taint",
      given: { pods: [pod()], nodes: [node({ spec: { taints: [{ key: "gpu", effect: "NoSchedule" }] } })] },
    },
  ],
});
