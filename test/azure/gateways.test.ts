/** Application gateways, metrics and security admin rules: from az's JSON to facts. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeAdminRules, decodeBackendHealth, decodeLbHealth } from "../../src/azure/decode-more.ts";
import { readGateways } from "../../src/azure/gateways.ts";
import type { AzAnswer } from "../../src/azure/runner.ts";

const ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw";
const GATEWAY = {
  id: ID,
  name: "gw",
  resourceGroup: "rg",
  operationalState: "Running",
  sku: { tier: "WAF_v2" },
  gatewayIPConfigurations: [{ subnet: { id: "/VNET/subnets/appgw" } }],
  frontendIPConfigurations: [{ id: `${ID}/f`, publicIPAddress: { id: "/IP" } }],
  backendAddressPools: [{ name: "pool-shop-web-80-bp-8080", backendAddresses: [{ ipAddress: "10.244.0.7" }, {}] }],
};
const HEALTH = {
  backendAddressPools: [
    {
      backendAddressPool: { id: `${ID}/backendAddressPools/pool-shop-web-80-bp-8080` },
      backendHttpSettingsCollection: [
        {
          servers: [
            { address: "10.244.0.7", health: "Unhealthy", healthProbeLog: "Received invalid status code: 404" },
          ],
        },
      ],
    },
  ],
};

/** Answers by the first words that fit; what has none is refused. */
function az(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const query = async (...args: readonly string[]): Promise<AzAnswer> => {
    const line = args.join(" ");
    asked.push(line);
    const found = Object.keys(answers).find((words) => line.includes(words));
    return found === undefined
      ? { state: "failed", kind: "forbidden", detail: "AuthorizationFailed", next: ["ask for Reader"] }
      : { state: "ok", json: answers[found] };
  };
  return { asked, query };
}

describe("application gateways", () => {
  const all = {
    "application-gateway list": [GATEWAY, { ...GATEWAY, id: "/other", name: "other", frontendIPConfigurations: [] }],
    "public-ip show": { id: "/IP", ipAddress: "20.62.1.9" },
    "show-backend-health": HEALTH,
  };

  it("the one that holds the address is read, with the health of its servers", async () => {
    const { asked, query } = az(all);
    const read = await readGateways(["20.62.1.9"], "s", query);
    assert.ok(read.state === "ok");
    assert.deepEqual(
      read.items.map(({ name, tier, subnets, pools }) => ({ name, tier, subnets, pools })),
      [
        {
          name: "gw",
          tier: "WAF_v2",
          subnets: ["/vnet/subnets/appgw"],
          pools: [{ name: "pool-shop-web-80-bp-8080", addresses: ["10.244.0.7"] }],
        },
      ],
    );
    assert.deepEqual(read.items[0]?.health, [
      {
        pool: "pool-shop-web-80-bp-8080",
        servers: [{ address: "10.244.0.7", health: "unhealthy", log: "Received invalid status code: 404" }],
      },
    ]);
    for (const line of asked) assert.match(line, /\b(show|list)\b/);
  });

  it("no address, no question; another address, no gateway", async () => {
    const none = az(all);
    assert.equal((await readGateways("none", "s", none.query)).state, "unavailable");
    assert.equal((await readGateways([], "s", none.query)).state, "unavailable");
    assert.deepEqual(none.asked, []);
    const read = await readGateways(["20.62.1.10"], "s", az(all).query);
    assert.ok(read.state === "ok");
    assert.deepEqual(read.items, []);
  });

  it("health that may not be read is null and a gap; a stopped gateway is not asked for it", async () => {
    const { "show-backend-health": _, ...refused } = all;
    const read = await readGateways(["20.62.1.9"], "s", az(refused).query);
    assert.ok(read.state === "ok");
    assert.equal(read.items[0]?.health, null);
    assert.equal(read.gaps?.length, 1);
    const stopped = az({ ...all, "application-gateway list": [{ ...GATEWAY, operationalState: "Stopped" }] });
    await readGateways("all", "s", stopped.query);
    assert.ok(!stopped.asked.some((line) => line.includes("show-backend-health")));
    assert.equal((await readGateways("all", "s", az({}).query)).state, "unavailable");
  });

  it("anything that is no health answer is none", () => {
    for (const json of [null, [], "x", {}, { backendAddressPools: null }])
      assert.equal(decodeBackendHealth(json), null);
  });
});

describe("metrics and admin rules", () => {
  const series = (port: string, data: readonly object[]) => ({
    value: [
      {
        timeseries: [
          {
            metadatavalues: [
              { name: { value: "FrontendIPAddress" }, value: "20.62.1.9" },
              { name: { value: "frontendport" }, value: port },
              { name: { value: "backendipaddress" }, value: "10.224.0.4" },
            ],
            data,
          },
        ],
      },
    ],
  });

  it("the last five minutes that were measured count", () => {
    const minutes = [100, 100, 0, 0, 0, 0, 0].map((average, i) => ({ timeStamp: `2026-11-22T11:5${i}:00Z`, average }));
    const [one] = decodeLbHealth(series("80", [...minutes, { timeStamp: "2026-11-22T11:58:00Z" }]), "/lb");
    assert.deepEqual(one, {
      balancer: "/lb",
      frontendIp: "20.62.1.9",
      frontendPort: 80,
      backendIp: "10.224.0.4",
      percent: 0,
      at: "2026-11-22T11:56:00Z",
    });
  });

  it("nothing measured, no port or another shape give nothing", () => {
    assert.deepEqual(decodeLbHealth(series("80", []), ""), []);
    assert.deepEqual(decodeLbHealth(series("any", [{ timeStamp: "2026-11-22T11:58:00Z", average: 1 }]), ""), []);
    assert.deepEqual(decodeLbHealth("<html>", ""), []);
  });

  it("admin rules, in both nestings", () => {
    const rule = { access: "Deny", direction: "Inbound", priority: 10, protocol: "Tcp", destinationPortRanges: ["80"] };
    const both = decodeAdminRules({
      value: [
        { ...rule, displayName: "a", sources: [{ addressPrefix: "Internet" }] },
        { id: "/x/rules/b", properties: rule },
      ],
    });
    assert.deepEqual(
      both.map(({ name, access, sources, ports }) => [name, access, sources, ports]),
      [
        ["a", "Deny", ["Internet"], ["80"]],
        ["b", "Deny", [], ["80"]],
      ],
    );
  });
});
