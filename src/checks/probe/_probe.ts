/** What the probe checks share: results by station and place, and words for them. */
import type { Scope } from "../../model/check.ts";
import type { Evidence } from "../../model/finding.ts";
import type { Pod } from "../../model/kube.ts";
import { longRunning } from "../../model/pods.ts";
import {
  describeProbe,
  failureOf,
  hostPort,
  type ProbeClass,
  type ProbeHop,
  type ProbeResult,
  type ProbeTarget,
  verdictOfProbe,
} from "../../model/probe-results.ts";

export const DEBUG_SERVICE = "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/";
export const NETWORK_POLICIES = "https://kubernetes.io/docs/concepts/services-networking/network-policies/";

/** `10.244.1.15:8080`. */
export function addressOf(target: ProbeTarget): string {
  return hostPort(target.host, target.port);
}

/** Results that say something about the address: no UDP, which is never judged, and no port-forward, which dials 127.0.0.1 inside the pod instead. */
export function atHop(results: readonly ProbeResult[], hop: ProbeHop): readonly ProbeResult[] {
  return results.filter(
    ({ vantage, target }) => target.hop === hop && target.scheme !== "udp" && vantage.kind !== "port-forward",
  );
}

/** The pod that sent is the one that was asked: policies never apply, and its cluster IP leads back to itself, which some networks cannot do. */
export function isSelf({ vantage, target }: ProbeResult): boolean {
  const { kind, namespace, name } = target.object;
  return kind === "Pod" && vantage.pod?.name === name && vantage.pod.namespace === namespace;
}

/** Results from inside the cluster: a test pod or the user's own pod. The API server's proxy and this machine stand elsewhere. */
export function fromInside(results: readonly ProbeResult[]): readonly ProbeResult[] {
  return results.filter(({ vantage }) => vantage.kind === "pod" || vantage.kind === "client-pod");
}

/** Same target: the same address, port and station. */
export function sameTarget(a: ProbeTarget, b: ProbeTarget): boolean {
  return a.hop === b.hop && a.host === b.host && a.port === b.port;
}

/** One line of evidence for each place: `from test pod on node1: connection refused (2 of 2 tries)`. */
export function evidenceOf(results: readonly ProbeResult[]): readonly Evidence[] {
  return results.map((result) => ({
    k: `${addressOf(result.target)} from ${result.vantage.label}`,
    v: `${describeProbe(result)}; ${result.attempts[0]?.evidence ?? ""}`,
  }));
}

export function hasFailed(result: ProbeResult, ...classes: readonly ProbeClass[]): boolean {
  const failure = failureOf(result);
  return verdictOfProbe(result) === "failed" && failure !== undefined && classes.includes(failure);
}

/** The results of the endpoints behind the target's Service port, from the same place. */
export function endpointsBehind(one: ProbeResult, results: readonly ProbeResult[]): readonly ProbeResult[] {
  return atHop(results, "pod").filter(
    ({ vantage, target }) => vantage.label === one.vantage.label && target.servicePort === one.target.servicePort,
  );
}

export function podOf(target: ProbeTarget, scope: Scope): Pod | undefined {
  const { kind, namespace, name } = target.object;
  if (kind !== "Pod") return undefined;
  return scope.pods.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
}

/** A mesh proxy in the pod may want mutual TLS from every client: a reset of a stranger is then as it should be. */
export function hasMeshProxy(pod: Pod | undefined): boolean {
  const names = pod === undefined ? [] : longRunning(pod).map(({ name }) => name ?? "");
  return names.some((name) => name === "istio-proxy" || name === "linkerd-proxy");
}

/** For answers when there is nothing to judge. */
export const NOTHING_TRIED = { skipped: "nothing of that kind was tried" } as const;
