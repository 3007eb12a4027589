import { defineCheck } from "../../model/check.ts";
import { hasSelector, isHeadless } from "../../model/endpoints.ts";
import { type Pod, refOf, type Service, type ServicePort } from "../../model/kube.ts";
import { initsOf, isTerminating } from "../../model/pods.ts";
import {
  type DeclaredPort,
  declaredPorts,
  describePort,
  findPort,
  protocolOf,
  targetPortOf,
} from "../../model/ports.ts";
import { eligiblePods, judgedPorts } from "../../model/services.ts";
import {
  DEBUG_SERVICE,
  describeDeclared,
  forEachService,
  listed,
  onlyExternalNames,
  patchService,
  SERVICE,
  sortedByName,
} from "./_shared.ts";

/** A targetPort that is a name must be found in each pod; where it is not, the pod is an endpoint without that port. */
export const check = defineCheck({
  id: "svc/target-port-name",
  question: "Does every named targetPort exist in the selected pods?",
  hop: "service",
  appliesTo: ["svc", "ingress"],
  needs: ["pods"],
  findings: {
    "svc/target-port-name-unresolved": {
      severity: "error",
      title: "No pod has a port of the targetPort's name",
      explain:
        "A targetPort that is a name is looked up in each selected pod among the containerPorts of its containers and sidecars, with the same protocol. No selected pod declares it, so " +
        "the port is silently left out of the EndpointSlices and connections to it are refused. Ports of plain init containers do not count: they have ended before the pod serves.",
      docs: [`${SERVICE}#field-spec-ports`, DEBUG_SERVICE],
    },
    "svc/target-port-name-partial": {
      severity: "warning",
      title: "Some pods lack a port of the targetPort's name",
      explain:
        "Some of the selected pods do not declare a containerPort of the targetPort's name and protocol. They receive nothing on this port while the others do: fewer pods carry the load than it seems.",
      docs: [`${SERVICE}#field-spec-ports`],
    },
  },
  notFor: onlyExternalNames,
  run({ scope, pods }, find) {
    return forEachService(scope.services, (service) => {
      if (!hasSelector(service)) return { skipped: "the Service has no selector" };
      const named = judgedPorts(service, scope.port).filter(({ port }) => typeof targetPortOf(port) === "string");
      if (named.length === 0) return { skipped: "no targetPort is a name" };
      const eligible = eligiblePods(service, pods);
      const staying = eligible.filter((pod) => !isTerminating(pod));
      // Pods on their way out say nothing about the next revision, unless there are no others.
      const judged = sortedByName(staying.length > 0 ? staying : eligible);
      if (judged.length === 0) return { skipped: "the selector matches no pod that can serve" };
      return named.flatMap(({ port, index }) => {
        const without = judged.filter((pod) => findPort(pod, port) === undefined);
        if (without.length === 0) return [];
        const target = String(targetPortOf(port));
        const every = without.length === judged.length;
        const choice = bestPort(every ? judged : without, port, service);
        return [
          find(every ? "svc/target-port-name-unresolved" : "svc/target-port-name-partial", {
            // Clients of a headless Service dial the pods themselves: the name matters for SRV records only.
            severity: every && !isHeadless(service) ? "error" : "warning",
            object: refOf(service, `spec.ports[${index}].targetPort`),
            summary: every
              ? `targetPort "${target}" of Service ${service.metadata.name} is not a named ${protocolOf(port)} port of any selected pod`
              : `targetPort "${target}" of Service ${service.metadata.name} is missing in ${without.length} of ${judged.length} selected pods`,
            evidence: [
              { k: "service port", v: describePort(port) },
              ...without.slice(0, 5).map((pod) => ({ k: `pod ${pod.metadata.name}`, v: describeNames(pod, port) })),
              ...(without.length > 5 ? [{ k: "and", v: `${without.length - 5} more pods` }] : []),
            ],
            remedy: every
              ? remedyForAll(
                  choice,
                  () =>
                    patchService(service, [
                      { op: "replace", path: `/spec/ports/${index}/targetPort`, value: choice?.name ?? choice?.number },
                    ]),
                  target,
                )
              : [
                  `# name the container port "${target}" in the pod template of ${listed(
                    without.map((pod) => pod.metadata.name),
                    3,
                  )},`,
                  "# or narrow the selector if these pods are not meant",
                ],
          }),
        ];
      });
    });
  },
});

/** The port that was probably meant: the only one of the protocol that all pods declare alike and no other service port leads to. */
function bestPort(pods: readonly Pod[], port: ServicePort, service: Service): DeclaredPort | undefined {
  const taken = (service.spec?.ports ?? []).filter((other) => other !== port).map(targetPortOf);
  const ofProtocol = pods.map((pod) =>
    declaredPorts(pod).filter(
      ({ name, number, protocol }) =>
        protocol === protocolOf(port) && !taken.includes(number) && (name === undefined || !taken.includes(name)),
    ),
  );
  const common = (ofProtocol[0] ?? []).filter((candidate) =>
    ofProtocol.every((ports) =>
      ports.some(({ name, number }) => name === candidate.name && (name !== undefined || number === candidate.number)),
    ),
  );
  const sameAsPort = common.find(({ number }) => number === port.port);
  return common.length === 1 ? common[0] : sameAsPort;
}

function remedyForAll(choice: DeclaredPort | undefined, patch: () => string, target: string): readonly string[] {
  if (choice === undefined)
    return [
      `# name a container port "${target}" in the pod template, or set targetPort to the port that the app listens on`,
    ];
  return [patch(), `# or name that container port "${target}" in the pod template`];
}

/** The pod's ports, and the near misses that are easily overlooked: same name with another protocol, or on an init container. */
function describeNames(pod: Pod, port: ServicePort): string {
  const target = targetPortOf(port);
  const other = declaredPorts(pod).find((declared) => declared.name === target);
  const init = initsOf(pod).find((container) => (container.ports ?? []).some((declared) => declared.name === target));
  const notes = [
    ...(other === undefined ? [] : [`"${target}" is ${other.protocol} here, the Service wants ${protocolOf(port)}`]),
    ...(init === undefined ? [] : [`"${target}" is a port of init container ${init.name}, which never serves`]),
  ];
  return [describeDeclared(pod), ...notes].join("; ");
}
