import { azureAnnotation, isLocal } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { refOf, type Service, type ServicePort } from "../../model/kube.ts";
import { effectiveProbe, isPlsProxy, portAnnotation } from "../../model/lb-probe.ts";
import { describePort, protocolOf } from "../../model/ports.ts";
import {
  annotationRef,
  forAzureServices,
  LOAD_BALANCER,
  PROVIDER,
  setAnnotation,
  withoutLoadBalancer,
} from "./_shared.ts";

const PATH = "azure-load-balancer-health-probe-request-path";

/** What Azure's load balancer asks the nodes before it sends them traffic, as far as the Service's own fields tell. */
export const check = defineCheck({
  id: "azure/health-probe",
  question: "Does the load balancer probe something that answers?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["nodes"],
  findings: {
    "azure/probe-http-default-path": {
      severity: "warning",
      title: "The load balancer probes / and takes only 200",
      explain:
        "appProtocol http or https makes Azure probe by HTTP, and without a path it asks for /. Every node counts as down unless the answer is exactly 200; ingress controllers answer 404 there, apps often redirect. " +
        "No fault when the app answers 200 at /, or when the cluster shares one probe among its Services (clusterServiceLoadBalancerHealthProbeMode: Shared).",
      docs: [LOAD_BALANCER, "https://learn.microsoft.com/azure/load-balancer/load-balancer-custom-probe-overview"],
    },
    "azure/probe-port-literal": {
      severity: "warning",
      title: "The probe port is a port of the node",
      explain:
        "port_N_health-probe_port takes a port of the Service by name or number and probes its node port. Any other number is taken as it is: a port that something on every node has to serve.",
      docs: [PROVIDER],
    },
    "azure/pls-proxy-protocol-probe": {
      severity: "warning",
      title: "Private Link with PROXY protocol lacks a probe of its own",
      explain:
        "With azure-pls-proxy-protocol the load balancer does not ask kube-proxy, although the traffic policy is Local: it probes the app's node port, which on nodes without a pod answers nothing and on the others expects PROXY headers. " +
        "Give the Service a health probe by annotation, and a backend that speaks PROXY.",
      docs: ["https://learn.microsoft.com/azure/aks/internal-lb#pls-customizations-via-annotations"],
    },
  },
  notFor: withoutLoadBalancer,
  run(view, find) {
    return forAzureServices(view, (service) => [
      ...(service.spec?.ports ?? []).flatMap((port, i) => judgePort(service, port, i)),
      ...judgePls(service),
    ]);

    function judgePort(service: Service, port: ServicePort, i: number): readonly Finding[] {
      const probe = effectiveProbe(service, port, "unknown");
      if (probe.kind === "none" || probe.answeredBy !== "app") return [];
      const name = service.metadata.name;
      const evidence = [
        { k: `spec.ports[${i}]`, v: `${describePort(port)} appProtocol=${port.appProtocol ?? "none"}` },
        {
          k: "probe",
          v: `${probe.kind.toUpperCase()} ${probe.path ?? ""} at node port ${probe.port}, every ${probe.intervalSeconds} s`,
        },
      ];
      const literal = portAnnotation(service, port, "health-probe_port");
      return [
        ...(probe.kind !== "tcp" && !probe.explicitPath && !isLocal(service)
          ? [
              find("azure/probe-http-default-path", {
                object: refOf(service, `spec.ports[${i}].appProtocol`),
                summary: `Azure takes every node for down unless GET / on port ${port.port ?? 0} of Service ${name} answers 200`,
                evidence,
                remedy: [
                  setAnnotation(service, PATH, "/healthz"),
                  "# with a path that answers 200, or remove appProtocol: the probe is then a TCP connect",
                ],
              }),
            ]
          : []),
        ...(probe.literalPort
          ? [
              find("azure/probe-port-literal", {
                object: annotationRef(service, `port_${port.port ?? 0}_health-probe_port`),
                summary: `the load balancer probes port ${probe.port} of the nodes themselves for Service ${name}`,
                evidence: [
                  { k: `port_${port.port ?? 0}_health-probe_port`, v: literal ?? "" },
                  { k: "ports of the Service", v: (service.spec?.ports ?? []).map(describePort).join(", ") },
                ],
                remedy: [setAnnotation(service, `port_${port.port ?? 0}_health-probe_port`, String(port.port ?? 0))],
              }),
            ]
          : []),
      ];
    }

    function judgePls(service: Service): readonly Finding[] {
      if (!isPlsProxy(service) || !isLocal(service) || hasCustomProbe(service)) return [];
      return [
        find("azure/pls-proxy-protocol-probe", {
          object: annotationRef(service, "azure-pls-proxy-protocol"),
          summary: `the default health probe of Service ${service.metadata.name} fails with Private Link and PROXY protocol`,
          evidence: [
            { k: "azure-pls-proxy-protocol", v: azureAnnotation(service, "azure-pls-proxy-protocol") ?? "" },
            { k: "spec.externalTrafficPolicy", v: "Local" },
          ],
          remedy: (service.spec?.ports ?? [])
            .filter((port) => protocolOf(port) === "TCP")
            .map((port) => setAnnotation(service, `port_${port.port ?? 0}_health-probe_port`, String(port.port ?? 0))),
        }),
      ];
    }
  },
});

function hasCustomProbe(service: Service): boolean {
  return Object.keys(service.metadata.annotations ?? {}).some(
    (key) => key.includes("health-probe_") || key.includes("-health-probe-"),
  );
}
