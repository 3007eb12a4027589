/** Builders for tests of the probes. */
import type { ProbeAttempt, ProbeClass, ProbeResult, ProbeTarget, Vantage } from "../../src/model/probe-results.ts";

/** `web-1` at 10.244.1.15:8080 over http, behind port 80. */
export function target(given: Partial<ProbeTarget> = {}): ProbeTarget {
  return {
    hop: "pod",
    host: "10.244.1.15",
    port: 8080,
    scheme: "http",
    guessed: true,
    path: "/",
    object: { kind: "Pod", namespace: "shop", name: "web-1" },
    servicePort: 80,
    node: "node-1",
    ...given,
  };
}

export const CLUSTER_IP: ProbeTarget = {
  hop: "cluster-ip",
  host: "10.96.0.80",
  port: 80,
  scheme: "http",
  guessed: true,
  path: "/",
  object: { kind: "Service", namespace: "shop", name: "web" },
  servicePort: 80,
};

export const DNS_NAME: ProbeTarget = { ...CLUSTER_IP, hop: "dns-name", host: "web.shop.svc" };

export const LOAD_BALANCER: ProbeTarget = { ...CLUSTER_IP, hop: "load-balancer", host: "20.62.1.9" };

/** A test pod on that node. */
export function vantage(node = "node-1", kind: Vantage["kind"] = "pod"): Vantage {
  return { kind, label: `test pod on ${node}`, node };
}

export const LOCAL: Vantage = { kind: "local", label: "this machine" };

/** An HTTP status, or a class. */
export function attempt(said: number | ProbeClass): ProbeAttempt {
  const common = { total: 3, evidence: `curl said ${said}` };
  return typeof said === "number" ? { class: "ok", status: said, ...common } : { class: said, ...common };
}

/** Tries of one target from one place, 200 twice unless said otherwise. */
export function result(
  of: ProbeTarget,
  said: readonly (number | ProbeClass)[] = [200, 200],
  from: Vantage = vantage(),
): ProbeResult {
  return { vantage: from, target: of, attempts: said.map(attempt) };
}
