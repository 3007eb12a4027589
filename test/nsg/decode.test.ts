import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Nsg } from "../../src/model/nsg.ts";
import { DEFAULT_RULES, decodeNsgs } from "../../src/nsg/decode.ts";
import { decodeServiceTags } from "../../src/nsg/service-tags.ts";

const ID = "/subscriptions/s/resourceGroups/MC_rg/providers/Microsoft.Network/networkSecurityGroups/aks";
const flat = {
  name: "allow-web",
  priority: 100,
  direction: "Inbound",
  access: "Allow",
  protocol: "Tcp",
  sourceAddressPrefix: "Internet",
  sourceAddressPrefixes: [],
  sourcePortRange: "*",
  sourcePortRanges: null,
  destinationAddressPrefix: "",
  destinationAddressPrefixes: ["10.0.0.0/8", null],
  destinationPortRange: null,
  destinationPortRanges: ["80", 443],
  destinationApplicationSecurityGroups: [{ id: "/asg/web" }, {}, "x"],
};
const { name, ...fields } = flat;

function one(document: unknown): Nsg {
  const decoded = decodeNsgs(document);
  assert.ok(decoded.state === "ok", JSON.stringify(decoded));
  assert.equal(decoded.nsgs.length, 1);
  const nsg = decoded.nsgs[0];
  assert.ok(nsg);
  return nsg;
}

describe("decoding NSGs", () => {
  const expected = one({ id: ID, name: "aks", resourceGroup: "MC_rg", securityRules: [flat] });

  it("reads what az prints", () => {
    const rule = expected.rules[0];
    assert.deepEqual(rule, {
      name: "allow-web",
      priority: 100,
      direction: "Inbound",
      access: "Allow",
      protocol: "tcp",
      source: { prefixes: ["Internet"], groups: [], ports: ["*"] },
      destination: { prefixes: ["10.0.0.0/8"], groups: ["/asg/web"], ports: ["80", "443"] },
      isDefault: false,
    });
    assert.deepEqual(expected.rules.slice(1), DEFAULT_RULES);
  });

  const shapes: Readonly<Record<string, unknown>> = {
    "the ARM nesting": {
      id: ID,
      properties: { securityRules: [{ name, properties: fields }], defaultSecurityRules: [] },
    },
    "what `create` prints": { NewNSG: { id: ID, name: "aks", securityRules: [flat], defaultSecurityRules: null } },
    "a list of one": [{ id: ID, name: "aks", securityRules: [flat] }],
    "an ARM list": { value: [{ id: ID, name: "aks", properties: { securityRules: [{ name, properties: fields }] } }] },
    "nulls where lists may stand": {
      id: ID,
      name: "aks",
      securityRules: [null, flat],
      subnets: null,
      networkInterfaces: null,
    },
  };
  for (const [shape, document] of Object.entries(shapes))
    it(`gives the same for ${shape}`, () => assert.deepEqual(one(document), expected));

  it("reads a bare list of rules", () => {
    const nsg = one([flat]);
    assert.equal(nsg.name, "");
    assert.equal(nsg.resourceGroup, "");
    assert.deepEqual(nsg.rules, expected.rules);
  });

  it("keeps given default rules and attachments", () => {
    const nsg = one({
      name: "aks",
      defaultSecurityRules: [{ ...flat, name: "DenyAllInBound", priority: 65500, access: "Deny" }],
      subnets: [{ id: "/subnet" }],
      networkInterfaces: [{ id: "/nic" }],
    });
    assert.deepEqual(
      nsg.rules.map((rule) => [rule.name, rule.isDefault]),
      [["DenyAllInBound", true]],
    );
    assert.deepEqual([nsg.subnets, nsg.networkInterfaces], [["/subnet"], ["/nic"]]);
  });

  const refused: readonly (readonly [string, unknown, RegExp])[] = [
    ["null", null, /found null/],
    ["text", "NSG", /found string/],
    ["an empty list", [], /list is empty/],
    ["another resource", { name: "lb", properties: {} }, /^lb has neither/],
    ["an empty object", {}, /^the document has neither/],
    ["a list with a number in it", [3], /found number/],
    ["a rule that is none", { name: "aks", securityRules: ["x"] }, /aks: securityRules\[0\] is no object/],
    [
      "a rule without priority",
      { securityRules: [{ ...flat, priority: "100" }] },
      /NSG: securityRules\[0\] \(allow-web\) has no priority/,
    ],
    ["a rule with NaN", { name: "aks", securityRules: [{ ...flat, priority: Number.NaN }] }, /has no priority/],
    [
      "an unknown direction",
      { name: "aks", securityRules: [{ ...flat, name: "", direction: "Both" }] },
      /securityRules\[0\]: direction is neither Inbound nor Outbound/,
    ],
    [
      "no access",
      { defaultSecurityRules: [{ ...flat, access: null }] },
      /NSG: defaultSecurityRules\[0\] \(allow-web\): access/,
    ],
  ];
  for (const [what, document, problem] of refused)
    it(`refuses ${what}, saying so`, () => {
      const decoded = decodeNsgs(document);
      assert.ok(decoded.state === "malformed");
      assert.match(decoded.problem, problem);
    });

  it("lets a bug of ours through as a bug", () => {
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new RangeError("trap");
        },
      },
    );
    assert.throws(() => decodeNsgs(trap), RangeError);
  });
});

describe("decoding service tags", () => {
  it("reads both nestings, drops what is no prefix", () => {
    const tags = decodeServiceTags({
      values: [
        { name: "Storage", properties: { addressPrefixes: ["20.60.0.0/16", "nonsense", 3] } },
        { name: "Sql", addressPrefixes: ["20.61.0.0/16"] },
        { properties: {} },
        "x",
      ],
    });
    assert.deepEqual([...tags.keys()], ["storage", "sql"]);
    assert.equal(tags.get("storage")?.length, 1);
  });
  it("gives nothing for anything else", () => assert.equal(decodeServiceTags([1]).size, 0));
});
