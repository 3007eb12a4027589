import { defineCheck } from "../../model/check.ts";
import { type NetworkPolicy, type Pod, refOf } from "../../model/kube.ts";
import { declaredPorts } from "../../model/ports.ts";
import { kubectl } from "../../model/shell.ts";
import { compilePolicy } from "../../policy/compile.ts";
import { podEnd } from "../../policy/ends.ts";
import { describePortClause, matchPort } from "../../policy/ports.ts";
import type { PortClause } from "../../policy/types.ts";
import { isolating, POLICIES, podNames, type TargetPort, targetPorts } from "./_policies.ts";

function admits(clause: PortClause, pod: Pod, { port, protocol }: TargetPort): boolean {
  const end = podEnd(pod);
  return matchPort(clause, { from: end, to: end, port, protocol }, "").match === "yes";
}

function declares(pod: Pod, clause: PortClause): boolean {
  return declaredPorts(pod).some((port) => port.name === clause.port && port.protocol === clause.protocol);
}

/** A policy for the whole namespace names the ports of several apps; that one of them has not all the names is no mistake. */
function isBroad(policy: NetworkPolicy): boolean {
  const { matchLabels = {}, matchExpressions = [] } = policy.spec?.podSelector ?? {};
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/**
 * A named port that no selected pod declares matches nothing. Only said when the rule has no other port that fits the pods: rules list the ports of
 * several versions of an app, and then one of the names is always missing somewhere.
 */
export const check = defineCheck({
  id: "net/policy-named-port-missing",
  question: "Do the pods declare the ports that the policies name?",
  hop: "policy",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["networkPolicies"],
  findings: {
    "net/policy-named-port-missing": {
      severity: "warning",
      title: "A policy allows a named port that the pods do not declare",
      explain:
        "A name in a NetworkPolicy is looked up among the container ports of the destination pod, by name and protocol. No selected pod declares it, so the rule matches nothing. " +
        "Azure NPM on Windows ignores named ports altogether.",
      docs: [`${POLICIES}#networkpolicy-resource`],
    },
  },
  run({ scope, networkPolicies }, find) {
    return isolating(networkPolicies, scope).flatMap(({ policy, pods }) => {
      if (isBroad(policy)) return [];
      return compilePolicy(policy).ingress.flatMap((rule, r) => {
        const fits = pods.some((pod) =>
          targetPorts(scope, pod).some((target) => rule.ports.some((clause) => admits(clause, pod, target))),
        );
        if (fits) return [];
        return rule.ports.flatMap((clause, i) => {
          if (typeof clause.port !== "string" || pods.some((pod) => declares(pod, clause))) return [];
          return [
            find("net/policy-named-port-missing", {
              object: refOf(policy, `spec.ingress[${r}].ports[${i}].port`),
              summary: `policy ${policy.metadata.name} allows port "${clause.port}", which ${podNames(pods)} ${pods.length === 1 ? "does" : "do"} not declare`,
              evidence: [
                { k: "rule", v: describePortClause(clause) },
                ...pods.slice(0, 3).map((pod) => ({ k: `pod ${pod.metadata.name}`, v: declaredText(pod) })),
              ],
              remedy: [
                `# name the port ${clause.port} in the pod template, or use its number in the policy`,
                kubectl(policy.metadata.namespace, "edit", "networkpolicy", policy.metadata.name),
              ],
            }),
          ];
        });
      });
    });
  },
});

function declaredText(pod: Pod): string {
  const ports = declaredPorts(pod).map(({ name, number, protocol }) => `${name ?? ""}=${number}/${protocol}`);
  return ports.length === 0 ? "declares no port" : ports.join(", ");
}
