import { type CheckAnswer, defineCheck, type Scope } from "../../model/check.ts";
import type { Finding, FindingBody } from "../../model/finding.ts";
import { type NetworkPolicy, type Pod, refOf, type Service } from "../../model/kube.ts";
import { kubectl } from "../../model/shell.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { compilePolicy } from "../../policy/compile.ts";
import { podEnd } from "../../policy/ends.ts";
import { matchPort } from "../../policy/ports.ts";
import type { PolicyEngine } from "../../policy/types.ts";
import { justConnected, justLost } from "./_compared.ts";
import { type Asked, ask, clientOf, findings, sourceEnd } from "./_denied.ts";
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
  worldOf,
} from "./_policies.ts";

/** What a source that was named meets, or why that cannot be told. */
function aboutSource(asked: readonly Asked[], found: readonly Finding[]): CheckAnswer {
  if (found.length > 0) return found;
  if (asked.length === 0) return { skipped: "no port of the pods to ask about; name one with --port" };
  const open = asked.find(({ report }) => report.families.some(({ ingress }) => ingress.verdict === "unknown"));
  const reason = open?.report.families.find(({ ingress }) => ingress.verdict === "unknown")?.ingress.reason;
  return reason === undefined ? [] : { unknown: reason };
}

/** Whether no rule of the policies that isolate the pod lets the port in, from anybody. */
function closed(all: readonly Selecting[], pod: Pod, { port, protocol }: TargetPort): boolean {
  const mine = all.filter((each) => each.pods.includes(pod));
  const end = podEnd(pod);
  const flow = { from: end, to: end, port, protocol };
  const rules = mine.flatMap(({ policy }) => compilePolicy(policy).ingress);
  return (
    mine.length > 0 &&
    rules.every(
      (rule) => rule.ports.length > 0 && rule.ports.every((clause) => matchPort(clause, flow, "").match === "no"),
    )
  );
}

/** NodePort and LoadBalancer traffic may enter with the address of the pod's own node, which is always let in; Cilium keeps it apart. */
function entersThroughNodes(services: readonly Service[]): boolean {
  return services.some(({ spec }) => spec?.type === "LoadBalancer" || spec?.type === "NodePort");
}

interface Closed {
  readonly pods: readonly Pod[];
  readonly target: TargetPort;
  readonly policies: readonly NetworkPolicy[];
}

/** The ports that are closed on every judged pod that has them. One open replica keeps a Service alive. */
function closedEverywhere(all: readonly Selecting[], scope: Scope): readonly Closed[] {
  const pairs = subjects(scope).flatMap((pod) => targetPorts(scope, pod).map((target) => ({ pod, target })));
  const keys = [...new Set(pairs.map(({ target }) => `${target.port}/${target.protocol}`))];
  return keys.flatMap((key) => {
    const mine = pairs.filter(({ target }) => `${target.port}/${target.protocol}` === key);
    const target = mine[0]?.target;
    if (target === undefined || !mine.every((each) => closed(all, each.pod, each.target))) return [];
    const pods = mine.map(({ pod }) => pod);
    const policies = all.filter((each) => each.pods.some((pod) => pods.includes(pod))).map(({ policy }) => policy);
    return [{ pods, target, policies }];
  });
}

function closedBody({ pods, target, policies }: Closed, engine: PolicyEngine): FindingBody | undefined {
  const [first] = policies;
  if (first === undefined) return undefined;
  const port = `${target.port}/${target.protocol}`;
  return {
    object: refOf(first, "spec.ingress"),
    summary: `NetworkPolicies let nobody reach ${podNames(pods)} on ${port}`,
    evidence: [
      ...policies.slice(0, 5).map((policy) => {
        const rules = compilePolicy(policy).ingress.slice(0, 5).map(describeRule);
        return { k: `policy ${policy.metadata.name}`, v: rules.length === 0 ? "lets nobody in" : rules.join("; ") };
      }),
      { k: "engine", v: engine },
    ],
    remedy: [
      `# allow ${port} from the clients that need it, in a policy that selects these pods; with --from netcheck prints the rule`,
      kubectl(first.metadata.namespace, "get", "networkpolicy", "-o", "yaml"),
    ],
  };
}

/**
 * With a source (`--from`, a probe's vantage): whether policies deny it. Without one only this is certain enough to say: the pods of a
 * Service are isolated and no rule opens its port to anybody, so no client but the pods' own nodes gets through. For a pod on its own that may
 * be the intention (a worker that serves nobody), so it is not judged there.
 */
export const check = defineCheck({
  id: "net/policy-denies-ingress",
  question: "Do policies let the client reach the pods?",
  hop: "policy",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["networkPolicies"],
  wants: ["probes", ...CONTEXT],
  findings: {
    "net/policy-denies-ingress": {
      severity: "error",
      title: "A policy denies the traffic to the pod",
      explain:
        "The pod is isolated for ingress and no rule allows this source on this port. Packets are dropped, so clients see a timeout. It is a warning as long as the policy engine is not known or has rules that are not evaluated; " +
        "traffic from the pod's own node always passes. Add the rule; do not delete the policy.",
      docs: [POLICIES],
    },
  },
  run({ scope, networkPolicies, wanted }, find) {
    const { engine } = engineOf(wanted);
    if (engine === "none") return [];
    const confidence = certaintyOf(scope, wanted);
    if (scope.from !== undefined) {
      const world = worldOf(scope, networkPolicies, wanted);
      const source = sourceEnd(world, scope.from);
      if (source === undefined) return { unknown: "the source has no IP address" };
      const asked = ask(world, scope, [source]).filter(
        ({ pod, report }) => !justConnected(itemsOr(wanted.probes), pod, report.port, clientOf(scope.from)),
      );
      const confirmed = asked.some(({ pod, report }) =>
        justLost(itemsOr(wanted.probes), pod, report.port, clientOf(scope.from)),
      );
      // Policies and packets agree: whatever else may let the flow in, nothing does.
      const sure = confirmed ? "likely" : confidence;
      const found = findings(asked, "ingress", { confidence: sure }, (body) => find("net/policy-denies-ingress", body));
      return aboutSource(asked, found);
    }
    const all = isolating(networkPolicies, scope);
    if (all.length === 0) return [];
    const asksForSource = { skipped: "no source was named (--from), and the policies let some in" };
    if (scope.target === "pod") return asksForSource;
    const viaNodes = entersThroughNodes(scope.services);
    // Azure NPM does not apply ingress policies to what enters through a load balancer or node port (AKS: migrate from NPM to Cilium).
    if (viaNodes && engine === "npm") return asksForSource;
    const sure = viaNodes && engine !== "cilium" ? "possible" : confidence;
    const found = closedEverywhere(all, scope).flatMap((each) => {
      // What a test pod just reached is not closed to all: see net/prediction-differs.
      if (each.pods.some((pod) => justConnected(itemsOr(wanted.probes), pod, each.target.port))) return [];
      const body = closedBody(each, engine);
      return body === undefined ? [] : [find("net/policy-denies-ingress", { ...body, confidence: sure })];
    });
    return found.length > 0 ? found : asksForSource;
  },
});
