import { check } from "../../../src/checks/svc/proxied-elsewhere.ts";
import { checkCases } from "../../support/checks.ts";
import { service } from "../../support/objects.ts";

checkCases(check, {
  fires: [
    {
      name: "the label is set",
      given: { services: [service({ metadata: { labels: { "service.kubernetes.io/service-proxy-name": "mine" } } })] },
      expect: ["svc/proxied-elsewhere info"],
    },
  ],
  silent: [{ name: "no such label", given: { services: [service()] } }],
});
