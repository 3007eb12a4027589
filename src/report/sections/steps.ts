/**
 * Which step of the answer a check belongs to: by its layer, then by what follows the slash in its id, the first row that has a word of it. `^` stands for the
 * beginning, `$` for the end. Words and not patterns: each pattern would have to be compiled, in every run, for one table.
 */
const STEPS: Readonly<Record<string, readonly (readonly [step: string, words: string])[]>> = {
  probe: [
    ["I7", "^host ^tls"],
    ["S8", "^"],
  ],
  dns: [["S8", "^name-not-resolved"]],
  node: [
    ["S8", "^cross-node ^clusterip"],
    ["P1/P2", "^"],
  ],
  pod: [
    ["S8", "^app-http ^protocol-mismatch"],
    ["P3", "probe not-ready readiness liveness starting"],
    ["P4", "sockets listen port host-network app-http protocol"],
    ["P1/P2", "^"],
  ],
  workload: [["P1/P2", "^"]],
  mesh: [["P1/P2", "^"]],
  ingress: [
    ["I6", "^host-dns"],
    ["I7", "^request-log ^log-host-unmatched ^request-not"],
    [
      "I1",
      "^class ^default-classes ^multiple-default ^controller$ ^namespace-not ^controller-not ^controller-retired ^agc ^agic",
    ],
    ["I3", "^tls"],
    ["I4", "^annotation ^snippet ^ssl ^allowlist"],
    ["I5", "^controller ^reload ^address ^log ^webhook"],
    ["I2", "^"],
  ],
  svc: [
    ["S2", "^selector ^pod-label"],
    ["S3", "^target-port ^port-not-exposed ^protocol-mismatch ^headless-port ^app-protocol ^manual-endpoint-port"],
    ["S5", "^external-local ^internal-local ^session-affinity ^traffic-distribution ^proxied"],
    ["S6", "^lb- ^externalname ^nodeport ^source-ranges"],
    ["S4", "endpoint slice ^publish-not-ready ^node-missing ^port-has"],
    ["S1", "^"],
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
  const [layer, rest] = [id.slice(0, slash), `^${id.slice(slash + 1)}$`];
  if (!Object.hasOwn(STEPS, layer)) return "";
  return STEPS[layer]?.find(([, words]) => words.split(" ").some((word) => rest.includes(word)))?.[0] ?? "";
}
