import { check } from "../../../src/checks/probe/dns-name.ts";
import { DNS_NAME, result, target, vantage } from "../../probe/support.ts";
import { checkCases } from "../../support/checks.ts";
import { service } from "../../support/objects.ts";

checkCases(check, {
  fires: [
    {
      name: "the DNS server does not answer",
      given: { probes: [result(DNS_NAME, ["dns-timeout", "dns-timeout"])], services: [service()] },
      expect: ["dns/name-not-resolved error"],
    },
    {
      name: "from neither of two nodes: one finding",
      given: {
        probes: [result(DNS_NAME, ["dns", "dns"]), result(DNS_NAME, ["dns", "dns"], vantage("node-2"))],
        services: [service()],
      },
      expect: ["dns/name-not-resolved error"],
    },
    {
      name: "the name is not known",
      given: { probes: [result(target()), result(DNS_NAME, ["dns", "dns"])], services: [service()] },
      expect: ["dns/name-not-resolved error"],
    },
  ],
  silent: [
    { name: "it resolves", given: { probes: [result(DNS_NAME)], services: [service()] } },
    {
      name: "it resolves, and what it resolves to fails: another station's fault",
      given: { probes: [result(DNS_NAME, ["refused", "refused"])], services: [service()] },
    },
    {
      name: "a headless Service without a usable pod has no address",
      given: { probes: [result(DNS_NAME, ["dns", "dns"])], services: [service({ spec: { clusterIP: "None" } })] },
    },
    { name: "no name was tried", given: { probes: [result(target())] }, status: "skipped" },
  ],
});
