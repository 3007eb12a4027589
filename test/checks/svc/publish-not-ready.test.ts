import { check } from "../../../src/checks/svc/publish-not-ready.ts";
import { checkCases } from "../../support/checks.ts";
import { service } from "../../support/objects.ts";

checkCases(check, {
  fires: [
    {
      name: "headless, as peers use it",
      given: { services: [service({ spec: { clusterIP: "None", publishNotReadyAddresses: true } })] },
      expect: ["svc/publish-not-ready info"],
    },
    {
      name: "with a cluster IP",
      given: { services: [service({ spec: { publishNotReadyAddresses: true } })] },
      expect: ["svc/publish-not-ready warning"],
    },
  ],
  silent: [
    { name: "false", given: { services: [service({ spec: { publishNotReadyAddresses: false } })] } },
    {
      name: "ExternalName",
      given: { services: [service({ spec: { type: "ExternalName", publishNotReadyAddresses: true } })] },
    },
  ],
});
