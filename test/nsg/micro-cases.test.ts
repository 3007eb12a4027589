/** The cases to know by heart: frontend 20.62.1.9:80/TCP with floating IP, client 203.0.113.7, node 10.224.0.4. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Nsg } from "../../src/model/nsg.ts";
import { decodeNsgs } from "../../src/nsg/decode.ts";
import { diagnose } from "../../src/nsg/diagnose.ts";
import type { Flow, NetworkContext } from "../../src/nsg/flow.ts";
import { describePath, evaluatePath, type NsgSlot } from "../../src/nsg/path.ts";
import { decodeServiceTags } from "../../src/nsg/service-tags.ts";
import { cidrs, flow, nsg, rule } from "./build.ts";

const CLIENT = flow({ from: "203.0.113.7", to: "20.62.1.9", port: 80, protocol: "TCP" });
const PROBE = flow({ from: "168.63.129.16", to: "10.224.0.4", port: 31080, protocol: "TCP" });
const KNOWN: NetworkContext = { vnet: cidrs("10.224.0.0/12") };
const aks = nsg(
  "aks-nic",
  rule(500, "Allow", {
    name: "k8s-azure-lb_allow_IPv4_1",
    from: "Internet",
    to: "20.62.1.9",
    ports: "80",
    protocol: "tcp",
  }),
);
const custom = (...rules: Parameters<typeof nsg> extends [string, ...infer R] ? R : never): Nsg =>
  nsg("custom", ...rules);

interface MicroCase {
  readonly name: string;
  readonly subnet: NsgSlot;
  readonly nic?: NsgSlot;
  readonly flow?: Flow;
  readonly context?: NetworkContext;
  readonly verdict: "Allow" | "Deny" | "Unknown";
  /** `place priority` of the deciding rule. */
  readonly by?: string;
  readonly fault?: string;
}

const frontDoor = custom(rule(100, "Allow", { from: "AzureFrontDoor.Backend", ports: "80" }));
const defaultRoute = [{ name: "out", prefix: "0.0.0.0/0", nextHopType: "VirtualAppliance", nextHopIp: "10.224.9.4" }];
const internalFlow = flow({ from: "10.1.0.4", to: "10.224.0.50", port: 80 });

const CASES: readonly MicroCase[] = [
  {
    name: "1 the subnet's NSG has no rule of its own",
    subnet: custom(),
    verdict: "Deny",
    by: "subnet 65500",
    fault: "azure/nsg-no-allow-rule",
  },
  { name: "2 no NSG on the subnet", subnet: "none", verdict: "Allow", by: "nic 500" },
  {
    name: "3 both allow",
    subnet: custom(rule(100, "Allow", { from: "Internet", ports: "80" })),
    verdict: "Allow",
    by: "nic 500",
  },
  {
    name: "4 the only allow is for health probes",
    subnet: custom(rule(100, "Allow", { from: "AzureLoadBalancer", ports: "80" })),
    verdict: "Deny",
    by: "subnet 65500",
    fault: "azure/nsg-allows-only-probe",
  },
  {
    name: "5 the allow names the nodes, but the packet carries the frontend's address",
    subnet: custom(rule(100, "Allow", { to: "10.224.0.0/16", ports: "80" })),
    verdict: "Deny",
    by: "subnet 65500",
    fault: "azure/nsg-destination-private",
  },
  {
    name: "6 a deny stands before the allow",
    subnet: custom(rule(200, "Allow", { from: "Internet", ports: "80" }), rule(100, "Deny")),
    verdict: "Deny",
    by: "subnet 100",
    fault: "azure/nsg-denies-inbound",
  },
  {
    name: "7 a service tag without its data",
    subnet: frontDoor,
    verdict: "Unknown",
    fault: "azure/nsg-denies-inbound",
  },
  {
    name: "7b the same tag with its data, which does not hold the client: the defaults deny",
    subnet: frontDoor,
    context: {
      ...KNOWN,
      serviceTags: decodeServiceTags({
        values: [
          { name: "AzureFrontDoor.Backend", properties: { addressPrefixes: ["147.243.0.0/16", "2a01:111:2050::/44"] } },
        ],
      }),
    },
    verdict: "Deny",
    by: "subnet 65500",
    fault: "azure/nsg-no-allow-rule",
  },
  {
    name: "8 plural fields",
    subnet: custom(rule(100, "Allow", { from: ["Internet"], ports: ["80-90", "443"] })),
    verdict: "Allow",
    by: "nic 500",
  },
  {
    name: "9 the allow asks for source port 80, which no client is sure to use",
    subnet: custom(rule(100, "Allow", { from: "Internet", sourcePorts: "80", ports: "80" })),
    verdict: "Unknown",
    fault: "azure/nsg-source-port-restricted",
  },
  {
    name: "10 a deny of the probe's tag: the client passes",
    subnet: custom(rule(4000, "Deny", { from: "AzureLoadBalancer" }), rule(300, "Allow", { ports: "80" })),
    verdict: "Allow",
    by: "nic 500",
  },
  {
    name: "10b a deny of the probe's tag: the probe does not",
    subnet: custom(rule(4000, "Deny", { from: "AzureLoadBalancer" })),
    flow: PROBE,
    verdict: "Deny",
    by: "subnet 4000",
    fault: "azure/nsg-denies-probe",
  },
  {
    name: "11 a default route: VirtualNetwork may hold the client",
    subnet: custom(),
    context: { ...KNOWN, routes: defaultRoute, vnet: cidrs("10.224.0.0/12", "20.62.1.9/32") },
    verdict: "Unknown",
    fault: "azure/nsg-denies-inbound",
  },
  {
    name: "12 an internal frontend and a client in a peered VNet",
    subnet: custom(),
    nic: nsg("aks-nic"),
    flow: internalFlow,
    context: { vnet: cidrs("10.224.0.0/12", "10.1.0.0/16") },
    verdict: "Allow",
    by: "nic 65000",
  },
  {
    name: "12b the same, but nobody told us of the peering",
    subnet: custom(),
    nic: nsg("aks-nic"),
    flow: internalFlow,
    verdict: "Unknown",
    fault: "azure/nsg-denies-inbound",
  },
];

describe("NSG micro-cases", () => {
  for (const one of CASES) {
    it(one.name, () => {
      const asked = one.flow ?? CLIENT;
      const context = one.context ?? KNOWN;
      const said = evaluatePath({ subnet: one.subnet, nic: one.nic ?? aks }, asked, context);
      assert.equal(said.verdict, one.verdict, describePath(said));
      const rule = said.deciding?.rule;
      assert.equal(rule ? `${said.deciding?.place} ${rule.priority}` : undefined, one.by);
      assert.equal(diagnose(said, asked, context)?.fault, one.fault);
    });
  }

  it("11 as the catalogue words it: the route alone, the frontend outside every prefix", () => {
    const said = evaluatePath({ subnet: custom(), nic: aks }, CLIENT, { ...KNOWN, routes: defaultRoute });
    assert.equal(said.verdict, "Unknown");
    assert.deepEqual(
      said.deciding?.candidates.map((rule) => rule.priority),
      [65000, 65500],
    );
  });

  it("13 nesting under properties and no default rules: the same results after decoding", () => {
    const decoded = decodeNsgs({
      name: "custom",
      properties: {
        securityRules: [
          {
            name: "allow-web",
            properties: {
              priority: 100,
              direction: "inbound",
              access: "ALLOW",
              protocol: "TCP",
              sourceAddressPrefix: null,
              sourceAddressPrefixes: ["Internet"],
              sourcePortRange: "*",
              destinationAddressPrefix: "*",
              destinationPortRange: "",
              destinationPortRanges: ["80"],
            },
          },
        ],
      },
    });
    assert.ok(decoded.state === "ok");
    const subnet = decoded.nsgs[0] ?? "none";
    assert.equal(evaluatePath({ subnet, nic: aks }, CLIENT, KNOWN).verdict, "Allow");
    const other = flow({ from: "203.0.113.7", to: "20.62.1.9", port: 81 });
    const said = evaluatePath({ subnet, nic: aks }, other, KNOWN);
    assert.equal(said.deciding?.rule?.name, "DenyAllInBound");
    assert.equal(diagnose(said, other, KNOWN)?.fault, "azure/nsg-no-allow-rule");
  });
});
