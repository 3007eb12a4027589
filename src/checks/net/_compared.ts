/** What policies say of a flow beside what its packets met: only where both are known of the very same flow, pod to pod. */
import type { Scope } from "../../model/check.ts";
import type { NetworkPolicy, Pod } from "../../model/kube.ts";
import {
  hasLostPackets,
  isReached,
  type ProbeResult,
  type Vantage,
  verdictOfProbe,
} from "../../model/probe-results.ts";
import type { Collections, Gathered } from "../../model/snapshot.ts";
import { podEnd } from "../../policy/ends.ts";
import { explainFlow, type FlowReport } from "../../policy/flow.ts";
import { sourceEnd } from "./_denied.ts";
import { type CONTEXT, subjects, worldOf } from "./_policies.ts";

type Context = { readonly [K in (typeof CONTEXT)[number] | "sourcePolicies"]: Gathered<Collections[K]> };

/** One pod asked by another, by test pod or by a client of the user's, and what policies say of that. */
export interface Compared {
  readonly result: ProbeResult;
  readonly pod: Pod;
  readonly report: FlowReport;
}

/**
 * The results that can be compared: sent by a pod whose labels are known, to a judged pod's own address. Not the API server's proxy, this machine and
 * port-forward, whose packets come from elsewhere; not pods in the host network, to which engines differ; not a pod that asks itself, which always may.
 */
export function compared(
  scope: Scope,
  probes: readonly ProbeResult[],
  networkPolicies: readonly NetworkPolicy[],
  context: Context,
): readonly Compared[] {
  return probes.flatMap((result): readonly Compared[] => {
    const { vantage, target } = result;
    const sender = vantage.pod;
    const pod = subjects(scope).find(
      ({ metadata }) => metadata.name === target.object.name && metadata.namespace === target.object.namespace,
    );
    const isOwn = sender?.name === target.object.name && sender.namespace === target.object.namespace;
    if (target.hop !== "pod" || target.object.kind !== "Pod" || target.scheme === "udp") return [];
    if (pod === undefined || sender === undefined || isOwn || sender.hostNetwork === true) return [];
    const elsewhere = sender.namespace !== scope.namespace && context.sourcePolicies.state === "ok";
    const policies = elsewhere && context.sourcePolicies.state === "ok" ? context.sourcePolicies.items : [];
    const world = worldOf(scope, networkPolicies, context, {
      policies,
      readIn: elsewhere ? [sender.namespace] : [],
    });
    const from = sourceEnd(world, {
      kind: "pod",
      ...sender,
      ...(vantage.node === undefined ? {} : { node: vantage.node }),
    });
    if (from === undefined) return [];
    const report = explainFlow(world, { from, to: podEnd(pod), port: target.port, protocol: "TCP" });
    return [{ result, pod, report }];
  });
}

/** Whether packets got through, at least once, that the policies deny on paper: a test pod may be too young to be isolated yet. */
export function passedThoughDenied({ result, report }: Compared): boolean {
  return report.onPaper === "deny" && result.attempts.some(isReached);
}

type Client = Pick<NonNullable<Vantage["pod"]>, "namespace" | "name">;

/** The tries of one client (undefined: any pod but itself, none in the host network) at that port of the pod. */
function triesOf(
  probes: readonly ProbeResult[],
  pod: Pod,
  port: number,
  client: Client | undefined,
): readonly ProbeResult[] {
  const { namespace, name } = pod.metadata;
  return probes.filter(({ vantage, target }) => {
    const sender = vantage.pod;
    if (sender === undefined || sender.hostNetwork === true) return false;
    const isClient = client === undefined || (sender.name === client.name && sender.namespace === client.namespace);
    const isOwn = sender.name === name && sender.namespace === namespace;
    const isThere = target.object.name === name && target.object.namespace === namespace;
    return isClient && !isOwn && isThere && target.hop === "pod" && target.port === port;
  });
}

/** Whether a client (undefined: any pod) just reached that port of the pod, every time: then no policy keeps it out, whatever is written. */
export function justConnected(probes: readonly ProbeResult[], pod: Pod, port: number, client?: Client): boolean {
  return triesOf(probes, pod, port, client).some((result) => verdictOfProbe(result) === "ok");
}

/** Whether packets of that client to that port of the pod just got lost: what the policies say and what happens then agree. */
export function justLost(probes: readonly ProbeResult[], pod: Pod, port: number, client: Client): boolean {
  return triesOf(probes, pod, port, client).some(hasLostPackets);
}
