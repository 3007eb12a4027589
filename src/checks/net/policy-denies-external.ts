import { defineCheck, type Scope } from "../../model/check.ts";
import { type Pod, refOf } from "../../model/kube.ts";
import { type ProbeResult, verdictOfProbe } from "../../model/probe-results.ts";
import { selects } from "../../model/selectors.ts";
import { isLoadBalancer } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { compilePolicy } from "../../policy/compile.ts";
import { podEnd } from "../../policy/ends.ts";
import { matchPort } from "../../policy/ports.ts";
import type { Rule } from "../../policy/types.ts";
import {
  CONTEXT,
  certaintyOf,
  describeRule,
  engineOf,
  isolating,
  POLICIES,
  podNames,
  type Selecting,
  subjects,
  type TargetPort,
  targetPorts,
} from "./_policies.ts";

function opens(rule: Rule, pod: Pod, { port, protocol }: TargetPort): boolean {
  const end = podEnd(pod);
  const flow = { from: end, to: end, port, protocol };
  return rule.ports.length === 0 || rule.ports.some((clause) => matchPort(clause, flow, "").match !== "no");
}

/** Whether the rule may let somebody in who is no pod: everybody, or an address block. */
function admitsOutside({ peers }: Rule): boolean {
  return peers.length === 0 || peers.some((peer) => peer.kind !== "pods");
}

/** Rules that open the port, when every one of them is about pods only. Empty: some rule may admit the outside, or none opens the port at all. */
function podsOnly(all: readonly Selecting[], pod: Pod, target: TargetPort): readonly Rule[] {
  const rules = all
    .filter(({ pods }) => pods.includes(pod))
    .flatMap(({ policy }) => compilePolicy(policy).ingress)
    .filter((rule) => opens(rule, pod, target));
  return rules.some(admitsOutside) ? [] : rules;
}

/** Whether a request from outside the cluster came through this Service's load balancer, every time. */
function cameIn(
  { vantage, target, attempts }: ProbeResult,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): boolean {
  const isOurs = target.object.name === name && target.object.namespace === namespace;
  const fromOutside = vantage.kind === "local" && target.hop === "load-balancer";
  return isOurs && fromOutside && verdictOfProbe({ vantage, target, attempts }) === "ok";
}

function balanced({ services }: Scope) {
  return services.filter((service) => isLoadBalancer(service) && service.metadata.deletionTimestamp === undefined);
}

/**
 * A load balancer in front of pods that let in pods alone. Only where the engine is known to apply policies to such traffic: Cilium does
 * (documented for AKS); with externalTrafficPolicy Local the client's address arrives, which the others judge too. With Cluster a packet has a
 * node's address, and the pod's own node is always let in: some clients get through, so nothing is said. Azure NPM does not apply ingress
 * policies to it at all. A port that no rule opens to anybody is net/policy-denies-ingress.
 */
export const check = defineCheck({
  id: "net/policy-denies-external",
  question: "Do policies let clients in that come through the load balancer?",
  hop: "policy",
  appliesTo: ["svc"],
  needs: ["networkPolicies"],
  wants: ["probes", ...CONTEXT],
  findings: {
    "net/policy-denies-external": {
      severity: "warning",
      title: "Policies let pods in, but nobody who comes through the load balancer",
      explain:
        "The Service has a load balancer, and the rules that open its port name pods only. Clients from outside are no pods: their packets are dropped, and they see a timeout. " +
        "Allow them with an ipBlock; with Cilium and externalTrafficPolicy Cluster, where a node's address arrives, take Local or a CiliumNetworkPolicy. It is meant so when the load balancer only serves health checks.",
      docs: [POLICIES, "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy"],
    },
  },
  notFor: (scope) => (balanced(scope).length === 0 ? "the Service has no load balancer" : undefined),
  run({ scope, networkPolicies, wanted }, find) {
    const { engine } = engineOf(wanted);
    if (engine === "none" || engine === "npm") return [];
    const all = isolating(networkPolicies, scope);
    if (all.length === 0) return [];
    if (engine === "unknown")
      return { skipped: "what engines do with load balancer traffic differs, and which runs is not known" };
    return balanced(scope).flatMap((service) => {
      const local = service.spec?.externalTrafficPolicy === "Local";
      if (engine !== "cilium" && !local) return [];
      // This machine is a client from outside, and just got in.
      if (itemsOr(wanted.probes).some((result) => cameIn(result, service.metadata))) return [];
      const pods = subjects(scope).filter((pod) => selects(service, pod));
      const pairs = pods.flatMap((pod) =>
        targetPorts({ ...scope, services: [service] }, pod).map((target) => ({ pod, target })),
      );
      const shut = pairs.map(({ pod, target }) => ({ pod, target, rules: podsOnly(all, pod, target) }));
      const [first] = shut;
      if (first === undefined || shut.some(({ rules }) => rules.length === 0)) return [];
      const policies = all.filter(({ pods: selected }) => selected.includes(first.pod));
      const [policy] = policies;
      if (policy === undefined) return [];
      const port = `${first.target.port}/${first.target.protocol}`;
      return [
        find("net/policy-denies-external", {
          object: refOf(policy.policy, "spec.ingress"),
          summary: `policies let only pods reach ${podNames(pods)} on ${port}: clients of load balancer ${service.metadata.name} are none`,
          evidence: [
            ...first.rules.slice(0, 5).map((rule, i) => ({ k: `rule ${i + 1}`, v: describeRule(rule) })),
            { k: "engine", v: engine },
            {
              k: "externalTrafficPolicy",
              v: local ? "Local: the client's address arrives" : "Cluster: a node's address arrives",
            },
          ],
          remedy: [
            `# allow the clients' addresses on ${port} with an ipBlock in a policy that selects these pods`,
            kubectl(scope.namespace, "get", "networkpolicy", "-o", "yaml"),
          ],
          confidence: certaintyOf(scope, wanted),
        }),
      ];
    });
  },
});
