/** Which step of the answer a check belongs to: by its id, the first pattern that matches. */
const STEPS: readonly (readonly [RegExp, string])[] = [
  [/^ingress\/host-dns/, "I6"],
  [/^(ingress\/(request-log|log-host-unmatched|request-not)|probe\/(host|tls))/, "I7"],
  [/^(probe\/|dns\/name-not-resolved|pod\/(app-http|protocol-mismatch)|node\/(cross-node|clusterip))/, "S8"],
  [/^pod\/.*(probe|not-ready|readiness|liveness|starting)/, "P3"],
  [/^pod\/.*(sockets|listen|port|host-network|app-http|protocol)/, "P4"],
  [/^(pod|workload|node|mesh)\//, "P1/P2"],
  [
    /^ingress\/(class|default-classes|multiple-default|controller$|namespace-not|controller-not|controller-retired|agc|agic)/,
    "I1",
  ],
  [/^ingress\/tls/, "I3"],
  [/^ingress\/(annotation|snippet|ssl|allowlist)/, "I4"],
  [/^ingress\/(controller|reload|address|log|webhook)/, "I5"],
  [/^ingress\//, "I2"],
  [/^svc\/(selector|pod-label)/, "S2"],
  [/^svc\/(target-port|port-not-exposed|protocol-mismatch|headless-port|app-protocol|manual-endpoint-port)/, "S3"],
  [/^svc\/(external-local|internal-local|session-affinity|traffic-distribution|proxied)/, "S5"],
  [/^svc\/(lb-|externalname|nodeport|source-ranges)/, "S6"],
  [/^svc\/(.*endpoint|.*slice|publish-not-ready|node-missing|port-has)/, "S4"],
  [/^svc\//, "S1"],
];

/** By id, of which there are some hundreds: every table of every report asks for all of them again. */
const known = new Map<string, string>();

/** The step of a check or finding id, e.g. `S2`; "" for layers that print no table. */
export function stepOf(id: string): string {
  const step = known.get(id) ?? STEPS.find(([pattern]) => pattern.test(id))?.[1] ?? "";
  known.set(id, step);
  return step;
}
