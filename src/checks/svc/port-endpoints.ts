import { defineCheck } from "../../model/check.ts";
import { hasSelector, isHeadless, mergeSlices, slicesOf, usable, usableForPort } from "../../model/endpoints.ts";
import { refOf } from "../../model/kube.ts";
import { ageOf } from "../../model/pods.ts";
import { describePort } from "../../model/ports.ts";
import { judgedPorts } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { DEBUG_SERVICE, ENDPOINT_SLICES, forEachService, onlyExternalNames, YOUTH_UNPROVEN } from "./_shared.ts";

/** Endpoints belong to ports: a Service may serve one port and refuse the other. */
export const check = defineCheck({
  id: "svc/port-endpoints",
  question: "Has each port of the Service an endpoint?",
  hop: "endpoints",
  appliesTo: ["svc", "ingress"],
  needs: ["endpointSlices"],
  findings: {
    "svc/port-has-no-endpoints": {
      severity: "error",
      title: "A port of the Service has no endpoint",
      explain:
        "The Service has endpoints, but no slice lists one for this port, so connections to it are refused. Nearly always its targetPort is a name that the pods do not declare. " +
        "Ports are matched by name; a missing name and an empty one are the same.",
      docs: [ENDPOINT_SLICES, DEBUG_SERVICE],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, endpointSlices, now, clockIsLowerBound, settings }, find) {
    return forEachService(scope.services, (service) => {
      if (!hasSelector(service)) return { skipped: "the Service has no selector" };
      const ports = judgedPorts(service, scope.port);
      // A headless Service without ports is legal: its endpoints are addresses for DNS.
      if (ports.length === 0) return { skipped: "the Service has no ports" };
      const slices = slicesOf(service, endpointSlices);
      const endpoints = mergeSlices(slices);
      if (usable(endpoints).length === 0) return { skipped: "the Service has no usable endpoint at all" };
      const young = (ageOf(service.metadata, now) ?? Number.POSITIVE_INFINITY) < settings.settle;
      if (young && !clockIsLowerBound) return [];
      const { namespace, name } = service.metadata;
      return ports
        .filter(({ port }) => usableForPort(endpoints, port.name).length === 0)
        .map(({ port, index }) =>
          find("svc/port-has-no-endpoints", {
            // The DNS name of a headless Service still gives the addresses, and clients dial the pods themselves: only SRV records lack.
            severity: isHeadless(service) ? "warning" : "error",
            confidence: young ? "possible" : "certain",
            object: refOf(service, `spec.ports[${index}]`),
            summary: `port ${describePort(port)} of Service ${name} has no endpoint`,
            evidence: [
              { k: "service port", v: describePort(port) },
              ...(young ? [YOUTH_UNPROVEN] : []),
              ...slices
                .map((slice) => ({
                  k: `slice ${slice.metadata.name}`,
                  v: `${(slice.ports ?? []).map((listed) => `${listed.name || "(unnamed)"}:${listed.port ?? "?"}`).join(", ") || "no ports"}; ${(slice.endpoints ?? []).length} endpoint(s)`,
                }))
                .toSorted((a, b) => (a.k < b.k ? -1 : 1))
                .slice(0, 5),
            ],
            remedy: [
              "# a named targetPort must be declared by the pods; compare:",
              kubectl(namespace, "get", "endpointslices", "-l", `kubernetes.io/service-name=${name}`, "-o", "wide"),
            ],
          }),
        );
    });
  },
});
