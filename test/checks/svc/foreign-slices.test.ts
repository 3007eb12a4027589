import { check } from "../../../src/checks/svc/foreign-slices.ts";
import { checkCases } from "../../support/checks.ts";
import { service, slice } from "../../support/objects.ts";

const by = (manager: string, endpoints = slice().endpoints) =>
  slice({
    metadata: {
      name: `web-${manager.slice(0, 5)}`,
      labels: { "kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": manager },
    },
    endpoints: endpoints ?? [],
  });

checkCases(check, {
  fires: [
    {
      name: "somebody else writes slices too",
      given: { services: [service()], endpointSlices: [slice(), by("staff")] },
      expect: ["svc/foreign-slices info"],
    },
  ],
  silent: [
    {
      name: "one manager",
      given: { services: [service()], endpointSlices: [slice(), slice({ metadata: { name: "web-2" } })] },
    },
    {
      name: "the mirroring controller copies Endpoints that are meant",
      given: { services: [service()], endpointSlices: [slice(), by("endpointslicemirroring-controller.k8s.io")] },
    },
    {
      name: "an empty slice of another manager",
      given: { services: [service()], endpointSlices: [slice(), by("staff", [])] },
    },
    {
      name: "no selector",
      given: { services: [service({ spec: { selector: {} } })], endpointSlices: [slice(), by("staff")] },
      status: "skipped",
    },
  ],
});
