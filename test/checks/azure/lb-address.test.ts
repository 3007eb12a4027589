import { check } from "../../../src/checks/azure/lb-address.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, event } from "../../support/objects.ts";
import { elsewhere, lb, onAzure } from "./build.ts";

const V4 = "azure-load-balancer-ipv4";
const V6 = "azure-load-balancer-ipv6";
const other = lb({ [V4]: "20.62.1.10" });
const young = { ...other, metadata: { ...other.metadata, creationTimestamp: ago(120) } };

checkCases(check, {
  fires: [
    {
      name: "the annotation asks for another address",
      given: onAzure(other),
      expect: ["azure/lb-ip-pending-change warning"],
    },
    {
      name: "the field asks for another address",
      given: onAzure(lb({}, { loadBalancerIP: "20.62.1.10" })),
      expect: ["azure/lb-ip-pending-change"],
    },
    {
      name: "the event of the failure is shown",
      given: onAzure(other, { events: [event(other, { reason: "SyncLoadBalancerFailed", message: "no" })] }),
      expect: ["azure/lb-ip-pending-change"],
    },
    {
      name: "another IPv6 address",
      given: onAzure(lb({ [V6]: "2001:db8::2" }, {}, "2001:db8::1")),
      expect: ["azure/lb-ip-pending-change"],
    },
    {
      name: "additional addresses are mentioned",
      given: onAzure(lb({ "azure-additional-public-ips": "20.62.1.11" })),
      expect: ["azure/additional-ips info"],
    },
  ],
  silent: [
    ...elsewhere(other),
    { name: "it has what it asks for", given: onAzure(lb({ [V4]: "20.62.1.9" })) },
    { name: "IPv6 in another spelling", given: onAzure(lb({ [V6]: "2001:DB8:0::1" }, {}, "2001:db8::1")) },
    {
      name: "the annotation goes before the field",
      given: onAzure(lb({ [V4]: " 20.62.1.9" }, { loadBalancerIP: "20.62.1.10" })),
    },
    { name: "an IPv6 wish of an IPv4 Service", given: onAzure(lb({ [V6]: "2001:db8::1" })) },
    { name: "no address yet: pending is another question", given: onAzure(lb({ [V4]: "20.62.1.10" }, {}, null)) },
    { name: "the Service is young", given: onAzure(young) },
    {
      name: "the provider is at work",
      given: onAzure(other, {
        events: [event(other, { reason: "EnsuringLoadBalancer", type: "Normal", seconds: 20 })],
      }),
    },
    {
      name: "no creation time: nobody knows since when",
      given: onAzure({
        ...other,
        metadata: { name: "web", namespace: "shop", annotations: other.metadata.annotations ?? {} },
      }),
    },
    {
      name: "no address at all (svc reports it), nothing additional",
      given: onAzure(lb({ [V4]: "", "azure-additional-public-ips": "" })),
    },
  ],
});
