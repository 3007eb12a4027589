/**
 * Which step of the answer a check belongs to: by its id, the first pattern of its layer that matches what follows the slash. By layer, because every
 * pattern that is tried has to be compiled first.
 */
const STEPS: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  probe: [
    [/^(host|tls)/, "I7"],
    [/^/, "S8"],
  ],
  dns: [[/^name-not-resolved/, "S8"]],
  node: [
    [/^(cross-node|clusterip)/, "S8"],
    [/^/, "P1/P2"],
  ],
  pod: [
    [/^(app-http|protocol-mismatch)/, "S8"],
    [/probe|not-ready|readiness|liveness|starting/, "P3"],
    [/sockets|listen|port|host-network|app-http|protocol/, "P4"],
    [/^/, "P1/P2"],
  ],
  workload: [[/^/, "P1/P2"]],
  mesh: [[/^/, "P1/P2"]],
  ingress: [
    [/^host-dns/, "I6"],
    [/^(request-log|log-host-unmatched|request-not)/, "I7"],
    [
      /^(class|default-classes|multiple-default|controller$|namespace-not|controller-not|controller-retired|agc|agic)/,
      "I1",
    ],
    [/^tls/, "I3"],
    [/^(annotation|snippet|ssl|allowlist)/, "I4"],
    [/^(controller|reload|address|log|webhook)/, "I5"],
    [/^/, "I2"],
  ],
  svc: [
    [/^(selector|pod-label)/, "S2"],
    [/^(target-port|port-not-exposed|protocol-mismatch|headless-port|app-protocol|manual-endpoint-port)/, "S3"],
    [/^(external-local|internal-local|session-affinity|traffic-distribution|proxied)/, "S5"],
    [/^(lb-|externalname|nodeport|source-ranges)/, "S6"],
    [/endpoint|slice|^(publish-not-ready|node-missing|port-has)/, "S4"],
    [/^/, "S1"],
  ],
};

/** By id, of which there are some hundreds: every table of every report asks for all of them again. */
const known = new Map<string, string>();

/** The step of a check or finding id, e.g. `S2`; "" for layers that print no table. */
export function stepOf(id: string): string {
  const step = known.get(id) ?? stepIn(id);
  known.set(id, step);
  return step;
}

function stepIn(id: string): string {
  const slash = id.indexOf("/");
  const [layer, rest] = [id.slice(0, slash), id.slice(slash + 1)];
  if (!Object.hasOwn(STEPS, layer)) return "";
  return STEPS[layer]?.find(([pattern]) => pattern.test(rest))?.[1] ?? "";
}
