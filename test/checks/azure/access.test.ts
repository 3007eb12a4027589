import { check } from "../../../src/checks/azure/access.ts";
import { checkCases } from "../../support/checks.ts";
import { elsewhere, lb, onAzure } from "./build.ts";
import { aks, custom, world } from "./network.ts";

const failed = { state: "unavailable", reason: "failed", detail: "Please run az login; next: az login" } as const;
const all = { azurePools: failed, azureSubnets: failed, azureNsgs: failed, azureLoadBalancers: failed };

checkCases(check, {
  fires: [
    { name: "not logged in", given: onAzure(lb(), all), expect: ["azure/unavailable info"] },
    {
      name: "one NSG may not be read",
      given: world(lb(), {
        subnetNsg: custom(),
        more: { azureNsgs: { state: "ok", items: [aks()], gaps: ["custom: 403"] } },
      }),
      expect: ["azure/nsg-unreadable info"],
    },
    {
      name: "no NSG may be read",
      given: world(lb(), { more: { azureNsgs: { state: "unavailable", reason: "forbidden", detail: "403" } } }),
      expect: ["azure/nsg-unreadable info"],
    },
  ],
  silent: [
    ...elsewhere(lb()).map((one) => ({ ...one, given: { ...one.given, ...all } })),
    { name: "everything was read", given: world(lb()) },
    { name: "Azure was not asked", given: onAzure(lb()), status: "skipped" },
  ],
});
