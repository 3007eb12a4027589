import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { compilePolicy } from "../../policy/compile.ts";
import type { PeerClause } from "../../policy/types.ts";
import { describeRule, isolating, POLICIES } from "./_policies.ts";

function hasOnly(peer: PeerClause, what: "namespaces" | "pods"): boolean {
  if (peer.kind !== "pods") return false;
  const other = what === "namespaces" ? peer.pods : peer.namespaces;
  return peer[what] !== undefined && other === undefined;
}

/** One dash too many turns "these pods of those namespaces" into "all of those namespaces, or these pods here". Often meant; worth a word. */
export const check = defineCheck({
  id: "net/policy-and-or-trap",
  question: "Does a policy list a namespace and a pod selector as separate items?",
  hop: "policy",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["networkPolicies"],
  findings: {
    "net/policy-and-or-trap": {
      severity: "info",
      title: "Namespace and pod selector are separate items: OR, not AND",
      explain:
        "Items of from and to are alternatives. A namespaceSelector in one item and a podSelector in the next mean: every pod of those namespaces, or these pods of the policy's own namespace. " +
        "Both in one item mean: these pods of those namespaces.",
      docs: [`${POLICIES}#behavior-of-to-and-from-selectors`],
    },
  },
  run({ scope, networkPolicies }, find) {
    return isolating(networkPolicies, scope).flatMap(({ policy }) =>
      compilePolicy(policy)
        .ingress.map((rule, index) => ({ rule, index }))
        .filter(
          ({ rule }) =>
            rule.peers.some((peer) => hasOnly(peer, "namespaces")) && rule.peers.some((peer) => hasOnly(peer, "pods")),
        )
        .slice(0, 1)
        .map(({ rule, index }) =>
          find("net/policy-and-or-trap", {
            object: refOf(policy, `spec.ingress[${index}].from`),
            summary: `policy ${policy.metadata.name} lets in every pod of some namespaces, or some pods of its own: the two selectors are separate items`,
            evidence: [{ k: `ingress[${index}]`, v: describeRule(rule) }],
          }),
        ),
    );
  },
});
