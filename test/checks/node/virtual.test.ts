import { check } from "../../../src/checks/node/virtual.ts";
import { checkCases } from "../../support/checks.ts";
import { node, pod } from "../../support/objects.ts";

checkCases(check, {
  fires: [
    {
      name: "by its label",
      given: { pods: [pod()], nodes: [node({ metadata: { labels: { type: "virtual-kubelet" } } })] },
      expect: ["node/virtual info"],
    },
    {
      name: "by its taint",
      given: {
        pods: [pod()],
        nodes: [node({ spec: { taints: [{ key: "virtual-kubelet.io/provider", effect: "NoSchedule" }] } })],
      },
      expect: ["node/virtual info"],
    },
  ],
  silent: [{ name: "a real node", given: { pods: [pod()], nodes: [node()] } }],
});
