import { azureAnnotation, isLocal } from "../../model/azure.ts";
import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { refOf, type Service, type ServicePort } from "../../model/kube.ts";
import { effectiveProbe, isPlsProxy, portAnnotation } from "../../model/lb-probe.ts";
import { describePort, protocolOf } from "../../model/ports.ts";
import type { ProbeResult } from "../../model/probe-results.ts";
import { itemsOr } from "../../model/snapshot.ts";
import { seenFromOutside } from "./_outside.ts";
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
  wants: ["probes", "azureClusters"],
  findings: {
    "azure/probe-http-default-path": {
      severity: "warning",
      title: "The load balancer probes / and takes only 200",
      explain:
        "appProtocol http or https makes Azure probe by HTTP, and without a path it asks for /. Every node counts as down unless the answer is exactly 200; ingress controllers answer 404 there, apps often redirect. " +
        "No fault when the app answers 200 at /, or when the cluster shares one probe among its Services (clusterServiceLoadBalancerHealthProbeMode: Shared). An error where --probe saw the pods answer something else.",
      docs: [LOAD_BALANCER, "https://learn.microsoft.com/azure/load-balancer/load-balancer-custom-probe-overview"],
    },
    "azure/probe-path-not-200": {
      severity: "error",
      title: "The probed path does not answer 200",
      explain:
        "Azure's load balancer takes exactly 200 for healthy: redirects, 204 and 401 count as failures, and every node counts as down. Said only where --probe asked the pods for that very path. A warning when some of them answer 200.",
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
      const { azureClusters, probes } = view.wanted;
      const shared = azureClusters.state === "ok" && azureClusters.items[0]?.sharedProbe === true;
      const probe = effectiveProbe(service, port, shared ? "shared" : "unknown");
      if (probe.kind === "none" || probe.answeredBy !== "app") return [];
      const name = service.metadata.name;
      const evidence = [
        { k: `spec.ports[${i}]`, v: `${describePort(port)} appProtocol=${port.appProtocol ?? "none"}` },
        {
          k: "probe",
          v: `${probe.kind.toUpperCase()} ${probe.path ?? ""} at node port ${probe.port}, every ${probe.intervalSeconds} s`,
        },
      ];
      const statuses = probe.kind === "tcp" ? [] : statusesOf(itemsOr(probes), port, probe.kind, probe.path ?? "/");
      // Whoever gets through from outside the cluster proves that Azure takes some node for healthy.
      if (seenFromOutside(probes, service, port).state === "open") return [];
      const good = statuses.filter((status) => status === 200).length;
      const failing = statuses.length > 0 && good === 0;
      const seen =
        statuses.length === 0
          ? []
          : [{ k: `GET ${probe.path ?? "/"} on the pods`, v: `HTTP ${[...new Set(statuses)].join(", ")}` }];
      const literal = portAnnotation(service, port, "health-probe_port");
      return [
        ...(probe.kind !== "tcp" && probe.explicitPath && good < statuses.length
          ? [
              find("azure/probe-path-not-200", {
                object: refOf(service, `spec.ports[${i}]`),
                severity: failing ? "error" : "warning",
                confidence: failing && azureClusters.state !== "ok" ? "likely" : "certain",
                summary: `Azure probes ${probe.path ?? ""} of Service ${service.metadata.name}, and ${failing ? "no pod answers" : "not every pod answers"} 200 there`,
                evidence: [...evidence, ...seen],
                remedy: [
                  "# name a path that answers exactly 200, without redirect and without login:",
                  setAnnotation(service, PATH, "/healthz"),
                ],
              }),
            ]
          : []),
        ...(probe.kind !== "tcp" &&
        !probe.explicitPath &&
        !isLocal(service) &&
        (statuses.length === 0 || good < statuses.length)
          ? [
              find("azure/probe-http-default-path", {
                object: refOf(service, `spec.ports[${i}].appProtocol`),
                severity: failing ? "error" : "warning",
                confidence: failing && azureClusters.state !== "ok" ? "likely" : "certain",
                summary: `Azure takes every node for down unless GET / on port ${port.port ?? 0} of Service ${name} answers 200`,
                evidence: [...evidence, ...seen],
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

/** What pods answered when --probe asked them for the path that Azure asks for. */
function statusesOf(
  probes: readonly ProbeResult[],
  port: ServicePort,
  scheme: "http" | "https",
  path: string,
): readonly number[] {
  return probes
    .filter(
      ({ target }) =>
        target.hop === "pod" && target.servicePort === port.port && target.scheme === scheme && target.path === path,
    )
    .flatMap(({ attempts }) => attempts.flatMap(({ status }) => status ?? []));
}

function hasCustomProbe(service: Service): boolean {
  return Object.keys(service.metadata.annotations ?? {}).some(
    (key) => key.includes("health-probe_") || key.includes("-health-probe-"),
  );
}
