import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { type NetworkPolicy, type Pod, refOf, type Service } from "../../model/kube.ts";
import { declaredPorts, describePort, findPort, protocolOf } from "../../model/ports.ts";
import { selects } from "../../model/selectors.ts";
import { judgedPorts } from "../../model/services.ts";
import { kubectl } from "../../model/shell.ts";
import { compilePolicy } from "../../policy/compile.ts";
import { podEnd } from "../../policy/ends.ts";
import { describePortClause, matchPort } from "../../policy/ports.ts";
import type { PortClause } from "../../policy/types.ts";
import { isolating, POLICIES, type Selecting } from "./_policies.ts";

/** A Service port with what arrives at the pod. */
interface Mapped {
  readonly service: Service;
  readonly text: string;
  readonly port: number;
  readonly target: number;
  readonly protocol: string;
}

function mappedPorts(services: readonly Service[], pod: Pod, argument: string | undefined): readonly Mapped[] {
  return services
    .filter((service) => selects(service, pod))
    .flatMap((service) =>
      judgedPorts(service, argument).flatMap(({ port }) => {
        const target = findPort(pod, port);
        if (target === undefined || port.port === undefined) return [];
        return [{ service, text: describePort(port), port: port.port, target, protocol: protocolOf(port) }];
      }),
    );
}

function admits(clause: PortClause, pod: Pod, port: number, protocol: string): boolean {
  const end = podEnd(pod);
  return matchPort(clause, { from: end, to: end, port, protocol }, "").match === "yes";
}

/** Whether any rule of any policy that selects the pod lets the port in from somebody. */
function admitted(all: readonly Selecting[], pod: Pod, port: number, protocol: string): boolean {
  return all
    .filter((each) => each.pods.includes(pod))
    .flatMap(({ policy }) => compilePolicy(policy).ingress)
    .some((rule) => rule.ports.length === 0 || rule.ports.some((clause) => admits(clause, pod, port, protocol)));
}

interface Slip {
  readonly policy: NetworkPolicy;
  readonly path: string;
  readonly clause: PortClause;
  readonly pod: Pod;
  readonly mapped: Mapped;
}

/** Numeric clauses of the policies beside each Service port whose traffic no rule admits. */
function candidates(
  all: readonly Selecting[],
  services: readonly Service[],
  argument: string | undefined,
): readonly Slip[] {
  return all.flatMap(({ policy, pods }) =>
    pods.slice(0, 1).flatMap((pod) =>
      mappedPorts(services, pod, argument)
        .filter(({ target, protocol }) => !admitted(all, pod, target, protocol))
        .flatMap((mapped) =>
          compilePolicy(policy).ingress.flatMap((rule, r) =>
            rule.ports.map((clause, i) => ({ policy, path: `spec.ingress[${r}].ports[${i}]`, clause, pod, mapped })),
          ),
        ),
    ),
  );
}

/** The rule admits the number that the Service shows, which is not the one that arrives. A pod that declares that number may serve it besides. */
function isServicePort({ clause, pod, mapped }: Slip): boolean {
  return (
    clause.port === mapped.port &&
    clause.protocol === mapped.protocol &&
    mapped.port !== mapped.target &&
    !declaredPorts(pod).some((port) => port.number === mapped.port)
  );
}

/** The right number with TCP, while the Service sends UDP: TCP is what a rule means that names no protocol. */
function isDefaulted({ clause, mapped }: Slip): boolean {
  return clause.port === mapped.target && clause.protocol === "TCP" && mapped.protocol === "UDP";
}

/**
 * Two slips about ports. Both are only named when no rule of any policy admits what the Service sends to the pod: then the port in question
 * is closed for everybody, and this is the likely reason.
 */
export const check = defineCheck({
  id: "net/policy-port",
  question: "Do the policies allow the port that arrives at the pod, or another?",
  hop: "policy",
  appliesTo: ["svc", "ingress"],
  needs: ["networkPolicies"],
  findings: {
    "net/policy-uses-service-port": {
      severity: "warning",
      title: "A policy allows the Service's port instead of the pod's",
      explain:
        "NetworkPolicies see a packet after the Service's address and port were translated: the rule must name the targetPort. It names the Service's port, which no packet to the pod carries, and no rule lets the targetPort in.",
      docs: [POLICIES, "https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports"],
    },
    "net/policy-protocol-default": {
      severity: "info",
      title: "A policy allows the port with TCP, the Service sends UDP",
      explain: "A port without a protocol means TCP. The Service sends UDP to that port, and no rule lets UDP in.",
      docs: [`${POLICIES}#networkpolicy-resource`],
    },
  },
  run({ scope, networkPolicies }, find) {
    const slips = candidates(isolating(networkPolicies, scope), scope.services, scope.port);
    return slips.flatMap((slip): readonly Finding[] => {
      const { policy, path, clause, mapped } = slip;
      const name = policy.metadata.name;
      const evidence = [
        { k: "rule", v: describePortClause(clause) },
        { k: `Service ${mapped.service.metadata.name}`, v: mapped.text },
      ];
      const remedy = [kubectl(policy.metadata.namespace, "edit", "networkpolicy", name)];
      if (isServicePort(slip)) {
        return [
          find("net/policy-uses-service-port", {
            object: refOf(policy, path),
            summary: `policy ${name} allows ${mapped.port}, the port of Service ${mapped.service.metadata.name}; packets reach the pods at ${mapped.target}`,
            evidence,
            remedy: [`# policies match pod ports: allow ${mapped.target} instead of ${mapped.port}`, ...remedy],
          }),
        ];
      }
      if (!isDefaulted(slip)) return [];
      return [
        find("net/policy-protocol-default", {
          object: refOf(policy, path),
          summary: `policy ${name} allows ${mapped.target}/TCP, Service ${mapped.service.metadata.name} sends UDP there`,
          evidence,
          remedy: [`# add protocol: UDP to the port ${mapped.target}`, ...remedy],
        }),
      ];
    });
  },
});
