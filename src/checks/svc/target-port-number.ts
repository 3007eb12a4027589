import { defineCheck } from "../../model/check.ts";
import { hasSelector, isHeadless } from "../../model/endpoints.ts";
import { type Pod, refOf, type Service, type ServicePort } from "../../model/kube.ts";
import {
  type DeclaredPort,
  declaredOtherwise,
  declaredPorts,
  describePort,
  protocolOf,
  targetPortOf,
} from "../../model/ports.ts";
import { selects } from "../../model/selectors.ts";
import { eligiblePods, judgedPorts } from "../../model/services.ts";
import { type Gathered, itemsOr } from "../../model/snapshot.ts";
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
  wants: ["services", "allServices"],
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
        "to a UDP socket. The other way round is a warning: containerPort is documentation, and its protocol defaults to TCP too. Where this Service, or another one over the same pods, " +
        "has the same port by the declared protocol, it is the pair of TCP and UDP that DNS and others need, and no fault.",
      docs: [`${SERVICE}#protocol-support`],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, pods, wanted }, find) {
    const services = [...itemsOr(wanted.services), ...itemsOr(wanted.allServices)];
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
        const declared = declaredOtherwise(judged, port);
        const [first] = declared ?? [];
        if (declared !== undefined && first !== undefined) {
          const serving = otherPorts(service, port, first, judged, services);
          // TCP and UDP at one number are the two halves of one app (DNS, SIP, QUIC), and manifests often list one: nothing contradicts the author.
          if (serving.some((half) => half.port === port.port)) return [];
          const explicit = declared.every((one) => one.protocol !== "TCP");
          // Where the pods are served by the declared protocol too, they probably speak both.
          const isLikely = explicit && serving.length === 0 && isComplete(wanted.allServices);
          return [
            find("svc/protocol-mismatch", {
              object,
              summary: `Service ${name} sends ${protocol} to port ${number}, which every selected pod declares as ${first.protocol} only`,
              evidence,
              confidence: isLikely ? "likely" : "possible",
              remedy:
                serving.length > 0
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

/** Ports of this Service, and of others over the same pods, that lead to the same number with the protocol that the pods declare. */
function otherPorts(
  service: Service,
  port: ServicePort,
  declared: DeclaredPort,
  pods: readonly Pod[],
  services: readonly Service[],
): readonly ServicePort[] {
  const siblings = services.filter((other) => !isSame(other, service) && pods.every((pod) => selects(other, pod)));
  return [service, ...siblings]
    .flatMap(({ spec }) => spec?.ports ?? [])
    .filter((other) => {
      const target = targetPortOf(other);
      const leads = target === declared.number || target === declared.name;
      return other !== port && leads && protocolOf(other) === declared.protocol;
    });
}

function isSame(a: Service, b: Service): boolean {
  return a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace;
}

/** Asked for only where the Services that are known are not all of the namespace. */
function isComplete(siblings: Gathered<Service>): boolean {
  if (siblings.state === "unavailable") return siblings.reason === "not-requested";
  return (siblings.gaps ?? []).length === 0;
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
