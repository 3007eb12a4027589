import { defineCheck } from "../../model/check.ts";
import { isHeadless } from "../../model/endpoints.ts";
import { refOf } from "../../model/kube.ts";
import { describePort, matchesPortArgument, targetPortOf } from "../../model/ports.ts";
import { isExternalName } from "../../model/services.ts";
import { forEachService, patchService, SERVICE } from "./_shared.ts";

/** A cluster IP answers on the listed ports only. */
export const check = defineCheck({
  id: "svc/port-not-exposed",
  question: "Does the Service have the port that was asked for?",
  hop: "service",
  appliesTo: ["svc"],
  needs: [],
  findings: {
    "svc/port-not-exposed": {
      severity: "error",
      title: "The Service has no such port",
      explain:
        "The port given with --port is neither a number nor a name in spec.ports. A Service forwards only what it lists; clients use the service port, not the targetPort.",
      docs: [`${SERVICE}#multi-port-services`],
    },
  },
  run({ scope }, find) {
    const asked = scope.port;
    if (asked === undefined) return { skipped: "no --port was given" };
    return forEachService(scope.services, (service) => {
      // Clients of these dial another address, on any port.
      if (isExternalName(service)) return { skipped: "ExternalName has no ports" };
      const ports = service.spec?.ports ?? [];
      if (isHeadless(service) && ports.length === 0) return { skipped: "a headless Service without ports" };
      if (ports.some((port) => matchesPortArgument(port, asked))) return [];
      const meant = ports.find((port) => String(targetPortOf(port)) === asked);
      if (isHeadless(service) && meant !== undefined) return [];
      const number = Number(asked);
      return [
        find("svc/port-not-exposed", {
          object: refOf(service, "spec.ports"),
          summary:
            `Service ${service.metadata.name} has no port ${asked}` +
            (meant === undefined ? "" : `: that is the targetPort of its port ${meant.port}`),
          evidence: [{ k: "spec.ports", v: ports.map(describePort).join(", ") || "none" }],
          remedy:
            meant !== undefined || !Number.isInteger(number)
              ? [`# use ${ports.map((port) => port.port).join(" or ")}`]
              : [
                  `# use ${ports.map((port) => port.port).join(" or ")}, or add the port:`,
                  patchService(service, [
                    // All ports of a Service must be named as soon as there are two.
                    ...ports.flatMap((port, i) =>
                      port.name ? [] : [{ op: "add", path: `/spec/ports/${i}/name`, value: `port-${port.port}` }],
                    ),
                    {
                      op: "add",
                      path: "/spec/ports/-",
                      value: { name: `port-${number}`, port: number, targetPort: number },
                    },
                  ]),
                ],
        }),
      ];
    });
  },
});
