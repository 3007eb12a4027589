import { check } from "../../../src/checks/svc/traffic-distribution.ts";
import { checkCases } from "../../support/checks.ts";
import { service, slice } from "../../support/objects.ts";

const mode = (value: string) =>
  service({ metadata: { annotations: { "service.kubernetes.io/topology-mode": value } } });

checkCases(check, {
  fires: [
    {
      name: "PreferClose",
      given: { services: [service({ spec: { trafficDistribution: "PreferClose" } })], endpointSlices: [slice()] },
      expect: ["svc/traffic-distribution info"],
    },
    { name: "topology-mode Auto", given: { services: [mode("Auto")] }, expect: ["svc/traffic-distribution info"] },
  ],
  silent: [
    { name: "neither", given: { services: [service()] } },
    { name: "topology-mode Disabled", given: { services: [mode("Disabled")] } },
  ],
});
