import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { engineOf, isolating, POLICIES } from "./_policies.ts";

/** Says "no engine" only when all DaemonSets were read and none of them is or may be one. */
export const check = defineCheck({
  id: "net/policy-not-enforced",
  question: "Does anything enforce the NetworkPolicies that select the pods?",
  hop: "policy",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["networkPolicies", "systemDaemonSets"],
  wants: ["nodes"],
  findings: {
    "net/policy-not-enforced": {
      severity: "info",
      title: "No policy engine enforces the NetworkPolicies",
      explain:
        "The API server stores NetworkPolicies in any cluster, but only a network plugin that supports them enforces them, and none is running here. The policies have no effect: they are not why traffic fails, and they protect nothing.",
      docs: [`${POLICIES}#prerequisites`, "https://learn.microsoft.com/azure/aks/use-network-policies"],
    },
  },
  run({ scope, networkPolicies, systemDaemonSets, wanted }, find) {
    const [first, ...more] = isolating(networkPolicies, scope);
    if (first === undefined) return [];
    const { engine, evidence } = engineOf({
      systemDaemonSets: { state: "ok", items: systemDaemonSets },
      nodes: wanted.nodes,
    });
    if (engine === "unknown") return { unknown: `which policy engine runs cannot be told: ${evidence}` };
    if (engine !== "none") return [];
    return [
      find("net/policy-not-enforced", {
        object: refOf(first.policy),
        summary: `no policy engine runs in this cluster: NetworkPolicy ${first.policy.metadata.name}${more.length > 0 ? ` and ${more.length} more have` : " has"} no effect`,
        evidence: [{ k: "engine", v: evidence }],
        confidence: "likely",
      }),
    ];
  },
});
