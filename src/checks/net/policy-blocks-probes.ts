import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { compilePolicy } from "../../policy/compile.ts";
import { describeRule, engineOf, isolating, POLICIES, podNames } from "./_policies.ts";

/** Who may reach the judged pods. A fact for reading the rest: whether a client is among them needs a client. */
export const check = defineCheck({
  id: "net/policy-blocks-probes",
  question: "Do NetworkPolicies limit who may reach the pods?",
  hop: "policy",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["networkPolicies"],
  wants: ["systemDaemonSets", "nodes"],
  findings: {
    "net/policy-blocks-probes": {
      severity: "info",
      title: "NetworkPolicies limit who may reach the pods",
      explain:
        "At least one NetworkPolicy selects the pods for ingress, so only what some rule allows gets in. The kubelet's probes come from the pod's own node and always pass: a pod can be Ready and " +
        "still be unreachable for everybody else. Use --from to ask about one client.",
      docs: [`${POLICIES}#the-two-sorts-of-pod-isolation`],
    },
  },
  run({ scope, networkPolicies, wanted }, find) {
    // Without an engine policies limit nothing: net/policy-not-enforced says so.
    if (engineOf(wanted).engine === "none") return [];
    const found = isolating(networkPolicies, scope);
    const [first] = found;
    if (first === undefined) return [];
    const pods = [...new Set(found.flatMap((each) => each.pods))];
    return [
      find("net/policy-blocks-probes", {
        object: refOf(first.policy),
        summary: `${found.length} NetworkPolic${found.length === 1 ? "y limits" : "ies limit"} who may reach ${podNames(pods)}; the kubelet's probes pass all the same`,
        evidence: found.slice(0, 5).map(({ policy }) => {
          const rules = compilePolicy(policy).ingress.slice(0, 5).map(describeRule);
          return { k: `policy ${policy.metadata.name}`, v: rules.length === 0 ? "lets nobody in" : rules.join("; ") };
        }),
      }),
    ];
  },
});
