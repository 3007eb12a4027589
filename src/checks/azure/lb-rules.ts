import { azureAnnotation, isTrue } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { refOf } from "../../model/kube.ts";
import { portAnnotation } from "../../model/lb-probe.ts";
import { describePort, matchesPortArgument, protocolOf } from "../../model/ports.ts";
import {
  annotationRef,
  forAzureServices,
  LOAD_BALANCER,
  PROVIDER,
  removeAnnotation,
  withoutLoadBalancer,
} from "./_shared.ts";

const NO_NSG = "azure-disable-load-balancer-nsg-rule";
const NO_FLOATING = "azure-disable-load-balancer-floating-ip";

/** Which rules Azure builds for the Service, where annotations ask for something else than usual. */
export const check = defineCheck({
  id: "azure/lb-rules",
  question: "Which rules does Azure leave out or build differently for this Service?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes"],
  findings: {
    "azure/nsg-rule-management-disabled": {
      severity: "warning",
      title: "Azure does not open the security group for this Service",
      explain:
        "With azure-disable-load-balancer-nsg-rule the provider writes no allow rules. Whoever owns the network security group has to let the clients in to the frontend address and the service port.",
      docs: [PROVIDER],
    },
    "azure/port-without-lb-rule": {
      severity: "info",
      title: "A port without a load balancer rule",
      explain:
        "port_N_no_lb_rule keeps the port off the load balancer: it works inside the cluster only. An error when that port was asked for.",
      docs: [PROVIDER],
    },
    "azure/floating-ip-disabled": {
      severity: "info",
      title: "Floating IP is off",
      explain:
        "Packets arrive at the node's address and the node port instead of the frontend address and the service port. Security group rules have to name the former.",
      docs: [PROVIDER],
    },
    "azure/udp-no-probe": {
      severity: "info",
      title: "No health probe for UDP and SCTP",
      explain:
        "Azure probes TCP and HTTP only. A rule for another protocol has no probe of its own, so that a sick node still gets its share of the traffic. TCP and UDP on one port are two rules.",
      docs: [LOAD_BALANCER],
    },
    "azure/port-without-probe": {
      severity: "info",
      title: "A port without a health probe",
      explain:
        "port_N_no_probe_rule turns the health probe of the port off: every node gets traffic, whatever its state.",
      docs: [PROVIDER],
    },
  },
  notFor: withoutLoadBalancer,
  run(view, find) {
    return forAzureServices(view, (service) => {
      const name = service.metadata.name;
      const asked = view.scope.port;
      const out: Finding[] = [];
      for (const [key, id, says] of [
        [
          NO_NSG,
          "azure/nsg-rule-management-disabled",
          "gets no security group rules from Azure's provider: they are yours to write",
        ],
        [
          NO_FLOATING,
          "azure/floating-ip-disabled",
          "gets its packets at node addresses and node ports, not at the frontend address",
        ],
      ] as const) {
        const value = azureAnnotation(service, key);
        if (!isTrue(value)) continue;
        out.push(
          find(id, {
            object: annotationRef(service, key),
            summary: `Service ${name} ${says}`,
            evidence: [{ k: key, v: value ?? "" }],
            remedy:
              key === NO_NSG
                ? [
                    "# allow the clients to the frontend address and service port in the NSGs of subnet and NIC, or let the provider do it:",
                    removeAnnotation(service, `service.beta.kubernetes.io/${key}`),
                  ]
                : [],
          }),
        );
      }
      for (const [i, port] of (service.spec?.ports ?? []).entries()) {
        const object = refOf(service, `spec.ports[${i}]`);
        const number = port.port ?? 0;
        if (isTrue(portAnnotation(service, port, "no_lb_rule"))) {
          const wanted = asked !== undefined && matchesPortArgument(port, asked);
          out.push(
            find("azure/port-without-lb-rule", {
              object,
              severity: wanted ? "error" : "info",
              summary: `port ${number} of Service ${name} is not on the load balancer, as its annotation asks`,
              evidence: [{ k: `port_${number}_no_lb_rule`, v: portAnnotation(service, port, "no_lb_rule") ?? "" }],
              remedy: [removeAnnotation(service, `service.beta.kubernetes.io/port_${number}_no_lb_rule`)],
            }),
          );
          continue;
        }
        if (protocolOf(port) !== "TCP")
          out.push(
            find("azure/udp-no-probe", {
              object,
              summary: `no health probe watches over ${describePort(port)} of Service ${name}`,
              evidence: [{ k: `spec.ports[${i}].protocol`, v: protocolOf(port) }],
            }),
          );
        else if (isTrue(portAnnotation(service, port, "no_probe_rule")))
          out.push(
            find("azure/port-without-probe", {
              object,
              summary: `port ${number} of Service ${name} has no health probe, as its annotation asks`,
              evidence: [
                { k: `port_${number}_no_probe_rule`, v: portAnnotation(service, port, "no_probe_rule") ?? "" },
              ],
            }),
          );
      }
      return out;
    });
  },
});
