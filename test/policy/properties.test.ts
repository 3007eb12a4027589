/** Laws that hold for every set of policies, tried on seeded random ones: order means nothing, strangers change nothing, rules only add. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NetworkPolicy } from "../../src/model/kube.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import type { Flow, PolicyEngine, Verdict } from "../../src/policy/types.ts";
import { type PolicyInput, type PolicyWorld, prepare } from "../../src/policy/world.ts";
import { type Random, random } from "../support/random.ts";
import { flowsOf, randomInput, randomPolicy, randomRule } from "./generate.ts";

const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);

function verdicts(world: PolicyWorld, flows: readonly Flow[]): readonly Verdict[] {
  return flows.map((flow) => evaluate(world, flow).verdict);
}

function withPolicies(input: PolicyInput, networkPolicies: readonly NetworkPolicy[]): PolicyWorld {
  return prepare({ ...input, networkPolicies });
}

/** The same policy with rules, peers and ports in another order. */
function shuffled(policy: NetworkPolicy, r: Random): NetworkPolicy {
  const spec = policy.spec ?? {};
  const ingress = spec.ingress?.map((rule) => ({
    ...rule,
    from: r.shuffle(rule.from ?? []),
    ports: r.shuffle(rule.ports ?? []),
  }));
  const egress = spec.egress?.map((rule) => ({
    ...rule,
    to: r.shuffle(rule.to ?? []),
    ports: r.shuffle(rule.ports ?? []),
  }));
  return {
    ...policy,
    spec: {
      ...spec,
      ...(ingress === undefined ? {} : { ingress: r.shuffle(ingress) }),
      ...(egress === undefined ? {} : { egress: r.shuffle(egress) }),
    },
  };
}

function eachWorld(law: (input: PolicyInput, flows: readonly Flow[], r: Random) => void): void {
  const engines: readonly PolicyEngine[] = ["cilium", "calico", "unknown"];
  for (const seed of SEEDS) {
    const r = random(seed);
    const input = { ...randomInput(r), engine: r.pick(engines) };
    law(input, flowsOf(prepare(input), r, 20), r);
  }
}

describe("laws", () => {
  it("the random worlds hold all three verdicts, so that the laws below say something", () => {
    const seen = new Set<Verdict>();
    eachWorld((input, flows) => {
      for (const verdict of verdicts(prepare(input), flows)) seen.add(verdict);
    });
    assert.deepEqual([...seen].sort(), ["allow", "deny", "unknown"]);
  });

  it("the order of policies, rules, peers and ports never changes a verdict", () => {
    eachWorld((input, flows, r) => {
      const other = r.shuffle(input.networkPolicies).map((policy) => shuffled(policy, r));
      assert.deepEqual(verdicts(withPolicies(input, other), flows), verdicts(prepare(input), flows));
    });
  });

  it("a policy that selects neither end never changes a verdict", () => {
    eachWorld((input, flows, r) => {
      const stranger = randomPolicy(r, "stranger");
      const nobody = { ...stranger, spec: { ...stranger.spec, podSelector: { matchLabels: { nobody: "here" } } } };
      const elsewhere = { ...randomPolicy(r, "far"), metadata: { name: "far", namespace: "empty" } };
      const more = [...input.networkPolicies, nobody, elsewhere];
      assert.deepEqual(verdicts(withPolicies(input, more), flows), verdicts(prepare(input), flows));
    });
  });

  it("one more rule never makes a verdict worse", () => {
    const order: readonly Verdict[] = ["deny", "unknown", "allow"];
    eachWorld((input, flows, r) => {
      const policy = r.pick(input.networkPolicies);
      const spec = policy.spec ?? {};
      const isEgress = (spec.policyTypes ?? []).includes("Egress");
      const grown = isEgress
        ? { ...spec, egress: [...(spec.egress ?? []), randomRule(r, "to")] }
        : { ...spec, ingress: [...(spec.ingress ?? []), randomRule(r, "from")] };
      const more = input.networkPolicies.map((each) => (each === policy ? { ...each, spec: grown } : each));
      const before = verdicts(prepare(input), flows);
      const after = verdicts(withPolicies(input, more), flows);
      for (const [i, verdict] of after.entries()) {
        assert.ok(order.indexOf(verdict) >= order.indexOf(before[i] ?? "deny"), `${before[i]} became ${verdict}`);
      }
    });
  });

  it("one more isolating policy never makes a verdict better, unless it allows the flow itself", () => {
    eachWorld((input, flows, r) => {
      const spec = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
      const deny = { kind: "NetworkPolicy", metadata: { name: "deny", namespace: r.pick(["a", "b"]) }, spec };
      const before = verdicts(prepare(input), flows);
      const after = verdicts(withPolicies(input, [...input.networkPolicies, deny]), flows);
      for (const [i, verdict] of after.entries()) assert.ok(verdict !== "allow" || before[i] === "allow");
    });
  });
});
