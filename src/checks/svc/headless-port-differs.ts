import { defineCheck } from "../../model/check.ts";
import { isHeadless } from "../../model/endpoints.ts";
import { refOf } from "../../model/kube.ts";
import { describePort, targetPortOf } from "../../model/ports.ts";
import { judgedPorts } from "../../model/services.ts";
import { patchService, SERVICE } from "./_shared.ts";

/** Nobody rewrites ports for a headless Service. */
export const check = defineCheck({
  id: "svc/headless-port-differs",
  question: "Does a headless Service promise a port that nothing translates?",
  hop: "service",
  appliesTo: ["svc", "ingress"],
  needs: [],
  findings: {
    "svc/headless-port-differs": {
      severity: "warning",
      title: "The port of a headless Service differs from its targetPort",
      explain:
        "A headless Service gives pod addresses by DNS and nothing translates ports: who dials the service port reaches the pod on that very number, where nothing listens. Clients must dial the targetPort or ask for SRV records. " +
        "A Service through which the members of a StatefulSet find each other rarely suffers from it.",
      docs: [`${SERVICE}#headless-services`],
    },
  },
  run({ scope }, find) {
    return scope.services.filter(isHeadless).flatMap((service) =>
      judgedPorts(service, scope.port).flatMap(({ port, index }) => {
        const target = targetPortOf(port);
        if (typeof target !== "number" || target === port.port) return [];
        return [
          find("svc/headless-port-differs", {
            severity: service.spec?.publishNotReadyAddresses === true ? "info" : "warning",
            object: refOf(service, `spec.ports[${index}]`),
            summary: `headless Service ${service.metadata.name} lists port ${port.port}, but clients must dial ${target}: no proxy translates it`,
            evidence: [{ k: "service port", v: describePort(port) }],
            remedy: [
              `# dial ${target} (or look up the SRV record); to make both agree:`,
              patchService(service, [{ op: "replace", path: `/spec/ports/${index}/port`, value: target }]),
            ],
          }),
        ];
      }),
    );
  },
});
