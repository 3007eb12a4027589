import { check } from "../../../src/checks/pod/node-lost.ts";
import { checkCases } from "../../support/checks.ts";
import { node, pod } from "../../support/objects.ts";

checkCases(check, {
  fires: [
    {
      name: "the node object is gone",
      given: { pods: [pod()], nodes: [node({ metadata: { name: "node-2" } })] },
      expect: ["pod/node-lost error"],
    },
  ],
  silent: [
    { name: "the node exists", given: { pods: [pod()], nodes: [node()] } },
    {
      name: "a finished pod keeps the name of a node that went away",
      given: { pods: [pod({ status: { phase: "Succeeded" } })], nodes: [] },
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
