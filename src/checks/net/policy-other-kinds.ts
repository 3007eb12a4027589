import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";

/** Names what is not evaluated, so that a silent report is not read as "no policy in the way". */
export const check = defineCheck({
  id: "net/policy-other-kinds",
  question: "Are there policies of kinds that are not evaluated?",
  hop: "policy",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["otherPolicies"],
  findings: {
    "net/policy-other-kinds": {
      severity: "info",
      title: "Policies of kinds that are not evaluated",
      explain:
        "Cilium, Calico and Istio have policy kinds of their own. They can deny what NetworkPolicies allow and some can allow what those deny. They are listed here and not evaluated: look at them when traffic is dropped without another cause.",
      docs: [
        "https://docs.cilium.io/en/stable/network/kubernetes/policy/",
        "https://docs.tigera.io/calico/latest/network-policy/",
        "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
      ],
    },
  },
  run({ scope, otherPolicies }, find) {
    const concerned = otherPolicies.filter(
      ({ metadata }) => ["", scope.namespace].includes(metadata.namespace) || scope.namespace === "",
    );
    const [first] = concerned;
    if (first === undefined) return [];
    const name = ({ kind, metadata }: typeof first): string => `${kind} ${metadata.name}`;
    return [
      find("net/policy-other-kinds", {
        object: refOf(first),
        summary: `${concerned.length} polic${concerned.length === 1 ? "y" : "ies"} of kinds that are not evaluated may concern the pods: ${concerned.slice(0, 3).map(name).join(", ")}${concerned.length > 3 ? " …" : ""}`,
        evidence: concerned.slice(0, 10).map((each) => ({ k: each.kind, v: each.metadata.name })),
      }),
    ];
  },
});
