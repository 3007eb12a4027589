import { check } from "../../../src/checks/svc/endpoint-ip-family-missing.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, pod, service, slice } from "../../support/objects.ts";

const dual = (ipFamilyPolicy: string) => service({ spec: { ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy } });
const both = pod({ status: { podIPs: [{ ip: "10.244.1.15" }, { ip: "fd00::15" }] } });

checkCases(check, {
  fires: [
    {
      name: "both families are required, the pods have one",
      given: { services: [dual("RequireDualStack")], pods: [pod()], endpointSlices: [slice()] },
      expect: ["svc/endpoint-ip-family-missing error"],
    },
    {
      name: "IPv6 only, on IPv4 pods",
      given: { services: [service({ spec: { ipFamilies: ["IPv6"] } })], pods: [pod()], endpointSlices: [] },
      expect: ["svc/endpoint-ip-family-missing error"],
    },
    {
      name: "both are preferred: the other one serves",
      given: { services: [dual("PreferDualStack")], pods: [pod()], endpointSlices: [slice()] },
      expect: ["svc/endpoint-ip-family-missing info"],
    },
    {
      name: "an IPv6 cluster IP alone says the family too",
      given: {
        services: [service({ spec: { ipFamilies: [], clusterIP: "fd00:10::80" } })],
        pods: [pod()],
        endpointSlices: [],
      },
      expect: ["svc/endpoint-ip-family-missing error"],
    },
  ],
  silent: [
    { name: "one family, as the pods", given: { services: [service()], pods: [pod()], endpointSlices: [slice()] } },
    {
      name: "dual-stack pods",
      given: {
        services: [dual("RequireDualStack")],
        pods: [both],
        endpointSlices: [
          slice(),
          slice({ metadata: { name: "v6" }, addressType: "IPv6", endpoints: [{ addresses: ["fd00::15"] }] }),
        ],
      },
    },
    {
      name: "the pods have the family, the slice lags: another question",
      given: { services: [dual("RequireDualStack")], pods: [both], endpointSlices: [slice()] },
    },
    {
      name: "no pod has an address yet",
      given: {
        services: [dual("RequireDualStack")],
        pods: [pod({ status: { podIP: "", podIPs: [] } })],
        endpointSlices: [],
      },
      status: "skipped",
    },
    {
      name: "started seconds ago",
      given: {
        services: [dual("RequireDualStack")],
        pods: [pod({ metadata: { creationTimestamp: ago(5) } })],
        endpointSlices: [],
      },
    },
    {
      name: "no selector",
      given: { services: [service({ spec: { selector: {}, ipFamilies: ["IPv6"] } })], pods: [], endpointSlices: [] },
      status: "skipped",
    },
  ],
});
