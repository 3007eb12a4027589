import { check } from "../../../src/checks/azure/internal.ts";
import { checkCases } from "../../support/checks.ts";
import { elsewhere, lb, onAzure } from "./build.ts";

const KEY = "azure-load-balancer-internal";
const SUBNET = "azure-load-balancer-internal-subnet";
const HA = "azure-load-balancer-enable-high-availability-ports";

checkCases(check, {
  fires: [
    {
      name: "yes is not true",
      given: onAzure(lb({ [KEY]: "yes" })),
      expect: ["azure/internal-annotation-ineffective warning"],
    },
    {
      name: "1 is not true",
      given: onAzure(lb({ [KEY]: "1" })),
      expect: ["azure/internal-annotation-ineffective warning"],
    },
    {
      name: "a space makes the difference",
      given: onAzure(lb({ [KEY]: " true" })),
      expect: ["azure/internal-annotation-ineffective"],
    },
    { name: "empty is not true", given: onAzure(lb({ [KEY]: "" })), expect: ["azure/internal-annotation-ineffective"] },
    {
      name: "a subnet alone",
      given: onAzure(lb({ [SUBNET]: "apps" })),
      expect: ["azure/internal-subnet-without-internal warning"],
    },
    {
      name: "a subnet and a value that is not true",
      given: onAzure(lb({ [SUBNET]: "apps", [KEY]: "on" }, {}, null)),
      expect: ["azure/internal-annotation-ineffective", "azure/internal-subnet-without-internal"],
    },
    {
      name: "HA ports on a public one",
      given: onAzure(lb({ [HA]: "True" })),
      expect: ["azure/ha-ports-ignored warning"],
    },
    {
      name: '"True" is effective: only mentioned',
      given: onAzure(lb({ [KEY]: "True" }, {}, "10.224.0.50")),
      expect: ["azure/internal-but-client-external info"],
    },
  ],
  silent: [
    ...elsewhere(lb({ [KEY]: "yes" })),
    { name: "a public Service that says nothing", given: onAzure(lb()) },
    { name: "public on purpose", given: onAzure(lb({ [KEY]: "False" })) },
    {
      name: "internal with its subnet and HA ports, no address yet",
      given: onAzure(lb({ [KEY]: "TRUE", [SUBNET]: "apps", [HA]: "true" }, {}, null)),
    },
    {
      name: "internal, with a public range used inside the VNet",
      given: onAzure(lb({ [KEY]: "true" }, {}, "52.1.2.3")),
    },
    { name: "HA ports turned off", given: onAzure(lb({ [HA]: "false", [SUBNET]: "" })) },
  ],
});
