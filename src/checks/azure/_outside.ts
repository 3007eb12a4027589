/** What tries from outside the cluster say of the way through Azure's load balancer. From inside, its address leads to the Service without ever crossing Azure. */
import type { Evidence } from "../../model/finding.ts";
import type { Service, ServicePort } from "../../model/kube.ts";
import { describeProbe, hasLostPackets, hostPort, isReached, type ProbeResult } from "../../model/probe-results.ts";
import { type Gathered, itemsOr } from "../../model/snapshot.ts";

/** `open`: this machine got through. `lost`: every try vanished, while the Service answers inside the cluster. */
export interface Outside {
  readonly state: "open" | "lost" | "unknown";
  readonly evidence: readonly Evidence[];
}

const OUTER = new Set(["load-balancer", "controller-lb"]);
const INNER = new Set(["cluster-ip", "controller-ip"]);

/**
 * How the Service's port fared from the user's machine. A machine in the nodes' own network is no client from outside: what it meets says nothing of
 * others. `ip`: only that address of the load balancer.
 */
export function seenFromOutside(
  probes: Gathered<ProbeResult>,
  service: Service,
  port: ServicePort | undefined,
  ip?: string,
): Outside {
  const own = itemsOr(probes).filter(
    ({ target }) =>
      target.object.kind === "Service" &&
      target.object.name === service.metadata.name &&
      target.object.namespace === service.metadata.namespace &&
      (port === undefined || target.servicePort === port.port),
  );
  const outer = own.filter(
    ({ vantage, target }) =>
      vantage.kind === "local" &&
      vantage.near !== true &&
      OUTER.has(target.hop) &&
      (ip === undefined || target.host === ip),
  );
  const inner = own.filter(
    ({ vantage, target }) => (vantage.kind === "pod" || vantage.kind === "client-pod") && INNER.has(target.hop),
  );
  if (outer.some(({ attempts }) => attempts.some(isReached))) return { state: "open", evidence: [] };
  const works = inner.length > 0 && inner.every(({ attempts }) => attempts.some(isReached));
  if (outer.length === 0 || !outer.every(hasLostPackets) || !works) return { state: "unknown", evidence: [] };
  const evidence = [...outer, ...inner].map((one) => ({
    k: `${hostPort(one.target.host, one.target.port)} from ${one.vantage.label}`,
    v: describeProbe(one),
  }));
  return { state: "lost", evidence };
}
