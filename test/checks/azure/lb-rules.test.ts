import { check } from "../../../src/checks/azure/lb-rules.ts";
import { checkCases } from "../../support/checks.ts";
import { elsewhere, lb, onAzure } from "./build.ts";

const noRule = lb({ port_80_no_lb_rule: "true" });
const dns = {
  ports: [
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "dns-tcp", port: 53, protocol: "TCP" },
  ],
};

checkCases(check, {
  fires: [
    {
      name: "the provider writes no NSG rules",
      given: onAzure(lb({ "azure-disable-load-balancer-nsg-rule": "true" })),
      expect: ["azure/nsg-rule-management-disabled warning"],
    },
    {
      name: "floating IP is off",
      given: onAzure(lb({ "azure-disable-load-balancer-floating-ip": "TRUE" })),
      expect: ["azure/floating-ip-disabled info"],
    },
    {
      name: "a port is kept off the load balancer",
      given: onAzure(noRule),
      expect: ["azure/port-without-lb-rule info"],
    },
    {
      name: "that very port was asked for",
      given: onAzure(noRule, { scope: { port: "80" } }),
      expect: ["azure/port-without-lb-rule error"],
    },
    {
      name: "another port was asked for",
      given: onAzure(noRule, { scope: { port: "443" } }),
      expect: ["azure/port-without-lb-rule info"],
    },
    {
      name: "no probe by annotation",
      given: onAzure(lb({ port_80_no_probe_rule: "true" })),
      expect: ["azure/port-without-probe info"],
    },
    {
      name: "UDP beside TCP: one of the two has no probe",
      given: onAzure(lb({}, dns)),
      expect: ["azure/udp-no-probe info"],
    },
  ],
  silent: [
    ...elsewhere(noRule),
    { name: "nothing special is asked for", given: onAzure(lb()) },
    {
      name: "values that are not true",
      given: onAzure(
        lb({
          port_80_no_lb_rule: "yes",
          "azure-disable-load-balancer-nsg-rule": "false",
          port_80_no_probe_rule: " true",
        }),
      ),
    },
  ],
});
