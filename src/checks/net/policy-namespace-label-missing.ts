import { defineCheck } from "../../model/check.ts";
import { type Namespace, refOf } from "../../model/kube.ts";
import { matchesSelector } from "../../model/selectors.ts";
import { kubectl } from "../../model/shell.ts";
import { compilePolicy } from "../../policy/compile.ts";
import { labelsOf } from "../../policy/ends.ts";
import { describeSelector } from "../../policy/labels.ts";
import type { PeerClause } from "../../policy/types.ts";
import { NAMESPACE_NAME_LABEL } from "../../policy/world.ts";
import { isolating, POLICIES } from "./_policies.ts";

type PodsPeer = Extract<PeerClause, { kind: "pods" }>;

function selectsSome(selector: NonNullable<PodsPeer["namespaces"]>, namespaces: readonly Namespace[]): boolean {
  return namespaces.some(({ metadata }) =>
    matchesSelector(selector, { ...labelsOf(metadata.labels), [NAMESPACE_NAME_LABEL]: metadata.name }),
  );
}

/** A namespace whose name is a value of the selector: the label was meant to be its name. */
function namesake(selector: NonNullable<PodsPeer["namespaces"]>, namespaces: readonly Namespace[]): string | undefined {
  const values = Object.values(selector.matchLabels ?? {});
  return namespaces.find(({ metadata }) => values.includes(metadata.name))?.metadata.name;
}

/**
 * Old habits such as `name: ingress-nginx` select nothing: only `kubernetes.io/metadata.name` is set by the API server. A namespace that is yet
 * to come is a reason for an empty selection too, so a rule that also lets somebody else in is only worth an info.
 */
export const check = defineCheck({
  id: "net/policy-namespace-label-missing",
  question: "Does every namespaceSelector of the policies select a namespace?",
  hop: "policy",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["networkPolicies", "namespaces"],
  findings: {
    "net/policy-namespace-label-missing": {
      severity: "warning",
      title: "A namespaceSelector of a policy selects no namespace",
      explain:
        "No namespace carries the labels that the rule asks for, so this peer lets nobody in. Namespaces have no label `name`; the API server sets kubernetes.io/metadata.name on each.",
      docs: [`${POLICIES}#targeting-a-namespace-by-its-name`],
    },
  },
  run({ scope, networkPolicies, namespaces }, find) {
    // Every cluster has kube-system. Without it this is a part of a cluster (a dump of one namespace), and absence says nothing.
    if (!namespaces.some(({ metadata }) => metadata.name === "kube-system")) {
      return { skipped: "the namespaces were not read in full" };
    }
    return isolating(networkPolicies, scope).flatMap(({ policy }) =>
      compilePolicy(policy).ingress.flatMap((rule, r) => {
        const useless = (peer: PeerClause): peer is PodsPeer =>
          peer.kind === "pods" && peer.namespaces !== undefined && !selectsSome(peer.namespaces, namespaces);
        const all = rule.peers.every(useless);
        return rule.peers.flatMap((peer, i) => {
          if (!useless(peer)) return [];
          const selector = peer.namespaces ?? {};
          const meant = namesake(selector, namespaces);
          return [
            find("net/policy-namespace-label-missing", {
              severity: all ? "warning" : "info",
              object: refOf(policy, `spec.ingress[${r}].from[${i}].namespaceSelector`),
              summary: `policy ${policy.metadata.name} lets in namespaces with ${describeSelector(selector)}, and no namespace has that`,
              evidence: [
                { k: "namespaceSelector", v: describeSelector(selector) },
                ...(meant === undefined ? [] : [{ k: "did you mean", v: `${NAMESPACE_NAME_LABEL}=${meant}` }]),
              ],
              remedy: [
                ...(meant === undefined
                  ? []
                  : [`# use ${NAMESPACE_NAME_LABEL}: the API server sets it on every namespace`]),
                kubectl("", "get", "namespaces", "--show-labels"),
                kubectl(policy.metadata.namespace, "edit", "networkpolicy", policy.metadata.name),
              ],
            }),
          ];
        });
      }),
    );
  },
});
