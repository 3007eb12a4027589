/** JSON of any shape, as a proxy, an old az or a hand-made file may hold: facts or gaps come of it, never a crash. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  clustersOf,
  decodeInterfaces,
  decodeLoadBalancer,
  decodeMachineInterfaces,
  decodePublicIp,
  decodeRouteTable,
  decodeSubnet,
  decodeVnet,
} from "../../src/azure/decode.ts";
import {
  decodeAdminRules,
  decodeAppGateway,
  decodeBackendHealth,
  decodeLbHealth,
} from "../../src/azure/decode-more.ts";
import { discoverAzure } from "../../src/azure/discover.ts";
import { pruned } from "../../src/azure/dump.ts";
import { CHECKS } from "../../src/checks/index.ts";
import { reportsOf } from "../../src/cli/judging.ts";
import { svcSelection } from "../../src/cli/target.ts";
import { gather } from "../../src/collect/gather.ts";
import { decodeNsgs } from "../../src/nsg/decode.ts";
import { evaluateNsg } from "../../src/nsg/evaluate.ts";
import { evaluateFlows } from "../../src/nsg/flows.ts";
import { decodeServiceTags } from "../../src/nsg/service-tags.ts";
import { lb } from "../checks/azure/build.ts";
import { cidrs, flow } from "../nsg/build.ts";
import { memorySource } from "../support/memory-source.ts";
import { node, pod, slice } from "../support/objects.ts";
import { CLUSTER, IDS, PROVIDER_ID } from "./stand-in.ts";

/** A small linear generator (Numerical Recipes): the same cases on every run. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
type Random = ReturnType<typeof generator>;

/** The keys that the decoders look for, and some that they do not. */
const KEYS = [
  ...new Set(
    JSON.stringify(CLUSTER)
      .match(/"[A-Za-z]+"(?=:)/g)
      ?.map((key) => key.slice(1, -1)),
  ),
  ..."securityRules defaultSecurityRules properties value values NewNSG priority direction access protocol".split(" "),
  ..."sourceAddressPrefix sourceAddressPrefixes sourcePortRange sourcePortRanges destinationAddressPrefix".split(" "),
  ..."destinationPortRange sourceApplicationSecurityGroups servers health address backendHttpSettingsCollection".split(
    " ",
  ),
  ..."__proto__ constructor toString length",
];
const LEAVES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  80,
  "",
  "*",
  "80",
  "99999",
  "Inbound",
  "Allow",
  "Deny",
  "Tcp",
];
const MORE: readonly unknown[] = [
  "Internet",
  "10.0.0.0/8",
  "10.0.0.0/99",
  "::/0",
  "\u0000\u001b[2J",
  "x".repeat(300),
  ...Object.values(IDS),
];

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[random(values.length)];
  return value as T;
}

function json(random: Random, depth: number): unknown {
  const kind = random(depth <= 0 ? 2 : 5);
  if (kind < 2) return pick(random, [...LEAVES, ...MORE]);
  if (kind === 2) return Array.from({ length: random(4) }, () => json(random, depth - 1));
  return JSON.parse(
    JSON.stringify(
      Object.fromEntries(Array.from({ length: random(7) }, () => [pick(random, KEYS), json(random, depth - 1)])),
    ),
  );
}

/** A good document with some of it replaced. */
function bent(random: Random, value: unknown): unknown {
  if (random(12) === 0) return json(random, 2);
  if (Array.isArray(value)) return value.map((one) => bent(random, one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, bent(random, one)]));
}

const NSG_FILE = CLUSTER.find(([words]) => words === "networksecuritygroups/aks-agentpool")?.[1];
const FLOW = flow({ from: "203.0.113.7", to: "20.62.1.9", port: 80 });

describe("JSON of any shape", () => {
  const random = generator(20261122);
  const wild = Array.from({ length: 3000 }, () => json(random, 5));
  const bentOnes = Array.from({ length: 3000 }, () => bent(random, pick(random, CLUSTER)[1]));

  it("never throws out of a decoder", () => {
    const decoders: readonly ((value: unknown) => unknown)[] = [
      decodeSubnet,
      decodeVnet,
      decodeRouteTable,
      decodeInterfaces,
      decodeMachineInterfaces,
      decodeLoadBalancer,
      decodePublicIp,
      (value) => clustersOf(value, "MC_rg"),
      decodeAppGateway,
      decodeBackendHealth,
      (value) => decodeLbHealth(value, "lb"),
      decodeAdminRules,
      decodeServiceTags,
      decodeNsgs,
      pruned,
    ];
    for (const value of [...wild, ...bentOnes, undefined]) for (const decode of decoders) decode(value);
  });

  it("an NSG that is taken can be judged, one that is not is refused with a reason", () => {
    let taken = 0;
    for (const value of [...wild, ...Array.from({ length: 3000 }, () => bent(random, NSG_FILE))]) {
      const decoded = decodeNsgs(value);
      if (decoded.state === "malformed") {
        assert.ok(decoded.problem.length > 5 && !decoded.problem.includes("\n"));
        continue;
      }
      taken += 1;
      for (const nsg of decoded.nsgs) {
        const { verdict, rule } = evaluateNsg(nsg, FLOW, { vnet: cidrs("10.224.0.0/12") });
        assert.equal(verdict === "Unknown", rule === null);
      }
    }
    assert.ok(taken > 500, `only ${taken} were taken: the generator bends too much`);
  });

  it("flows of any shape have an answer or a problem, in their order", () => {
    const text = wild.slice(0, 500).map((value) => JSON.stringify(value) ?? "");
    const lines = evaluateFlows(text.join("\n"), {});
    assert.ok(lines.every((one) => "problem" in one || one.said.verdict !== undefined));
    assert.deepEqual(
      lines.map(({ line }) => line),
      lines.map(({ line }) => line).toSorted((a, b) => a - b),
    );
  });

  it("a whole run over bent answers of az ends with a report", async () => {
    const NODE = node({
      spec: { providerID: PROVIDER_ID },
      status: { addresses: [{ type: "InternalIP", address: "10.224.0.4" }] },
    });
    const request = { kind: "svc", namespace: "shop", selection: svcSelection("web") } as const;
    const snapshot = await gather(memorySource([lb(), pod(), slice(), NODE]), request);
    for (let i = 0; i < 150; i++) {
      const { collections } = await discoverAzure([NODE], async (args) => {
        const found = CLUSTER.find(([words]) => args.join(" ").includes(words));
        return { state: "ok", json: bent(random, found?.[1] ?? json(random, 4)) };
      });
      const whole = { ...snapshot, collections: { ...snapshot.collections, ...collections } };
      const [report] = reportsOf(request, whole, CHECKS);
      assert.ok(report !== undefined);
    }
  });
});
