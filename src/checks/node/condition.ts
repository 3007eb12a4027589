import { defineCheck } from "../../model/check.ts";
import { type KubeNode, refOf } from "../../model/kube.ts";
import { timeOf } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import { isNodeReady, judgedNodes, nodeCondition, nodeRemedy, podsOn, servedElsewhere } from "./_nodes.ts";

const NODE_DOCS: readonly string[] = [
  "https://kubernetes.io/docs/reference/node/node-status/",
  "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/availability-performance/node-not-ready-basic-troubleshooting",
];
const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: "memory",
  DiskPressure: "disk space",
  PIDPressure: "process ids",
};

/** Are the nodes that carry the judged pods well? */
export const check = defineCheck({
  id: "node/condition",
  question: "Are the pods' nodes well?",
  hop: "node",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["nodes"],
  findings: {
    "node/not-ready": {
      severity: "error",
      title: "A node of the app is not ready",
      explain:
        "The kubelet of the node does not report, or reports a fault. Its pods are taken out of Services, cannot be deleted cleanly, and their status is what was last known. " +
        "When other pods of the app are ready on other nodes, it is a warning.",
      docs: NODE_DOCS,
    },
    "node/network-unavailable": {
      severity: "error",
      title: "The network of a node is not set up",
      explain:
        "The node has the condition NetworkUnavailable: the route controller or the network plugin has not set up its routes, so pods on it cannot be reached from other nodes.",
      docs: NODE_DOCS,
    },
    "node/pressure": {
      severity: "warning",
      title: "A node runs short of something",
      explain:
        "The node is short of memory, disk space or process ids. The kubelet evicts pods from it, and new ones are not placed there.",
      docs: ["https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/"],
    },
  },
  run({ scope, nodes, now }, find) {
    const judged = judgedNodes(scope, nodes);
    if (judged.length === 0) return { skipped: "no judged pod runs on a known node" };
    const findings = judged.flatMap((node) => [...notReady(node), ...network(node), ...pressure(node)]);
    if (findings.length > 0) return findings;
    const silent = judged
      .filter((node) => nodeCondition(node, "Ready") === undefined)
      .map((node) => node.metadata.name);
    return silent.length > 0 ? { unknown: `node ${silent.join(", ")} has no Ready condition` } : [];

    function notReady(node: KubeNode) {
      const ready = nodeCondition(node, "Ready");
      if (ready === undefined || isNodeReady(node)) return [];
      const { name } = node.metadata;
      const since = timeOf(ready.lastTransitionTime);
      const minutes = since === undefined ? "" : ` for ${Math.max(0, Math.floor((now - since) / 60_000))}m`;
      return [
        find("node/not-ready", {
          severity: servedElsewhere(scope, nodes, node) ? "warning" : "error",
          object: refOf(node, "status.conditions[Ready]"),
          summary: `node ${name} of ${podsOn(scope, node)} is not ready${minutes}: ${ready.message ?? ready.reason ?? ready.status}`,
          evidence: [
            { k: "Ready", v: `${ready.status} ${ready.reason ?? ""}`.trim() },
            { k: "message", v: ready.message ?? "-" },
          ],
          remedy: [kubectl("", "describe", "node", name), ...nodeRemedy(node)],
        }),
      ];
    }

    function network(node: KubeNode) {
      const condition = nodeCondition(node, "NetworkUnavailable");
      if (condition?.status !== "True") return [];
      const { name } = node.metadata;
      return [
        find("node/network-unavailable", {
          object: refOf(node, "status.conditions[NetworkUnavailable]"),
          summary: `the network of node ${name} of ${podsOn(scope, node)} is not set up: ${condition.message ?? condition.reason ?? ""}`,
          evidence: [{ k: "NetworkUnavailable", v: `True ${condition.reason ?? ""}`.trim() }],
          remedy: [
            kubectl("", "describe", "node", name),
            kubectl("kube-system", "get", "pods", "-o", "wide", `--field-selector=spec.nodeName=${name}`),
          ],
        }),
      ];
    }

    function pressure(node: KubeNode) {
      const { name } = node.metadata;
      const short = Object.entries(PRESSURES).filter(([type]) => nodeCondition(node, type)?.status === "True");
      if (short.length === 0) return [];
      return [
        find("node/pressure", {
          object: refOf(node, "status.conditions"),
          summary: `node ${name} of ${podsOn(scope, node)} is short of ${short.map(([, what]) => what).join(" and ")}`,
          evidence: short.map(([type]) => ({ k: type, v: nodeCondition(node, type)?.message ?? "True" })),
          remedy: [kubectl("", "describe", "node", name), kubectl("", "top", "node", name)],
        }),
      ];
    }
  },
});
