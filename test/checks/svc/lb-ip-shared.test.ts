import { check } from "../../../src/checks/svc/lb-ip-shared.ts";
import { checkCases } from "../../support/checks.ts";
import { ago, service } from "../../support/objects.ts";

const at = (name: string, ip: string, port = 80, metadata = {}) =>
  service({
    metadata: { name, ...metadata },
    spec: { type: "LoadBalancer", ports: [{ port }] },
    status: { loadBalancer: { ingress: [{ ip }] } },
  });
const mine = at("web", "20.62.1.9");
const judging = (...others: ReturnType<typeof at>[]) => ({
  scope: { services: [mine] },
  allServices: [mine, ...others],
});

checkCases(check, {
  fires: [
    { name: "same address, same port", given: judging(at("old", "20.62.1.9")), expect: ["svc/lb-ip-shared error"] },
    {
      name: "the other one is in another namespace",
      given: judging(at("web", "20.62.1.9", 80, { namespace: "stage" })),
      expect: ["svc/lb-ip-shared error"],
    },
    {
      name: "same address, other port: a supported pattern",
      given: judging(at("admin", "20.62.1.9", 8443)),
      expect: ["svc/lb-ip-shared info"],
    },
  ],
  silent: [
    { name: "an address of its own", given: judging(at("old", "20.62.1.10")) },
    {
      name: "the other one is being deleted",
      given: judging(at("old", "20.62.1.9", 80, { deletionTimestamp: ago(5) })),
    },
    {
      name: "no address yet",
      given: {
        services: [service({ spec: { type: "LoadBalancer" } })],
        allServices: [
          service({ spec: { type: "LoadBalancer" } }),
          service({ metadata: { name: "b" }, spec: { type: "LoadBalancer" } }),
        ],
      },
    },
    { name: "no LoadBalancer", given: { services: [service()] }, status: "skipped" },
    {
      name: "other Services were not listed",
      given: {
        scope: { services: [mine] },
        allServices: { state: "unavailable", reason: "not-requested", detail: "not needed" },
      },
      status: "skipped",
    },
  ],
});
