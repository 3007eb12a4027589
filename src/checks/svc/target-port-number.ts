import { defineCheck } from "../../model/check.ts";
import { hasSelector, isHeadless } from "../../model/endpoints.ts";
import { type Pod, refOf, type Service, type ServicePort } from "../../model/kube.ts";
import { type DeclaredPort, declaredPorts, describePort, protocolOf, targetPortOf } from "../../model/ports.ts";
import { eligiblePods, judgedPorts } from "../../model/services.ts";
import {
  DEBUG_SERVICE,
  describeDeclared,
  forEachService,
  onlyExternalNames,
  patchService,
  SERVICE,
  sortedByName,
} from "./_shared.ts";

/**
 * containerPort is documentation: an undeclared port may well be served. So this never gives more than a hint about numbers, and says
 * error only where the author wrote a protocol other than the default and the Service contradicts it.
 */
export const check = defineCheck({
  id: "svc/target-port-number",
  question: "Do the numbers and protocols of the targetPorts agree with what the pods declare?",
  hop: "service",
  appliesTo: ["svc", "ingress"],
  needs: ["pods"],
  findings: {
    "svc/target-port-undeclared": {
      severity: "warning",
      title: "No pod declares the targetPort",
      explain:
        "The targetPort is a number that no selected pod declares, although every one of them declares other ports of that protocol. Declaring ports is optional and nothing checks it, " +
        "so this may work; it is also what a typo looks like. Ask the app: what does it listen on?",
      docs: [`${SERVICE}#field-spec-ports`, DEBUG_SERVICE],
    },
    "svc/target-port-equals-service-port-by-default": {
      severity: "info",
      title: "targetPort equals the service port, as if it had been left out",
      explain:
        "An absent targetPort is stored as the number of the service port. The pods declare one other port, so it was probably meant.",
      docs: [`${SERVICE}#field-spec-ports`],
    },
    "svc/protocol-mismatch": {
      severity: "error",
      title: "The port is declared with another protocol only",
      explain:
        "The pods declare the targetPort's number with another protocol than the Service. Where the pods say UDP or SCTP, somebody wrote that, while TCP is what a Service gets by default: packets then go out as TCP " +
        "to a UDP socket. The other way round is a warning: containerPort is documentation, and its protocol defaults to TCP too.",
      docs: [`${SERVICE}#protocol-support`],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, pods }, find) {
    return forEachService(scope.services, (service) => {
      if (!hasSelector(service)) return { skipped: "the Service has no selector" };
      const numeric = judgedPorts(service, scope.port).filter(({ port }) => typeof targetPortOf(port) === "number");
      if (numeric.length === 0) return { skipped: "no targetPort is a number" };
      const judged = sortedByName(eligiblePods(service, pods));
      if (judged.length === 0) return { skipped: "the selector matches no pod that can serve" };
      return numeric.flatMap(({ port, index }) => {
        const number = Number(targetPortOf(port));
        const protocol = protocolOf(port);
        const perPod = judged.map(declaredPorts);
        if (
          perPod.some((ports) => ports.some((declared) => declared.number === number && declared.protocol === protocol))
        )
          return [];
        const evidence = [
          { k: "service port", v: describePort(port) },
          ...judged.slice(0, 5).map((pod) => ({ k: `pod ${pod.metadata.name}`, v: describeDeclared(pod) })),
        ];
        const object = refOf(service, `spec.ports[${index}]`);
        const name = service.metadata.name;
        const other = perPod.map((ports) => ports.find((declared) => declared.number === number));
        const first = other[0];
        if (first !== undefined && other.every((declared) => declared !== undefined)) {
          const explicit = other.every((declared) => declared?.protocol !== "TCP");
          const both = servesAlso(service, first);
          return [
            find("svc/protocol-mismatch", {
              object,
              summary: `Service ${name} sends ${protocol} to port ${number}, which every selected pod declares as ${first.protocol} only`,
              evidence,
              // The Service serves the declared protocol too, so the app probably speaks both and lists one of them.
              confidence: explicit && !both ? "likely" : "possible",
              remedy: both
                ? ["# does the app serve both protocols? Then declare both ports in the pod template"]
                : [
                    patchService(service, [
                      { op: "replace", path: `/spec/ports/${index}/protocol`, value: first.protocol },
                    ]),
                  ],
            }),
          ];
        }
        // Without declared ports of the protocol there is nothing to contradict the Service.
        const declares = perPod.every((ports) => ports.some((declared) => declared.protocol === protocol));
        if (!declares) return [];
        const single = singlePort(judged, protocol);
        const undeclared = find("svc/target-port-undeclared", {
          object,
          confidence: "possible",
          summary: `no pod that Service ${name} selects declares its targetPort ${number}/${protocol}`,
          evidence,
          remedy: [
            ...(single === undefined
              ? ["# set targetPort to the port that the app listens on, or declare the port in the pod template"]
              : [
                  `# if the app listens on ${single}:`,
                  patchService(service, [{ op: "replace", path: `/spec/ports/${index}/targetPort`, value: single }]),
                ]),
          ],
        });
        if (single === undefined || number !== port.port || isHeadless(service)) return [undeclared];
        return [
          undeclared,
          find("svc/target-port-equals-service-port-by-default", {
            object,
            summary: `targetPort of Service ${name} is the port itself (${number}) while the pods declare only ${single}: it was probably left out`,
            evidence,
          }),
        ];
      });
    });
  },
});

/** Whether another port of the Service leads to the same number with the protocol that the pods declare. */
function servesAlso(service: Service, declared: DeclaredPort): boolean {
  return (service.spec?.ports ?? []).some((port: ServicePort) => {
    const target = targetPortOf(port);
    return protocolOf(port) === declared.protocol && (target === declared.number || target === declared.name);
  });
}

/** The one port number of the protocol that all pods declare, when there is just one. */
function singlePort(pods: readonly Pod[], protocol: string): number | undefined {
  const numbers = new Set(
    pods.flatMap((pod) =>
      declaredPorts(pod)
        .filter((declared) => declared.protocol === protocol)
        .map(({ number }) => number),
    ),
  );
  return numbers.size === 1 ? [...numbers][0] : undefined;
}
