import { defineCheck } from "../../model/check.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { justConnected, justLost } from "./_compared.ts";
import { ask, findings, sourceEnd } from "./_denied.ts";
import { CONTEXT, certaintyOf, engineOf, POLICIES, worldOf } from "./_policies.ts";

/** Whether the source's own policies let it out to the judged pods: the half of a flow that people forget. */
export const check = defineCheck({
  id: "net/policy-denies-egress",
  question: "Do the policies of the client let it out to the pods?",
  hop: "client",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["networkPolicies"],
  wants: ["sourcePolicies", "probes", ...CONTEXT],
  findings: {
    "net/policy-denies-egress": {
      severity: "error",
      title: "A policy denies the client's traffic to the pod",
      explain:
        "The source pod is isolated for egress by a policy of its own namespace, and no rule allows the destination pod on its port (the pod's port, not the Service's). Its packets are dropped before they leave. " +
        "It is a warning as long as the policy engine is not known or has rules that are not evaluated.",
      docs: [POLICIES],
    },
  },
  notFor: ({ from }) => (from?.kind === "pod" ? undefined : "no source pod was named (--from)"),
  run({ scope, networkPolicies, wanted }, find) {
    const { from } = scope;
    if (from?.kind !== "pod") return [];
    if (engineOf(wanted).engine === "none") return [];
    const elsewhere = scope.namespace !== "" && from.namespace !== scope.namespace;
    const { sourcePolicies } = wanted;
    if (elsewhere && sourcePolicies.state !== "ok") {
      return { unknown: `the NetworkPolicies of namespace ${from.namespace} were not read (${sourcePolicies.reason})` };
    }
    const policies = sourcePolicies.state === "ok" && elsewhere ? sourcePolicies.items : [];
    const world = worldOf(scope, networkPolicies, wanted, { policies, readIn: [from.namespace] });
    const source = sourceEnd(world, from);
    // What just got through is not denied, whatever is written: see net/prediction-differs.
    const asked = (source === undefined ? [] : ask(world, scope, [source])).filter(
      ({ pod, report }) => !justConnected(itemsOr(wanted.probes), pod, report.port, from),
    );
    // Policies and packets agree: whatever else may let the flow out, nothing does.
    const confirmed = asked.some(({ pod, report }) => justLost(itemsOr(wanted.probes), pod, report.port, from));
    const confidence = confirmed ? "likely" : certaintyOf(scope, wanted);
    const found = findings(asked, "egress", { confidence }, (body) => find("net/policy-denies-egress", body));
    const open = asked.flatMap(({ report }) => report.families).find(({ egress }) => egress.verdict === "unknown");
    return found.length === 0 && open !== undefined ? { unknown: open.egress.reason } : found;
  },
});
