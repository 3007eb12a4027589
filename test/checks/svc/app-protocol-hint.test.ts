import { check } from "../../../src/checks/svc/app-protocol-hint.ts";
import { checkCases } from "../../support/checks.ts";
import { service } from "../../support/objects.ts";

checkCases(check, {
  fires: [
    {
      name: "http",
      given: { services: [service({ spec: { ports: [{ port: 80, appProtocol: "http" }] } })] },
      expect: ["svc/app-protocol-hint info"],
    },
  ],
  silent: [{ name: "none", given: { services: [service()] } }],
});
