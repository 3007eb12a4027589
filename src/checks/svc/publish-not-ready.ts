import { defineCheck } from "../../model/check.ts";
import { isHeadless } from "../../model/endpoints.ts";
import { refOf } from "../../model/kube.ts";
import { isExternalName } from "../../model/services.ts";
import { patchService, SERVICE } from "./_shared.ts";

/** publishNotReadyAddresses is made for peers that find each other while they start, not for clients. */
export const check = defineCheck({
  id: "svc/publish-not-ready",
  question: "Are pods published before they are ready?",
  hop: "endpoints",
  appliesTo: ["svc", "ingress"],
  needs: [],
  findings: {
    "svc/publish-not-ready": {
      severity: "info",
      title: "Pods are published although they are not ready",
      explain:
        "publishNotReadyAddresses lists every pod as ready. For a headless Service that is how members of a StatefulSet find each other; for a Service with a cluster IP it sends requests to pods that cannot answer.",
      docs: [SERVICE],
    },
  },
  run({ scope }, find) {
    return scope.services
      .filter((service) => service.spec?.publishNotReadyAddresses === true && !isExternalName(service))
      .map((service) => {
        const headless = isHeadless(service);
        return find("svc/publish-not-ready", {
          severity: headless ? "info" : "warning",
          object: refOf(service, "spec.publishNotReadyAddresses"),
          summary: `Service ${service.metadata.name} lists its pods as ready whether they are or not${headless ? "" : ": unready pods receive requests"}`,
          evidence: [{ k: "spec.publishNotReadyAddresses", v: "true" }],
          remedy: headless
            ? []
            : [patchService(service, [{ op: "replace", path: "/spec/publishNotReadyAddresses", value: false }])],
        });
      });
  },
});
