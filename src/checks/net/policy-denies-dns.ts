import { defineCheck } from "../../model/check.ts";
import { parseAddress } from "../../model/cidr.ts";
import { type DaemonSet, type Pod, refOf } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { type Gathered, itemsOr } from "../../model/snapshot.ts";
import { compilePolicy } from "../../policy/compile.ts";
import { externalEnd, podEnd } from "../../policy/ends.ts";
import { evaluate } from "../../policy/evaluate.ts";
import { policyName } from "../../policy/flow.ts";
import { suggestRule } from "../../policy/suggest.ts";
import type { End, Flow, FlowResult, Verdict } from "../../policy/types.ts";
import { applied } from "./_denied.ts";
import { CONTEXT, certaintyOf, engineOf, POLICIES, selectsPod, subjects, worldOf } from "./_policies.ts";

/** Addresses of the DNS cache on the pod's own node: NodeLocal DNSCache, and AKS LocalDNS. */
const NODE_LOCAL: readonly End[] = ["169.254.20.10", "169.254.10.10", "169.254.10.11"].flatMap((ip) => {
  const address = parseAddress(ip);
  return address === undefined ? [] : [externalEnd(address)];
});

/** Pods that resolve names through the cluster's DNS. `Default` and `None` go elsewhere. */
function usesClusterDns(pod: Pod): boolean {
  const policy = pod.spec?.dnsPolicy ?? "ClusterFirst";
  return policy === "ClusterFirst" || policy === "ClusterFirstWithHostNet";
}

interface Asked {
  readonly flow: Flow;
  readonly result: FlowResult;
}

function egressIs(result: FlowResult, verdict: Verdict): boolean {
  return result.families.length > 0 && result.families.every((family) => family.egress.verdict === verdict);
}

/** A DNS cache on every node answers for the DNS pods; whether policies see the way there depends on the engine. */
function hasNodeCache(daemonSets: Gathered<DaemonSet>): boolean {
  return itemsOr(daemonSets).some(({ metadata }) => metadata.name === "node-local-dns");
}

/**
 * Egress isolation that forgets DNS. A pod that may reach nothing at all is left out: that is a server hardened on purpose, which looks nothing up. So is a
 * rule that opens port 53 to somebody: where the answer comes from is then that policy's author's business.
 */
export const check = defineCheck({
  id: "net/policy-denies-dns",
  question: "Do policies let the pods ask the cluster's DNS?",
  hop: "dns",
  appliesTo: ["pod"],
  needs: ["networkPolicies", "dnsPods"],
  wants: [...CONTEXT],
  findings: {
    "net/policy-denies-dns": {
      severity: "error",
      title: "A policy keeps the pod from the cluster's DNS",
      explain:
        "The pod is isolated for egress, its policies allow some destinations, but not port 53 of the DNS pods. Every lookup times out, so whatever the pod reaches by name fails, although the destination itself is allowed. " +
        "Allow UDP and TCP 53 to the pods labelled k8s-app=kube-dns in kube-system.",
      docs: [POLICIES, "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/"],
    },
  },
  run({ scope, networkPolicies, dnsPods, wanted }, find) {
    if (engineOf(wanted).engine === "none") return [];
    if (dnsPods.length === 0) return { skipped: "no DNS pod is known" };
    const world = worldOf(scope, networkPolicies, wanted, { pods: dnsPods });
    const confidence = hasNodeCache(wanted.systemDaemonSets) ? "possible" : certaintyOf(scope, wanted);
    return subjects(scope).flatMap((pod) => {
      const from = podEnd(pod);
      const rules = networkPolicies
        .filter((policy) => selectsPod(policy, pod))
        .map(compilePolicy)
        .flatMap((policy) => (policy.types.includes("egress") ? policy.egress : []));
      if (rules.length === 0 || !usesClusterDns(pod)) return [];
      if (rules.some((rule) => rule.ports.some(({ port }) => port === 53))) return [];
      const to = (end: End): Asked => {
        const flow = { from, to: end, port: 53, protocol: "UDP" };
        return { flow, result: evaluate(world, flow) };
      };
      const pods = dnsPods.map((each) => to(podEnd(each)));
      const [first] = pods;
      // To the own node engines differ, so a cache there only counts when a rule lets the pod reach it.
      const cached = NODE_LOCAL.map(to).some(({ result }) => egressIs(result, "allow"));
      if (first === undefined || cached || !pods.every(({ result }) => egressIs(result, "deny"))) return [];
      const { egress } = first.result.families[0] ?? {};
      const by = egress?.isolatedBy ?? [];
      const [suggestion] = suggestRule(world, first.flow, first.result);
      return [
        find("net/policy-denies-dns", {
          object: refOf(pod),
          summary: `policies let ${pod.metadata.name} reach some destinations, but not the cluster's DNS on port 53`,
          evidence: [
            { k: "isolating policies", v: by.map(policyName).join(", ") },
            {
              k: "DNS pods",
              v: dnsPods
                .slice(0, 3)
                .map((each) => each.metadata.name)
                .join(", "),
            },
          ],
          remedy: [
            "# allow the lookup (add a second port with TCP for long answers)",
            ...(suggestion === undefined ? [] : applied(suggestion)),
            kubectl(pod.metadata.namespace, "get", "networkpolicy", "-o", "yaml"),
          ],
          confidence,
        }),
      ];
    });
  },
});
