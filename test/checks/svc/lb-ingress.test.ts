import { check } from "../../../src/checks/svc/lb-ingress.ts";
import { checkCases } from "../../support/checks.ts";
import { service } from "../../support/objects.ts";

const lb = (ingress: object) =>
  service({ spec: { type: "LoadBalancer" }, status: { loadBalancer: { ingress: [ingress] } } });

checkCases(check, {
  fires: [
    {
      name: "ipMode Proxy",
      given: { services: [lb({ ip: "20.62.1.9", ipMode: "Proxy" })] },
      expect: ["svc/lb-ip-mode-proxy info"],
    },
    {
      name: "a name only",
      given: { services: [lb({ hostname: "x.elb.example.com" })] },
      expect: ["svc/lb-hostname-only info"],
    },
  ],
  silent: [
    { name: "an address", given: { services: [lb({ ip: "20.62.1.9", ipMode: "VIP" })] } },
    { name: "an address and a name", given: { services: [lb({ ip: "20.62.1.9", hostname: "x.example.com" })] } },
    { name: "no LoadBalancer", given: { services: [service()] }, status: "skipped" },
  ],
});
