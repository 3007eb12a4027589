import { check } from "../../../src/checks/pod/node-lost.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, node, pod } from "../../support/objects.ts";

checkCases(check, {
  fires: [
    {
      name: "the node object is gone",
      given: { pods: [pod()], nodes: [node({ metadata: { name: "node-2" } })] },
      expect: ["pod/node-lost error"],
    },
    {
      name: "placed seconds ago by a clock that is the newest time in the dump: possible",
      given: {
        pods: [pod({ status: { conditions: [{ type: "PodScheduled", status: "True", lastTransitionTime: ago(5) }] } })],
        nodes: [],
        clockIsLowerBound: true,
      },
      expect: ["pod/node-lost warning"],
    },
  ],
  silent: [
    { name: "the node exists", given: { pods: [pod()], nodes: [node()] } },
    {
      name: "a finished pod keeps the name of a node that went away",
      given: { pods: [pod({ status: { phase: "Succeeded" } })], nodes: [] },
    },
    {
      name: "placed seconds ago: its node may have joined after the nodes were listed",
      given: {
        pods: [pod({ status: { conditions: [{ type: "PodScheduled", status: "True", lastTransitionTime: ago(5) }] } })],
        nodes: [],
      },
    },
    { name: "not scheduled yet", given: { pods: [pod({ spec: { nodeName: "" } })], nodes: [] } },
    {
      name: "a dump that holds only some of the nodes",
      given: { pods: [pod()], nodes: { state: "ok", items: [], gaps: ["pod web-1 names node-1, which is not here"] } },
      status: "unknown",
    },
    {
      name: "nodes may not be read: a 403 is not an absent node",
      given: { pods: [pod()], nodes: { state: "unavailable", reason: "forbidden", detail: "nodes is forbidden" } },
      status: "unknown",
    },
  ],
});
