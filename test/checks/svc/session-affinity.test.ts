import { check } from "../../../src/checks/svc/session-affinity.ts";
import { checkCases } from "../../support/checks.ts";
import { node, service, slice } from "../../support/objects.ts";

const sticky = service({ spec: { sessionAffinity: "ClientIP" } });
const windows = (kernelVersion: string) =>
  node({ status: { nodeInfo: { operatingSystem: "windows", kernelVersion } } });

checkCases(check, {
  fires: [
    {
      name: "ClientIP",
      given: { services: [sticky], endpointSlices: [slice()], nodes: [node()] },
      expect: ["svc/session-affinity info"],
    },
    {
      name: "on Windows Server 2019",
      given: { services: [sticky], endpointSlices: [slice()], nodes: [windows("10.0.17763.6293")] },
      expect: ["svc/session-affinity warning"],
    },
    {
      name: "on Windows Server 2022",
      given: { services: [sticky], endpointSlices: [slice()], nodes: [windows("10.0.20348.2700")] },
      expect: ["svc/session-affinity info"],
    },
    {
      name: "the old Windows node holds no endpoint",
      given: { services: [sticky], endpointSlices: [], nodes: [windows("10.0.17763.1")] },
      expect: ["svc/session-affinity info"],
    },
  ],
  silent: [{ name: "none", given: { services: [service({ spec: { sessionAffinity: "None" } })] } }],
});
