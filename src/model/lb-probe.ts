import { azureAnnotation, isLocal, isTrue } from "./azure.ts";
import type { Service, ServicePort } from "./kube.ts";
import { protocolOf } from "./ports.ts";

/**
 * `clusterServiceLoadBalancerHealthProbeMode` of the cloud provider: one probe of kube-proxy for all Services of policy Cluster, or one a port.
 * It stands in the provider's configuration, which a cluster does not show.
 */
export type ProbeMode = "shared" | "per-port" | "unknown";

export type LbProbe =
  | {
      readonly kind: "http" | "https" | "tcp";
      /** A port on the nodes; 0 when the Service has no node port (`allocateLoadBalancerNodePorts: false`). */
      readonly port: number;
      /** Undefined for tcp. */
      readonly path?: string;
      /** Whether an annotation gives the path. */
      readonly explicitPath: boolean;
      /** Who answers: kube-proxy for this Service's local endpoints, kube-proxy for the node, or the app through its node port. */
      readonly answeredBy: "kube-proxy-local" | "kube-proxy" | "app";
      /** True when `port_…_health-probe_port` names no port of the Service: then it is a port of the node itself. */
      readonly literalPort: boolean;
      readonly intervalSeconds: number;
      readonly threshold: number;
    }
  | { readonly kind: "none"; readonly reason: string };

/** kube-proxy's own health port, which the shared probe asks by default. */
export const KUBE_PROXY_HEALTH_PORT = 10256;

/** The value of a `port_{n}_…` annotation. */
export function portAnnotation(service: Service, port: ServicePort, parameter: string): string | undefined {
  return azureAnnotation(service, `port_${port.port ?? 0}_${parameter}`);
}

/** Whether a Private Link service in front speaks the PROXY protocol: kube-proxy's health port does not, so it is not probed then. */
export function isPlsProxy(service: Service): boolean {
  return (
    isTrue(azureAnnotation(service, "azure-pls-create")) && isTrue(azureAnnotation(service, "azure-pls-proxy-protocol"))
  );
}

/**
 * The health probe that Azure's provider builds for a port of a LoadBalancer Service. Probes come from 168.63.129.16.
 * Source: cloud-provider-azure `azure_loadbalancer_healthprobe.go`. With policy Local newer releases let `port_{n}_health-probe_port` win over
 * kube-proxy's answer; this follows the order that all releases share without it.
 */
export function effectiveProbe(service: Service, port: ServicePort, mode: ProbeMode): LbProbe {
  if (protocolOf(port) !== "TCP") return { kind: "none", reason: `${protocolOf(port)} rules have no health probe` };
  if (isTrue(portAnnotation(service, port, "no_lb_rule"))) return { kind: "none", reason: "the port has no rule" };
  if (isTrue(portAnnotation(service, port, "no_probe_rule")))
    return { kind: "none", reason: "an annotation turns the probe off" };
  const timing = timingOf(service, port);
  if (isLocal(service) && !isPlsProxy(service)) {
    const nodePort = service.spec?.healthCheckNodePort ?? 0;
    return { ...kubeProxyProbe(nodePort), answeredBy: "kube-proxy-local", ...timing };
  }
  if (mode === "shared" && !isLocal(service))
    return { ...kubeProxyProbe(KUBE_PROXY_HEALTH_PORT), answeredBy: "kube-proxy", intervalSeconds: 5, threshold: 2 };
  return { ...appProbe(service, port), ...timing };
}

function kubeProxyProbe(port: number) {
  return { kind: "http", port, path: "/healthz", explicitPath: false, literalPort: false } as const;
}

function appProbe(service: Service, port: ServicePort) {
  const target = probePort(service, port);
  const kind = probeProtocol(service, port);
  if (kind === "tcp") return { kind, ...target, explicitPath: false, answeredBy: "app" } as const;
  const path =
    portAnnotation(service, port, "health-probe_request-path") ??
    azureAnnotation(service, "azure-load-balancer-health-probe-request-path");
  return { kind, ...target, path: path ?? "/", explicitPath: path !== undefined, answeredBy: "app" } as const;
}

function probePort(service: Service, port: ServicePort): { readonly port: number; readonly literalPort: boolean } {
  const given = portAnnotation(service, port, "health-probe_port");
  if (given === undefined) return { port: port.nodePort ?? 0, literalPort: false };
  const number = /^\d+$/.test(given) ? Number(given) : undefined;
  const meant = (service.spec?.ports ?? []).find((one) =>
    number === undefined ? one.name?.toLowerCase() === given.toLowerCase() : one.port === number,
  );
  if (meant !== undefined) return { port: meant.nodePort ?? 0, literalPort: false };
  return { port: number ?? 0, literalPort: number !== undefined };
}

/** The port's annotation, then appProtocol, then the Service's annotation; whatever is neither HTTP nor HTTPS (h2c, grpc) is probed by TCP. */
function probeProtocol(service: Service, port: ServicePort): "http" | "https" | "tcp" {
  const given =
    portAnnotation(service, port, "health-probe_protocol") ??
    port.appProtocol ??
    azureAnnotation(service, "azure-load-balancer-health-probe-protocol") ??
    "tcp";
  const word = given.trim().toLowerCase();
  return word === "http" || word === "https" ? word : "tcp";
}

function timingOf(service: Service, port: ServicePort) {
  const number = (parameter: string, otherwise: number): number => {
    const text =
      portAnnotation(service, port, `health-probe_${parameter}`) ??
      azureAnnotation(service, `azure-load-balancer-health-probe-${parameter}`);
    return text !== undefined && /^\s*\d+\s*$/.test(text) ? Number(text) : otherwise;
  };
  return { intervalSeconds: number("interval", 5), threshold: number("num-of-probe", 2) };
}
