/** `node scripts/bench/policy.ts [policies] [pods]`: what one flow costs in a big cluster, once it is loaded. Prints one Markdown table. */
import { explainFlow } from "../../src/policy/flow.ts";
import { endOfPod, type PolicyInput, type PolicyWorld, prepare } from "../../src/policy/world.ts";
import { bigInput } from "../../test/policy/generate.ts";

const FLOWS = 200;

function timed<T>(work: () => T): { readonly ms: number; readonly result: T } {
  const start = performance.now();
  const result = work();
  return { ms: performance.now() - start, result };
}

/** Milliseconds of `count` explained flows between pods all over the cluster, each by itself, sorted. */
function flowTimes(world: PolicyWorld, input: PolicyInput, count: number): readonly number[] {
  const pods = input.pods;
  return Array.from({ length: count }, (_, i) => {
    const [a, b] = [pods[(i * 37) % pods.length], pods[(i * 101) % pods.length]];
    return timed(() => {
      const from = a && endOfPod(world, a.metadata.namespace, a.metadata.name);
      const to = b && endOfPod(world, b.metadata.namespace, b.metadata.name);
      return from && to && explainFlow(world, { from, to, protocol: "TCP", port: 1000 + (i % 100) });
    }).ms;
  }).sort((x, y) => x - y);
}

const [policies = 2000, pods = 10_000] = process.argv.slice(2).map(Number);
const input = bigInput(policies, pods);
const loaded = timed(() => prepare(input));
const times = flowTimes(loaded.result, input, FLOWS);
const at = (share: number): string => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(2);
process.stdout.write(
  `| ${policies} policies × ${pods} pods | ms |\n|---|---|\n| load once | ${loaded.ms.toFixed(0)} |\n| one flow, explained: median | ${at(0.5)} |\n| slowest of ${FLOWS} | ${at(1)} |\n`,
);
