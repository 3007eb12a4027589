import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { describePort } from "../../model/ports.ts";
import { judgedPorts } from "../../model/services.ts";
import { SERVICE } from "./_shared.ts";

/** appProtocol is a hint that others act upon. */
export const check = defineCheck({
  id: "svc/app-protocol-hint",
  question: "Does a port announce its application protocol?",
  hop: "service",
  appliesTo: ["svc", "ingress"],
  needs: [],
  findings: {
    "svc/app-protocol-hint": {
      severity: "info",
      title: "A port announces its application protocol",
      explain:
        "kube-proxy ignores appProtocol. Cloud load balancers choose their health probe by it (on Azure http and https probe the path /), gateways and meshes how they talk to the pods.",
      docs: [`${SERVICE}#application-protocol`],
    },
  },
  run({ scope }, find) {
    return scope.services.flatMap((service) =>
      judgedPorts(service, scope.port).flatMap(({ port, index }) =>
        port.appProtocol === undefined || port.appProtocol === ""
          ? []
          : [
              find("svc/app-protocol-hint", {
                object: refOf(service, `spec.ports[${index}].appProtocol`),
                summary: `port ${describePort(port)} of Service ${service.metadata.name} announces ${port.appProtocol}`,
                evidence: [{ k: "appProtocol", v: port.appProtocol }],
              }),
            ],
      ),
    );
  },
});
