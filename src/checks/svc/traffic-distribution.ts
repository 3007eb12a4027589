import { defineCheck } from "../../model/check.ts";
import { slicesOf } from "../../model/endpoints.ts";
import { refOf } from "../../model/kube.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { VIRTUAL_IPS } from "./_shared.ts";

const TOPOLOGY_MODE = "service.kubernetes.io/topology-mode";

/** A preference, never a fault: a proxy without a hinted endpoint uses all of them. */
export const check = defineCheck({
  id: "svc/traffic-distribution",
  question: "Does the Service prefer endpoints that are near?",
  hop: "service",
  appliesTo: ["svc", "ingress"],
  needs: [],
  wants: ["endpointSlices"],
  findings: {
    "svc/traffic-distribution": {
      severity: "info",
      title: "The Service prefers near endpoints",
      explain:
        "trafficDistribution or topology-mode let proxies prefer endpoints of the client's zone or node, so a test from one place may never see the others. It is a preference: where no hinted endpoint is ready, all are used.",
      docs: [`${VIRTUAL_IPS}#traffic-distribution`],
    },
  },
  run({ scope, wanted }, find) {
    return scope.services.flatMap((service) => {
      const distribution = service.spec?.trafficDistribution;
      const mode = service.metadata.annotations?.[TOPOLOGY_MODE];
      const active = mode !== undefined && mode.toLowerCase() !== "disabled";
      if ((distribution === undefined || distribution === "") && !active) return [];
      const endpoints = slicesOf(service, itemsOr(wanted.endpointSlices)).flatMap((slice) => slice.endpoints ?? []);
      const zones = new Map<string, number>();
      for (const endpoint of endpoints) {
        const zone = endpoint.zone ?? "no zone";
        zones.set(zone, (zones.get(zone) ?? 0) + 1);
      }
      const hinted = endpoints.filter(
        (endpoint) => (endpoint.hints?.forZones ?? []).length > 0 || (endpoint.hints?.forNodes ?? []).length > 0,
      ).length;
      return [
        find("svc/traffic-distribution", {
          object: distribution ? refOf(service, "spec.trafficDistribution") : refOf(service, "metadata.annotations"),
          summary: `Service ${service.metadata.name} prefers near endpoints (${distribution || `topology-mode ${mode}`})`,
          evidence: [
            { k: "preference", v: distribution || `${TOPOLOGY_MODE}: ${mode}` },
            ...(endpoints.length === 0
              ? []
              : [
                  {
                    k: "endpoints",
                    v: `${[...zones]
                      .sort()
                      .map(([zone, count]) => `${zone}: ${count}`)
                      .join(", ")}; ${hinted} with hints`,
                  },
                ]),
          ],
        }),
      ];
    });
  },
});
