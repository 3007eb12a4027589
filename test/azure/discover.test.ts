import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { azRunner } from "../../src/azure/az.ts";
import { type AzureCollections, discoverAzure } from "../../src/azure/discover.ts";
import { dumpRunner, recording } from "../../src/azure/dump.ts";
import { fromNsgFiles } from "../../src/azure/nsg-files.ts";
import type { AzRunner } from "../../src/azure/runner.ts";
import { UserError } from "../../src/errors.ts";
import { node } from "../support/objects.ts";
import { CLUSTER, IDS, PROVIDER_ID, standIn } from "./stand-in.ts";

const NODES = [
  node({ metadata: { name: "a" }, spec: { providerID: PROVIDER_ID } }),
  node({ metadata: { name: "b" }, spec: { providerID: PROVIDER_ID.replace(/0$/, "1") } }),
];

/** Answers in memory, as the stand-in would; `instead` replaces the answer of calls with these words. */
function fake(instead: Readonly<Record<string, unknown>> = {}): AzRunner {
  return async (args) => {
    const line = args.join(" ");
    const refused = Object.keys(instead).find((words) => line.includes(words));
    if (refused !== undefined) {
      const json = instead[refused];
      return json === undefined
        ? { state: "failed", kind: "forbidden", detail: "AuthorizationFailed", next: ["ask"] }
        : { state: "ok", json };
    }
    const found = CLUSTER.find(([words]) => line.includes(words));
    return found === undefined
      ? { state: "failed", kind: "not-found", detail: line, next: [] }
      : { state: "ok", json: found[1] };
  };
}

const states = (collections: AzureCollections): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(collections).map(([name, one]) => [
      name,
      one.state === "ok" ? `ok ${one.items.length}${one.gaps ? " gaps" : ""}` : one.reason,
    ]),
  );

describe("discovering the network around the nodes", () => {
  it("through az itself: one question a thing, all of them reading", async () => {
    const az = standIn({ answers: CLUSTER });
    const { collections, asked } = await discoverAzure(NODES, azRunner({ program: az.program }));
    assert.deepEqual(states(collections), {
      azurePools: "ok 1",
      azureSubnets: "ok 2",
      azureVnets: "ok 1",
      azureRouteTables: "ok 1",
      azureNsgs: "ok 2",
      azureLoadBalancers: "ok 1",
      azurePublicIps: "ok 1",
      azureClusters: "ok 1",
      azureAppGateways: "not-requested",
      azureLbHealth: "ok 1",
      azureAdminRules: "not-requested",
    });
    assert.equal(new Set(az.calls()).size, az.calls().length);
    assert.equal(asked.length, az.calls().length);
    for (const call of az.calls()) assert.match(call, /\b(show|list)\b/);
  });

  it("gives typed facts, whatever the nesting", async () => {
    const { collections } = await discoverAzure(NODES, fake());
    const [pool] = itemsOf(collections.azurePools);
    assert.deepEqual(pool, {
      name: "aks-pool-vmss",
      nodes: ["a", "b"],
      nsg: IDS.aks.toLowerCase(),
      subnets: [IDS.subnet.toLowerCase(), `${IDS.vnet}/subnets/pods`.toLowerCase()],
    });
    const [nodes, pods] = itemsOf(collections.azureSubnets);
    assert.deepEqual(
      [nodes?.prefixes, nodes?.nsg, pods?.prefixes, pods?.nsg],
      [["10.224.0.0/16"], IDS.custom.toLowerCase(), ["10.225.0.0/16"], null],
    );
    assert.deepEqual(itemsOf(collections.azureVnets)[0]?.peers, ["10.1.0.0/16"]);
    assert.equal(itemsOf(collections.azureRouteTables)[0]?.routes[0]?.nextHopIp, "10.224.9.4");
    const [lb] = itemsOf(collections.azureLoadBalancers);
    assert.deepEqual(lb?.rules[0]?.pools, [IDS.pool.toLowerCase()]);
    assert.deepEqual(
      [lb?.rules[0]?.floatingIp, lb?.pools[0]?.members, lb?.frontends[0]?.publicIp],
      [true, 2, IDS.ip.toLowerCase()],
    );
    const [cluster] = itemsOf(collections.azureClusters);
    assert.deepEqual(
      [cluster?.name, cluster?.resourceGroup, cluster?.sharedProbe, cluster?.podCidrs],
      ["aks", "rg", true, ["10.244.0.0/16"]],
    );
  });

  const VMS = "azure:///subscriptions/s-1/resourceGroups/MC_rg/providers/Microsoft.Compute/virtualMachines";
  const machine = (name: string) => node({ metadata: { name }, spec: { providerID: `${VMS}/${name}` } });
  const nic = (name: string, subnet: string, primary = true) => ({
    id: `/nics/${name}`,
    primary,
    virtualMachine: { id: `${VMS.slice("azure://".length)}/${name}` },
    networkSecurityGroup: null,
    ipConfigurations: [{ subnet: { id: subnet } }],
  });

  it("single machines are found by their primary network interfaces, all with one question; those attached alike are one pool", async () => {
    const nics = [
      nic("vm-0", "/second", false),
      nic("VM-0", IDS.subnet),
      nic("vm-1", IDS.subnet),
      nic("vm-2", `${IDS.vnet}/subnets/pods`),
      { id: "/nics/detached", virtualMachine: null, ipConfigurations: [] },
    ];
    const machines = ["vm-0", "vm-1", "vm-2", "vm-gone"].map(machine);
    const { collections, asked } = await discoverAzure(machines, fake({ "nic list": nics }));
    const shared = { nsg: null, subnets: [IDS.subnet.toLowerCase()] };
    assert.deepEqual(itemsOf(collections.azurePools), [
      { name: "vm-0 and 1 more", nodes: ["vm-0", "vm-1"], ...shared },
      { name: "vm-2", nodes: ["vm-2"], nsg: null, subnets: [`${IDS.vnet}/subnets/pods`.toLowerCase()] },
    ]);
    assert.deepEqual(collections.azurePools.state === "ok" && collections.azurePools.gaps, [
      "no network interface was found for vm-gone",
    ]);
    assert.equal(asked.filter(({ args }) => args.includes("nic")).length, 1);
  });

  it("a machine without a network interface that can be read is no pool", async () => {
    const bare = await discoverAzure([machine("vm-0")], fake({ "nic list": [] }));
    assert.equal(bare.collections.azurePools.state, "unavailable");
    const refused = await discoverAzure([machine("vm-0")], fake({ "nic list": undefined }));
    assert.deepEqual(states(refused.collections)["azurePools"], "forbidden");
  });

  it("of very many scale sets some are left out, and said to be", async () => {
    const nodes = Array.from({ length: 15 }, (_, i) =>
      node({ metadata: { name: `n${i}` }, spec: { providerID: PROVIDER_ID.replace("aks-pool-vmss", `pool-${i}`) } }),
    );
    const { collections } = await discoverAzure(nodes, fake());
    assert.equal(states(collections)["azurePools"], "ok 12 gaps");
  });

  it("waits for no answer that it does not need: three questions one after the other at most", async () => {
    const answered = new Set<string>();
    const depth = new Map<string, number>();
    const plain = fake();
    await discoverAzure(NODES, async (args) => {
      // As deep as the deepest question that had an answer when this one came.
      depth.set(args.join(" "), 1 + Math.max(0, ...[...answered].map((one) => depth.get(one) ?? 0)));
      await new Promise((go) => setImmediate(go));
      answered.add(args.join(" "));
      return plain(args);
    });
    assert.equal(Math.max(...depth.values()), 3, JSON.stringify([...depth], null, 1));
  });

  it("what may not be read is a gap, or forbidden when nothing of its kind may", async () => {
    const custom = await discoverAzure(
      NODES,
      fake({ "networksecuritygroups/custom": undefined, "lb list": undefined }),
    );
    assert.equal(states(custom.collections)["azureNsgs"], "ok 1 gaps");
    assert.equal(states(custom.collections)["azureLoadBalancers"], "forbidden");
    const pools = await discoverAzure(NODES, fake({ "vmss show": undefined }));
    assert.deepEqual(
      [states(pools.collections)["azurePools"], states(pools.collections)["azureSubnets"]],
      ["forbidden", "ok 0"],
    );
    const odd = await discoverAzure(NODES, fake({ "networksecuritygroups/custom": { name: "no NSG" } }));
    assert.equal(states(odd.collections)["azureNsgs"], "ok 1 gaps");
  });

  it("without login everything is unavailable, with the next step", async () => {
    const { collections, asked } = await discoverAzure(NODES, async () => ({
      state: "failed",
      kind: "not-logged-in",
      detail: "Please run az login",
      next: ["az login"],
    }));
    assert.deepEqual(
      asked.map(({ args }) => args[0]),
      ["account"],
    );
    for (const [name, one] of Object.entries(collections)) {
      assert.ok(one.state === "unavailable");
      assert.equal(one.detail, "Please run az login; next: az login");
      assert.equal(one.reason, name === "azureAdminRules" ? "not-requested" : "failed");
    }
  });

  it("without a machine of Azure nothing is asked", async () => {
    const { collections, asked } = await discoverAzure([node()], fake());
    assert.deepEqual(asked, []);
    assert.equal(states(collections)["azurePools"], "not-served");
  });
});

describe("a dump of Azure", () => {
  const dir = mkdtempSync(join(tmpdir(), "netcheck-azure-"));
  after(() => rmSync(dir, { recursive: true }));

  it("gives the facts that az gave, and carries nothing that is nobody's business", async () => {
    const live = await discoverAzure(NODES, recording(dir, fake()));
    const again = await discoverAzure(NODES, dumpRunner(dir));
    assert.deepEqual(again.collections, live.collections);
    for (const file of readdirSync(dir)) {
      assert.doesNotMatch(readFileSync(join(dir, file), "utf8"), /customData|c2VjcmV0/);
      assert.equal(statSync(join(dir, file)).mode & 0o077, 0);
    }
  });

  it("what is missing or broken in it is said, with the command that gives it", async () => {
    const ask = dumpRunner(dir);
    const missing = await ask(["network", "nsg", "show", "--ids", "/other"]);
    assert.ok(missing.state === "failed");
    assert.equal(missing.kind, "not-in-dump");
    assert.match(
      missing.next[0] ?? "",
      /^az network nsg show --ids \/other -o json > network-nsg-show-other-[0-9a-f]{8}\.json$/,
    );
    const [file] = readdirSync(dir);
    writeFileSync(join(dir, file ?? ""), "<html>");
    const { collections } = await discoverAzure(NODES, ask);
    assert.ok(Object.values(collections).some((one) => one.state === "unavailable" || one.gaps !== undefined));
  });

  it("a folder that cannot be written is the user's to mend", async () => {
    const path = join(dir, "file");
    writeFileSync(path, "");
    await assert.rejects(recording(path, fake())(["aks", "list"]), UserError);
  });
});

describe("NSGs from files", () => {
  const dir = mkdtempSync(join(tmpdir(), "netcheck-files-"));
  after(() => rmSync(dir, { recursive: true }));
  const path = join(dir, "nsg.json");
  writeFileSync(path, JSON.stringify({ id: "/NSG", name: "custom", securityRules: [] }));

  it("the first is the subnet's, the second the network interfaces'", async () => {
    const one = await fromNsgFiles([path]);
    assert.equal(itemsOf(one.azureSubnets)[0]?.nsg, "file:0:/nsg");
    // Not "none": AKS has one there, and it may deny.
    assert.ok(!itemsOf(one.azureNsgs).some(({ id }) => id === itemsOf(one.azurePools)[0]?.nsg));
    assert.match(one.azureNsgs.state === "ok" ? (one.azureNsgs.gaps?.[0] ?? "") : "", /second time/);
    const two = await fromNsgFiles([path, path]);
    assert.deepEqual(
      [itemsOf(two.azureSubnets)[0]?.nsg, itemsOf(two.azurePools)[0]?.nsg],
      ["file:0:/nsg", "file:1:/nsg"],
    );
    await assert.rejects(fromNsgFiles([path, path, path]), UserError);
  });
});

function itemsOf<T>(
  gathered: { readonly state: "ok"; readonly items: readonly T[] } | { readonly state: "unavailable" },
): readonly T[] {
  assert.ok(gathered.state === "ok");
  return gathered.items;
}
