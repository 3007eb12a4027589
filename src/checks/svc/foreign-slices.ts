import { defineCheck } from "../../model/check.ts";
import { hasSelector, slicesOf } from "../../model/endpoints.ts";
import { refOf } from "../../model/kube.ts";
import { ENDPOINT_SLICES, forEachService, onlyExternalNames } from "./_shared.ts";

const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
/** Copies hand-written Endpoints objects; what it writes is meant. */
const MIRRORING = "endpointslicemirroring-controller.k8s.io";

/** Slices of several managers are all used: kube-proxy asks only for the Service's name. */
export const check = defineCheck({
  id: "svc/foreign-slices",
  question: "Does somebody besides the slice controller add endpoints?",
  hop: "endpoints",
  appliesTo: ["svc", "ingress"],
  needs: ["endpointSlices"],
  findings: {
    "svc/foreign-slices": {
      severity: "info",
      title: "Several managers write EndpointSlices of the Service",
      explain:
        "Besides the controller that follows the selector somebody else writes slices with the Service's name. All of them share the traffic.",
      docs: [`${ENDPOINT_SLICES}#ownership`],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, endpointSlices }, find) {
    return forEachService(scope.services, (service) => {
      if (!hasSelector(service)) return { skipped: "the Service has no selector" };
      const slices = slicesOf(service, endpointSlices).filter((slice) => (slice.endpoints ?? []).length > 0);
      const managers = [...new Set(slices.map((slice) => slice.metadata.labels?.[MANAGED_BY] ?? "nobody named"))]
        .filter((manager) => manager !== MIRRORING)
        .sort();
      if (managers.length < 2) return [];
      return [
        find("svc/foreign-slices", {
          object: refOf(service),
          summary: `${managers.length} managers write endpoints of Service ${service.metadata.name}`,
          evidence: managers.map((manager) => ({
            k: manager,
            v: slices
              .filter((slice) => (slice.metadata.labels?.[MANAGED_BY] ?? "nobody named") === manager)
              .map((slice) => slice.metadata.name)
              .sort()
              .join(", "),
          })),
        }),
      ];
    });
  },
});
