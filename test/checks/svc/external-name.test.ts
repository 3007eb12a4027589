import { check } from "../../../src/checks/svc/external-name.ts";
import { checkCases } from "../../support/checks.ts";
import { service } from "../../support/objects.ts";

const alias = (externalName: string) => service({ spec: { type: "ExternalName", externalName } });

checkCases(check, {
  fires: [
    { name: "a name", given: { services: [alias("db.example.com")] }, expect: ["svc/externalname-host-header info"] },
    {
      name: "a name with a final dot",
      given: { services: [alias("db.example.com.")] },
      expect: ["svc/externalname-host-header info"],
    },
    { name: "an address", given: { services: [alias("10.0.0.5")] }, expect: ["svc/externalname-is-ip error"] },
    { name: "an IPv6 address", given: { services: [alias("fd00::5")] }, expect: ["svc/externalname-is-ip error"] },
    { name: "empty", given: { services: [alias("")] }, expect: ["svc/externalname-invalid error"] },
    { name: "a URL", given: { services: [alias("https://example.com")] }, expect: ["svc/externalname-invalid error"] },
    {
      name: "too long",
      given: { services: [alias(`${"a.".repeat(127)}aa`)] },
      expect: ["svc/externalname-invalid error"],
    },
  ],
  silent: [
    {
      name: "no ExternalName",
      given: { services: [service({ spec: { externalName: "10.0.0.5" } })] },
      status: "skipped",
    },
  ],
});
