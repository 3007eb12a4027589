import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check } from "../../../src/checks/azure/source-ranges.ts";
import { checkCases, runCheck } from "../../support/checks.ts";
import { elsewhere, lb, onAzure } from "./build.ts";

const INVALID = "azure/source-ranges-invalid error";
const VNET = "azure/source-ranges-not-enforced-in-vnet";
const spec = (...ranges: string[]) => ({ loadBalancerSourceRanges: ranges });
const hostBits = lb({}, spec("10.0.0.1/24"));

checkCases(check, {
  fires: [
    { name: "host bits are set, though no event says so", given: onAzure(hostBits), expect: [INVALID] },
    { name: "no mask", given: onAzure(lb({}, spec("203.0.113.7"))), expect: [INVALID] },
    { name: "no range at all", given: onAzure(lb({ "azure-allowed-ip-ranges": "office" })), expect: [INVALID] },
    {
      name: "one bad among good ones",
      given: onAzure(lb({ "azure-allowed-ip-ranges": "10.0.0.0/8, 192.168.1.1/16" })),
      expect: [INVALID],
    },
    {
      name: "a comma too many",
      given: onAzure(lb({ "load-balancer-source-ranges": "10.0.0.0/8," })),
      expect: [INVALID],
    },
    { name: "an empty annotation", given: onAzure(lb({ "azure-allowed-ip-ranges": "" })), expect: [INVALID] },
    { name: "IPv6 host bits", given: onAzure(lb({}, spec("2001:db8::1/64"))), expect: [INVALID] },
    {
      name: "both places are judged",
      given: onAzure(lb({ "azure-allowed-ip-ranges": "x" }, spec("10.0.0.1/24"))),
      expect: [INVALID, INVALID],
    },
    {
      name: "tags beside the field of the spec",
      given: onAzure(lb({ "azure-allowed-service-tags": "AzureFrontDoor.Backend" }, spec("203.0.113.0/24"))),
      expect: ["azure/source-ranges-vs-service-tags warning", `${VNET} info`],
    },
    {
      name: "the VNet is let in anyway",
      given: onAzure(lb({ "azure-allowed-ip-ranges": "203.0.113.0/24" })),
      expect: [`${VNET} info`],
    },
  ],
  silent: [
    ...elsewhere(hostBits),
    { name: "no ranges", given: onAzure(lb()) },
    {
      name: "good ranges, and the rest is denied",
      given: onAzure(
        lb(
          { "azure-deny-all-except-load-balancer-source-ranges": "true" },
          spec("203.0.113.0/24", "2001:db8::/64", " 10.0.0.0/8 "),
        ),
      ),
    },
    {
      name: "good ranges on an internal one",
      given: onAzure(lb({ "azure-load-balancer-internal": "true" }, spec("10.0.0.0/8"))),
    },
    {
      name: "tags beside the annotation: both are the security group's",
      given: onAzure(
        lb({
          "azure-allowed-service-tags": "AzureFrontDoor.Backend",
          "azure-allowed-ip-ranges": "203.0.113.7/32",
          "azure-deny-all-except-load-balancer-source-ranges": "TRUE",
        }),
      ),
    },
  ],
});

describe("mending source ranges", () => {
  const remedy = (given: ReturnType<typeof lb>): string => runCheck(check, onAzure(given)).findings[0]?.remedy[0] ?? "";
  it("clears host bits and adds masks", () => {
    assert.match(remedy(lb({}, spec("10.0.0.1/24", "203.0.113.7"))), /"10\.0\.0\.0\/24","203\.0\.113\.7\/32"/);
    assert.match(remedy(lb({}, spec("2001:db8::1/64", "::1"))), /"2001:db8::\/64","::1\/128"/);
    assert.match(remedy(lb({ "azure-allowed-ip-ranges": "10.0.0.0/8," })), /azure-allowed-ip-ranges=10\.0\.0\.0\/8$/);
  });
  it("leaves to people what only they know", () => {
    assert.match(remedy(lb({ "azure-allowed-ip-ranges": "office" })), /^# write every entry/);
    assert.match(remedy(lb({ "azure-allowed-ip-ranges": "" })), /^# write every entry/);
  });
});
