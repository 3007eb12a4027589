import { check } from "../../../src/checks/node/agent-not-ready.ts";
import type { Pod } from "../../../src/model/kube.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, node, notReady, pod } from "../../support/objects.ts";

function agent(ready: boolean, given: { readonly on?: string; readonly seconds?: number } = {}): Pod {
  const { on = "node-1", seconds = 3600 } = given;
  return pod({
    metadata: {
      name: `kube-proxy-${on}`,
      namespace: "kube-system",
      creationTimestamp: ago(seconds),
      ownerReferences: [{ apiVersion: "apps/v1", kind: "DaemonSet", name: "kube-proxy", uid: "k", controller: true }],
    },
    spec: { nodeName: on },
    status: ready ? {} : { conditions: notReady() ?? [] },
  });
}

const base = { pods: [pod()], nodes: [node()] };

checkCases(check, {
  fires: [
    {
      name: "kube-proxy is not ready on the pod's node",
      given: { ...base, agentPods: [agent(false)] },
      expect: ["node/agent-not-ready error"],
    },
  ],
  silent: [
    { name: "ready", given: { ...base, agentPods: [agent(true)] } },
    {
      name: "broken on a node that no judged pod uses",
      given: { ...base, agentPods: [agent(true), agent(false, { on: "node-2" })] },
    },
    { name: "a cluster without kube-proxy", given: { ...base, agentPods: [] } },
    { name: "just started", given: { ...base, agentPods: [agent(false, { seconds: 5 })] } },
    {
      name: "a virtual node has none",
      given: {
        pods: [pod()],
        nodes: [node({ metadata: { labels: { type: "virtual-kubelet" } } })],
        agentPods: [agent(false)],
      },
      status: "skipped",
    },
  ],
});
