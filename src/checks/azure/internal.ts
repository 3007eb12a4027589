import { azureAnnotation, frontendIps, isInternal, isTrue } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import { isPrivate, parseAddress } from "../../model/cidr.ts";
import { refOf } from "../../model/kube.ts";
import {
  annotationRef,
  forAzureServices,
  INTERNAL_LB,
  removeAnnotation,
  setAnnotation,
  withoutLoadBalancer,
} from "./_shared.ts";

const INTERNAL = "azure-load-balancer-internal";
const SUBNET = "azure-load-balancer-internal-subnet";
const HA_PORTS = "azure-load-balancer-enable-high-availability-ports";

/** Whether the load balancer is internal or public, against what the annotations seem to ask for. */
export const check = defineCheck({
  id: "azure/internal",
  question: "Is the load balancer internal or public, as its annotations ask?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes"],
  findings: {
    "azure/internal-annotation-ineffective": {
      severity: "warning",
      title: "The internal annotation has no effect: the Service is public",
      explain:
        'Azure compares the value with "true", whatever the case but without trimming: yes, 1 or " true" mean false, and the Service gets a public load balancer. "True" and "TRUE" are fine.',
      docs: [INTERNAL_LB],
    },
    "azure/internal-but-client-external": {
      severity: "info",
      title: "The load balancer is internal",
      explain:
        "A private frontend answers clients in the virtual network, in peered ones and behind VPN or ExpressRoute. From anywhere else it times out, by design.",
      docs: [INTERNAL_LB],
    },
    "azure/internal-subnet-without-internal": {
      severity: "warning",
      title: "A subnet for an internal load balancer, without an internal load balancer",
      explain:
        'azure-load-balancer-internal-subnet counts only beside azure-load-balancer-internal: "true". Without it the Service is public.',
      docs: [INTERNAL_LB],
    },
    "azure/ha-ports-ignored": {
      severity: "warning",
      title: "High availability ports are asked for on a public load balancer",
      explain:
        "One rule for all ports exists on internal Standard load balancers only. On a public one the annotation is ignored, and only the Service's ports get rules.",
      docs: [INTERNAL_LB],
    },
  },
  notFor: withoutLoadBalancer,
  run(view, find) {
    return forAzureServices(view, (service) => {
      const name = service.metadata.name;
      const internal = azureAnnotation(service, INTERNAL);
      const subnet = azureAnnotation(service, SUBNET);
      const ips = frontendIps(service);
      const addresses = { k: "status.loadBalancer", v: ips.join(", ") || "no address yet" };
      const isPrivateIp = (ip: string): boolean => {
        const address = parseAddress(ip);
        return address !== undefined && isPrivate(address);
      };
      if (isInternal(service)) {
        if (!ips.some(isPrivateIp)) return [];
        return [
          find("azure/internal-but-client-external", {
            object: refOf(service, "status.loadBalancer.ingress"),
            summary: `Service ${name} is reachable only from the virtual network, its peerings, VPN or ExpressRoute (${ips.join(", ")})`,
            evidence: [{ k: INTERNAL, v: internal ?? "" }, addresses],
          }),
        ];
      }
      const wrong = internal !== undefined && internal.toLowerCase() !== "false";
      return [
        ...(wrong
          ? [
              find("azure/internal-annotation-ineffective", {
                object: annotationRef(service, INTERNAL),
                summary: `Service ${name} is PUBLIC: ${JSON.stringify(internal)} is not "true"`,
                evidence: [{ k: INTERNAL, v: JSON.stringify(internal) }, addresses],
                remedy: [setAnnotation(service, INTERNAL, "true"), "# the address changes; clients have to follow"],
              }),
            ]
          : []),
        ...(subnet !== undefined && subnet !== ""
          ? [
              find("azure/internal-subnet-without-internal", {
                object: annotationRef(service, SUBNET),
                summary: `Service ${name} is PUBLIC: the subnet ${subnet} is ignored without ${INTERNAL}: "true"`,
                evidence: [{ k: SUBNET, v: subnet }, { k: INTERNAL, v: internal ?? "not set" }, addresses],
                remedy: [setAnnotation(service, INTERNAL, "true")],
              }),
            ]
          : []),
        ...(isTrue(azureAnnotation(service, HA_PORTS))
          ? [
              find("azure/ha-ports-ignored", {
                object: annotationRef(service, HA_PORTS),
                summary: `Service ${name} asks for high availability ports, which public load balancers do not have`,
                evidence: [{ k: HA_PORTS, v: azureAnnotation(service, HA_PORTS) ?? "" }, addresses],
                remedy: [
                  removeAnnotation(service, `service.beta.kubernetes.io/${HA_PORTS}`),
                  setAnnotation(service, INTERNAL, "true"),
                ],
              }),
            ]
          : []),
      ];
    });
  },
});
