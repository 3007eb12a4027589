import { defineCheck, type Scope } from "../../model/check.ts";
import type { Evidence, Finding, FindingBody } from "../../model/finding.ts";
import type { NetworkPolicy } from "../../model/kube.ts";
import { timeOf } from "../../model/pods.ts";
import { describeProbe, hasLostPackets, verdictOfProbe } from "../../model/probe-results.ts";
import { kubectl, sh } from "../../model/shell.ts";
import { hasMeshProxy } from "../probe/_probe.ts";
import { type Compared, compared } from "./_compared.ts";
import { CONTEXT, engineOf, othersMayAllow, POLICIES } from "./_policies.ts";

/** A policy younger than this, in milliseconds, may not be programmed on every node yet. */
const FRESH = 60_000;

/** Prediction and probe of one flow, side by side. What is lost although it is allowed is not held against the policies: they are then not the cause. */
export const check = defineCheck({
  id: "net/prediction-differs",
  question: "Do packets meet what the policies say?",
  hop: "policy",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["networkPolicies", "probes"],
  wants: ["sourcePolicies", ...CONTEXT],
  findings: {
    "net/prediction-differs": {
      severity: "warning",
      title: "Packets pass that the policies deny",
      explain:
        "The policies deny this very flow, from the pod that sent to the pod that was asked, and every try got through. Either nothing enforces the policies (no engine runs, or not on that node), or the engine has not taken them up yet, " +
        "or sees other packets than were sent: a mesh or a proxy carries them in a tunnel, or their source address is rewritten on the way. The traffic works; the policies do not protect what they seem to. " +
        "An info where the reason is known or likely: no engine, an engine that is not known, a mesh, a policy less than a minute old, policy kinds that are not evaluated here.",
      docs: [POLICIES],
    },
    "net/lost-though-allowed": {
      severity: "info",
      title: "Packets get lost that the policies allow",
      explain:
        "The NetworkPolicies allow this very flow, and its packets get lost all the same: look for the cause elsewhere, in the network between the nodes, security groups, and policies of kinds that are not evaluated here.",
      docs: [POLICIES],
    },
  },
  run({ scope, probes, networkPolicies, wanted, now }, find) {
    const all = compared(scope, probes, networkPolicies, wanted);
    if (all.length === 0) return { skipped: "no pod asked another one by its address" };
    const passed = all.filter((one) => one.report.onPaper === "deny" && verdictOfProbe(one.result) === "ok");
    const lost = all.filter((one) => one.report.verdict === "allow" && hasLostPackets(one.result));
    const { engine, evidence } = engineOf(wanted);
    const because = (one: Compared): string | undefined => {
      if (engine === "none") return "no policy engine runs in this cluster";
      if (engine === "unknown") return `which policy engine runs, if any, is not known (${evidence})`;
      if (othersMayAllow(wanted)) return "policies of kinds that are not evaluated here may let it in";
      if (hasMeshProxy(one.pod) || isAmbient(one)) return "a mesh carries the traffic to the pod";
      const fresh = networkPolicies.some((policy) => isFresh(policy, now));
      return fresh ? "a policy is less than a minute old, and may not be enforced yet" : undefined;
    };
    return [...byPolicy(passed).map(differs), ...byPolicy(lost).slice(0, 1).map(elsewhere)];

    function differs(one: Compared): Finding {
      const { report, result } = one;
      const why = because(one);
      const body: FindingBody = {
        object: objectOf(one, scope),
        summary: `policies deny ${report.from} → ${report.to} on ${report.port}/TCP, but the packets pass${why === undefined ? "" : `: ${why}`}`,
        evidence: [...sides(one), { k: "engine", v: `${engine} (${evidence})` }],
        remedy: [
          `kubectl netcheck policy --from ${sh(nameOf(result.vantage.pod))} --to ${sh(nameOf(one.pod.metadata))} --port ${report.port}`,
          kubectl("kube-system", "get", "daemonsets", "-o", "wide"),
          "# is the engine ready on both nodes? does a mesh or a proxy carry the traffic? then send once more",
        ],
        confidence: "likely",
      };
      return find("net/prediction-differs", why === undefined ? body : { ...body, severity: "info" });
    }

    function elsewhere(one: Compared): Finding {
      const { report } = one;
      return find("net/lost-though-allowed", {
        object: objectOf(one, scope),
        summary: `NetworkPolicies allow ${report.from} → ${report.to} on ${report.port}/TCP, and its packets get lost all the same: something else drops them`,
        evidence: [...sides(one), { k: "engine", v: `${engine} (${evidence})` }],
        confidence: report.confidence,
      });
    }
  },
});

/** One of each policy and port: replicas are alike. */
function byPolicy(all: readonly Compared[]): readonly Compared[] {
  const keyOf = ({ report }: Compared): string =>
    `${report.families.map(({ egress, ingress }) => `${egress.policy} ${ingress.policy}`).join()} ${report.port}`;
  return all.filter((one, i) => all.findIndex((other) => keyOf(other) === keyOf(one)) === i);
}

function sides({ report, result }: Compared): readonly Evidence[] {
  return [
    { k: "policies say", v: `${report.onPaper}: ${report.reason}` },
    { k: `packets from ${result.vantage.label}`, v: `${describeProbe(result)}; ${result.attempts[0]?.evidence ?? ""}` },
  ];
}

/** The policy that denies; where none is named, the pod. */
function objectOf({ report, pod }: Compared, scope: Scope): FindingBody["object"] {
  const denying = report.families
    .flatMap(({ egress, ingress }) => [ingress, egress])
    .find(({ verdict, policy }) => verdict === "deny" && policy !== null)?.policy;
  const [namespace, name] = (denying ?? "").split("/");
  if (namespace !== undefined && name !== undefined) return { kind: "NetworkPolicy", namespace, name };
  return { kind: "Pod", namespace: scope.namespace, name: pod.metadata.name };
}

function isFresh({ metadata }: NetworkPolicy, now: number): boolean {
  const created = timeOf(metadata.creationTimestamp);
  return created !== undefined && now - created < FRESH;
}

function isAmbient({ pod }: Compared): boolean {
  return pod.metadata.annotations?.["ambient.istio.io/redirection"] === "enabled";
}

function nameOf(one: { readonly namespace: string; readonly name: string } | undefined): string {
  return one === undefined ? "POD" : `${one.namespace}/${one.name}`;
}
