/** Laws that hold for every NSG, tried on many that a seeded generator makes up. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NsgRule } from "../../src/model/nsg.ts";
import { evaluateNsg } from "../../src/nsg/evaluate.ts";
import type { Flow } from "../../src/nsg/flow.ts";
import { cidrs, flow, nsg, rule } from "./build.ts";

/** A small linear generator (Numerical Recipes): the same cases on every run. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const FROM = ["*", "Internet", "VirtualNetwork", "AzureLoadBalancer", "203.0.113.0/24", "10.0.0.0/8", "Storage"];
const TO = ["*", "20.62.1.9", "VirtualNetwork", "10.224.0.0/16", "Internet"];
const PORTS = ["*", "80", "443", "8000-9000", "0-1023"];
const SOURCE_PORTS = ["*", "*", "*", "80", "1024-65535"];
const SOURCES = ["203.0.113.7", "168.63.129.16", "10.224.0.9", "10.1.0.4", "20.60.1.1"];
const DESTINATIONS = ["20.62.1.9", "10.224.0.4"];
const CONTEXT = { vnet: cidrs("10.224.0.0/12") };

type Random = ReturnType<typeof generator>;
const pick = <T>(random: Random, values: readonly [T, ...T[]] | readonly T[]): T => {
  const value = values[random(values.length)];
  assert.ok(value !== undefined);
  return value;
};

function randomRule(random: Random, priority: number): NsgRule {
  return rule(priority, random(2) === 0 ? "Allow" : "Deny", {
    from: pick(random, FROM),
    to: pick(random, TO),
    ports: pick(random, PORTS),
    sourcePorts: pick(random, SOURCE_PORTS),
    protocol: pick(random, ["*", "tcp", "udp"]),
  });
}

function randomFlow(random: Random): Flow {
  return flow({
    from: pick(random, SOURCES),
    to: pick(random, DESTINATIONS),
    port: pick(random, [80, 443, 8080]),
    protocol: pick(random, ["TCP", "UDP"]),
  });
}

function shuffled<T>(random: Random, values: readonly T[]): readonly T[] {
  const keyed = values.map((value) => ({ value, key: random(1_000_000) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
}

describe("laws of NSGs", () => {
  const random = generator(20260824);
  const cases = Array.from({ length: 2000 }, () => ({
    rules: Array.from({ length: 1 + random(6) }, (_, i) => randomRule(random, 100 + 100 * i + random(90))),
    asked: randomFlow(random),
  }));

  it("the order in which rules are listed never matters", () => {
    for (const { rules, asked } of cases) {
      const group = nsg("a", ...rules);
      const other = { ...group, rules: shuffled(random, group.rules) };
      assert.deepEqual(evaluateNsg(other, asked, CONTEXT), evaluateNsg(group, asked, CONTEXT));
    }
  });

  it("a rule behind the deciding one never matters", () => {
    let known = 0;
    for (const { rules, asked } of cases) {
      const before = evaluateNsg(nsg("a", ...rules), asked, CONTEXT);
      const last = before.rule ?? before.candidates.at(-1);
      assert.ok(last);
      const late = randomRule(random, Math.min(last.priority + 1 + random(9), 65499));
      if (late.priority <= last.priority) continue;
      known += before.verdict === "Unknown" ? 0 : 1;
      assert.deepEqual(evaluateNsg(nsg("a", ...rules, late), asked, CONTEXT), before);
    }
    assert.ok(known > 500, `only ${known} known verdicts: the generator makes too little of a difference`);
  });

  it("learning more never turns an answer around, it only settles unknown ones", () => {
    let settled = 0;
    for (const { rules, asked } of cases) {
      const before = evaluateNsg(nsg("a", ...rules), asked, CONTEXT).verdict;
      const after = evaluateNsg(
        nsg("a", ...rules),
        { ...asked, sourcePort: 50000 },
        {
          vnet: cidrs("10.224.0.0/12", "10.1.0.0/16"),
          serviceTags: new Map([["storage", cidrs("20.60.0.0/16")]]),
        },
      ).verdict;
      assert.notEqual(after, "Unknown");
      if (before === "Unknown") settled += 1;
      else assert.equal(after, before);
    }
    assert.ok(settled > 50, `only ${settled} unknown verdicts were settled`);
  });
});
