import { defineCheck } from "../../model/check.ts";
import { kubectl } from "../../model/shell.ts";
import { podEnd } from "../../policy/ends.ts";
import { evaluate } from "../../policy/evaluate.ts";
import { policyName } from "../../policy/flow.ts";
import { ask, denied, sourceEnd } from "./_denied.ts";
import { CONTEXT, certaintyOf, engineOf, worldOf } from "./_policies.ts";

/** Asked twice: as Cilium reads the rules, and as an engine does that compares addresses. Where only the second lets the source in, this is why. */
export const check = defineCheck({
  id: "net/policy-ipblock-pod-or-node",
  question: "Does an ipBlock count on matching a pod or node, which Cilium never does?",
  hop: "policy",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["networkPolicies"],
  wants: [...CONTEXT],
  findings: {
    "net/policy-ipblock-pod-or-node": {
      severity: "warning",
      title: "Only an ipBlock would let the client in, and Cilium does not match pods and nodes by address",
      explain:
        "With Cilium an ipBlock stands for addresses outside the cluster. It never matches the address of a pod or node, not even as 0.0.0.0/0, so the rule does not let this client in. Select pods by labels; for nodes use a CiliumNetworkPolicy with entities.",
      docs: ["https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium"],
    },
  },
  notFor: ({ from }) => (from === undefined ? "no source was named (--from)" : undefined),
  run({ scope, networkPolicies, wanted }, find) {
    if (scope.from === undefined || engineOf(wanted).engine !== "cilium") return [];
    const world = worldOf(scope, networkPolicies, wanted);
    const source = sourceEnd(world, scope.from);
    if (source === undefined || source.kind === "external") return [];
    const byAddress = { ...world, engine: "calico" as const };
    const hit = ask(world, scope, [source]).find(({ pod, report }) => {
      const flow = { from: source, to: podEnd(pod), port: report.port, protocol: report.protocol };
      const told = evaluate(byAddress, flow).families;
      return denied(report, "ingress") && told.length > 0 && told.every(({ ingress }) => ingress.verdict === "allow");
    });
    const told = hit?.report.families[0]?.ingress;
    if (hit === undefined || told === undefined) return [];
    const [namespace = "", name = ""] = (told.nearMiss?.policy ?? told.policy ?? "").split("/");
    return [
      find("net/policy-ipblock-pod-or-node", {
        object: { kind: "NetworkPolicy", namespace, name },
        summary: `only an ipBlock would let ${hit.report.from} reach ${policyName({ kind: "Pod", ...hit.pod.metadata })}, and Cilium does not match pods and nodes by address`,
        evidence: [
          { k: "policy", v: `${namespace}/${name}` },
          { k: "engine", v: engineOf(wanted).evidence },
        ],
        remedy: [
          "# select the client by its labels instead of its address",
          kubectl(namespace, "edit", "networkpolicy", name),
        ],
        confidence: certaintyOf(scope, wanted),
      }),
    ];
  },
});
