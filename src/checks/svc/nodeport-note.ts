import { defineCheck } from "../../model/check.ts";
import { refOf } from "../../model/kube.ts";
import { isLoadBalancer } from "../../model/services.ts";
import { SERVICE } from "./_shared.ts";

/** What has to be so for a NodePort to be reached. */
export const check = defineCheck({
  id: "svc/nodeport-note",
  question: "Which node ports does the Service open?",
  hop: "node",
  appliesTo: ["svc"],
  needs: [],
  findings: {
    "svc/nodeport-note": {
      severity: "info",
      title: "The Service opens node ports",
      explain:
        "A node port is reached at a node's address. AKS nodes normally have no public address, and the network security group must allow the port.",
      docs: [`${SERVICE}#type-nodeport`],
    },
  },
  run({ scope }, find) {
    return scope.services
      .filter((service) => service.spec?.type === "NodePort" || isLoadBalancer(service))
      .flatMap((service) => {
        const ports = (service.spec?.ports ?? []).filter((port) => (port.nodePort ?? 0) > 0);
        if (ports.length === 0) return [];
        return [
          find("svc/nodeport-note", {
            object: refOf(service, "spec.ports"),
            summary: `Service ${service.metadata.name} opens node port ${ports.map((port) => port.nodePort).join(", ")}`,
            evidence: [
              {
                k: "node ports",
                v: ports.map((port) => `${port.port}→${port.nodePort}/${port.protocol ?? "TCP"}`).join(", "),
              },
            ],
          }),
        ];
      });
  },
});
