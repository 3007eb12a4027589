import { defineCheck } from "../../model/check.ts";
import { resolve } from "../../model/ingress/resolve.ts";
import { isTerminal, isTerminating } from "../../model/pods.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { podEnd } from "../../policy/ends.ts";
import { ask, denied, findings } from "./_denied.ts";
import { CONTEXT, certaintyOf, engineOf, POLICIES, worldOf } from "./_policies.ts";

/** The controller is the client of every backend: a default-deny that forgets its namespace is the classic 504. */
export const check = defineCheck({
  id: "net/policy-denies-controller",
  question: "Do policies let the ingress controller reach the backend pods?",
  hop: "policy",
  appliesTo: ["ingress"],
  needs: ["networkPolicies", "controllerPods"],
  wants: [...CONTEXT, "ingressClasses"],
  findings: {
    "net/policy-denies-controller": {
      severity: "error",
      title: "A policy denies the ingress controller's traffic to the backends",
      explain:
        "The backend pods are isolated for ingress and no rule allows the controller's pods on the backend's port: the controller times out and answers 504. Allow its namespace by kubernetes.io/metadata.name. " +
        "It is a warning as long as the policy engine is not known or has rules that are not evaluated, and when some of the controller's pods get through.",
      docs: [POLICIES],
    },
  },
  run({ scope, networkPolicies, controllerPods, wanted }, find) {
    if (engineOf(wanted).engine === "none") return [];
    const takers = scope.ingresses.flatMap(
      (ingress) => resolve(ingress, itemsOr(wanted.ingressClasses), controllerPods).takers,
    );
    // Where none is known to take the Ingress, any of them may: of several controllers the others are no clients of this app.
    const clients = takers.length > 0 ? takers.flatMap(({ pods }) => pods) : controllerPods;
    const sources = clients.filter((pod) => !isTerminal(pod) && !isTerminating(pod));
    if (sources.length === 0) return { skipped: "no controller pod is known" };
    const world = worldOf(scope, networkPolicies, wanted, { pods: sources });
    const asked = ask(world, scope, sources.map(podEnd));
    const partly = asked.some(({ report }) => !denied(report, "ingress"));
    const certainty = { confidence: partly ? ("possible" as const) : certaintyOf(scope, wanted) };
    return findings(asked, "ingress", certainty, (body) => find("net/policy-denies-controller", body));
  },
});
