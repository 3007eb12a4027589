/** Truth tables of the parts of a rule. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAddress } from "../../src/model/cidr.ts";
import { matchAddress } from "../../src/nsg/address.ts";
import type { NetworkContext } from "../../src/nsg/flow.ts";
import { matchPort, matchProtocol, matchSourcePort } from "../../src/nsg/ports.ts";
import { and3, or3, type Truth } from "../../src/nsg/truth.ts";
import { cidrs } from "./build.ts";

describe("three values", () => {
  const values: readonly Truth[] = [true, "unknown", false];
  const rank = (value: Truth): number => values.indexOf(value);
  for (const a of values)
    for (const b of values) {
      it(`${a} and/or ${b}`, () => {
        assert.equal(and3(a, b), values[Math.max(rank(a), rank(b))]);
        assert.equal(or3([a, b]), values[Math.min(rank(a), rank(b))]);
      });
    }
});

describe("ports of a rule", () => {
  const table: readonly (readonly [readonly string[], number | undefined, Truth])[] = [
    [["*"], 80, true],
    [["Any"], 80, true],
    [["80"], 80, true],
    [["80"], 81, false],
    [["8000-8100"], 8000, true],
    [["8000-8100"], 8100, true],
    [["8000 - 8100"], 8101, false],
    [["80, 443"], 443, true],
    [["22", "80-90"], 91, false],
    [["http"], 80, "unknown"],
    [["90-80"], 85, "unknown"],
    [["70000"], 80, "unknown"],
    [["http", "80"], 80, true],
    [[], 80, "unknown"],
    [["*"], undefined, true],
    [["0-65535"], undefined, true],
    [["0-79", "80-65535"], undefined, true],
    [["80"], undefined, "unknown"],
  ];
  for (const [rule, port, expected] of table)
    it(`${JSON.stringify(rule)} against ${port ?? "no port"}: ${expected}`, () =>
      assert.equal(matchPort(rule, port), expected));
});

describe("source ports of a rule", () => {
  const table: readonly (readonly [readonly string[], number | undefined, Truth])[] = [
    [["*"], undefined, true],
    [["1024-65535"], undefined, true],
    [["40000-65535", "1-39999"], undefined, true],
    [["1024-40000", "40002-65535"], undefined, "unknown"],
    [["80"], undefined, "unknown"],
    [["x"], undefined, "unknown"],
    [[], undefined, "unknown"],
    [["80"], 80, true],
    [["80"], 50000, false],
  ];
  for (const [rule, port, expected] of table)
    it(`${JSON.stringify(rule)} against ${port ?? "an ephemeral one"}: ${expected}`, () =>
      assert.equal(matchSourcePort(rule, port), expected));
});

describe("protocol of a rule", () => {
  const table: readonly (readonly [string, string, Truth])[] = [
    ["*", "SCTP", true],
    ["any", "TCP", true],
    ["all", "TCP", true],
    ["tcp", "TCP", true],
    ["tcp", "udp", false],
    ["icmp", "Icmp", true],
    ["", "TCP", "unknown"],
    ["gre", "TCP", "unknown"],
  ];
  for (const [rule, flow, expected] of table)
    it(`"${rule}" against ${flow}: ${expected}`, () => assert.equal(matchProtocol(rule, flow), expected));
});

describe("addresses of a rule", () => {
  const route = (prefix: string, nextHopType: string): NetworkContext => ({
    routes: [{ name: "r", prefix, nextHopType }],
  });
  const vnet: NetworkContext = { vnet: cidrs("10.224.0.0/12", "52.1.0.0/16") };
  const overlay: NetworkContext = { overlay: cidrs("10.244.0.0/16") };
  const table: readonly (readonly [string, string, Truth, NetworkContext?, "default"?])[] = [
    ["*", "2001:db8::1", true],
    ["Any", "1.2.3.4", true],
    ["0.0.0.0/0", "1.2.3.4", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["::/0", "2001:db8::1", true],
    ["10.0.0.0/8", "10.1.2.3", true],
    ["10.0.0.0/8", "11.1.2.3", false],
    ["10.1.2.3", "10.1.2.3", true],
    ["10.1.2.3", "10.1.2.4", false],
    ["203.0.113.0/24,198.51.100.0/24", "198.51.100.9", true],
    ["10.0.0.1-10.0.0.9", "10.0.0.5", "unknown"],
    ["AzureLoadBalancer", "168.63.129.16", true],
    ["AZURE_LOADBALANCER", "168.63.129.16", true],
    ["AzureLoadBalancer", "fe80::1234:5678:9abc", true],
    ["AzureLoadBalancer", "203.0.113.7", false],
    ["Internet", "203.0.113.7", true],
    ["internet", "203.0.113.7", true],
    ["Internet", "10.0.0.1", false],
    ["Internet", "100.64.3.2", false],
    ["Internet", "fd00::1", false],
    ["Internet", "168.63.129.16", false],
    ["Internet", "52.1.2.3", false, vnet],
    ["Internet", "131.1.2.3", "unknown", route("131.1.0.0/16", "VirtualNetworkGateway")],
    ["Internet", "131.1.2.3", true, route("131.1.2.3/32", "Internet")],
    ["Internet", "131.1.2.3", true, route("0.0.0.0/0", "VirtualAppliance")],
    ["VirtualNetwork", "10.225.1.1", true, vnet],
    ["VIRTUAL_NETWORK", "52.1.2.3", true, vnet],
    ["VirtualNetwork", "168.63.129.16", true],
    ["VirtualNetwork", "10.1.0.4", "unknown", vnet],
    ["VirtualNetwork", "203.0.113.7", false, vnet],
    ["VirtualNetwork", "203.0.113.7", "unknown", route("0.0.0.0/0", "VirtualAppliance")],
    ["VirtualNetwork", "2001:db8::1", false, route("0.0.0.0/0", "VirtualAppliance")],
    ["VirtualNetwork", "2001:db8::1", "unknown", route("::/0", "VirtualAppliance")],
    ["VirtualNetwork", "203.0.113.7", false, route("AzureCloud", "Internet")],
    ["VirtualNetwork", "192.168.7.1", true, route("192.168.0.0/16", "VirtualAppliance")],
    ["VirtualNetwork", "203.0.113.7", "unknown", route("203.0.113.7/32", "Internet")],
    ["VirtualNetwork", "10.244.3.9", true, overlay, "default"],
    ["VirtualNetwork", "10.244.3.9", "unknown", overlay],
    ["Storage.WestEurope", "10.0.0.1", false],
    ["Storage.WestEurope", "20.60.1.1", "unknown"],
    [
      "Storage.WestEurope",
      "20.60.1.1",
      true,
      { serviceTags: new Map([["storage.westeurope", cidrs("20.60.0.0/16")]]) },
    ],
    [
      "Storage.WestEurope",
      "20.61.1.1",
      false,
      { serviceTags: new Map([["storage.westeurope", cidrs("20.60.0.0/16")]]) },
    ],
    ["AzurePlatformIMDS", "169.254.169.254", "unknown"],
  ];
  for (const [text, ip, expected, context, kind] of table)
    it(`${text} against ${ip}${context ? `, knowing ${Object.keys(context).join()}` : ""}${kind ? ", Azure's own rule" : ""}: ${expected}`, () => {
      const address = parseAddress(ip);
      assert.ok(address);
      const side = { prefixes: [text], groups: [], ports: ["*"] };
      assert.equal(matchAddress(side, address, kind === "default", context ?? {}), expected);
    });

  it("a side that says nothing matches nobody for sure", () => {
    const address = parseAddress("10.0.0.1");
    assert.ok(address);
    assert.equal(matchAddress({ prefixes: [], groups: [], ports: ["*"] }, address, false, {}), "unknown");
  });

  it("application security groups count when their members are known, whatever the case of the id", () => {
    const address = parseAddress("10.0.0.1");
    assert.ok(address);
    const side = { prefixes: [], groups: ["/subscriptions/S/asg/Web"], ports: ["*"] };
    const members = (...texts: string[]): NetworkContext => ({
      groupMembers: new Map([["/subscriptions/s/asg/web", cidrs(...texts)]]),
    });
    assert.equal(matchAddress(side, address, false, {}), "unknown");
    assert.equal(matchAddress(side, address, false, members("10.0.0.1/32")), true);
    assert.equal(matchAddress(side, address, false, members("10.0.0.2/32")), false);
  });
});
