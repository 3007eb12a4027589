import { distance } from "../../model/nearest.ts";

/** The annotations of a Service that Azure's provider reads, without the common prefix. Source: cloud-provider-azure `pkg/consts`. */
export const KNOWN_ANNOTATIONS: ReadonlySet<string> = new Set([
  "azure-load-balancer-internal",
  "azure-load-balancer-internal-subnet",
  "azure-load-balancer-mode",
  "azure-dns-label-name",
  "azure-load-balancer-resource-group",
  "azure-pip-ip-tags",
  "azure-pip-tags",
  "azure-pip-name",
  "azure-pip-name-ipv6",
  "azure-pip-prefix-id",
  "azure-pip-prefix-id-ipv6",
  "azure-load-balancer-ipv4",
  "azure-load-balancer-ipv6",
  "azure-allowed-service-tags",
  "azure-allowed-ip-ranges",
  "load-balancer-source-ranges",
  "azure-deny-all-except-load-balancer-source-ranges",
  "azure-load-balancer-tcp-idle-timeout",
  "azure-load-balancer-enable-high-availability-ports",
  "azure-load-balancer-health-probe-protocol",
  "azure-load-balancer-health-probe-interval",
  "azure-load-balancer-health-probe-num-of-probe",
  "azure-load-balancer-health-probe-request-path",
  "azure-disable-load-balancer-floating-ip",
  "azure-disable-load-balancer-nsg-rule",
  "azure-additional-public-ips",
  "azure-load-balancer-configurations",
  "azure-load-balancer-disable-tcp-reset",
  "azure-shared-securityrule",
  "azure-pls-create",
  "azure-pls-resource-group",
  "azure-pls-name",
  "azure-pls-ip-configuration-subnet",
  "azure-pls-ip-configuration-ip-address-count",
  "azure-pls-ip-configuration-ip-address",
  "azure-pls-fqdns",
  "azure-pls-proxy-protocol",
  "azure-pls-visibility",
  "azure-pls-auto-approval",
]);

/** What may stand behind `port_{n}_`. */
export const KNOWN_PORT_PARAMETERS: ReadonlySet<string> = new Set([
  "no_lb_rule",
  "no_probe_rule",
  "health-probe_protocol",
  "health-probe_port",
  "health-probe_interval",
  "health-probe_num-of-probe",
  "health-probe_request-path",
]);

/** The known word that differs least from `word`, by three edits at most; undefined when none is that near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const near = [...known]
    .map((one) => ({ one, edits: distance(word.toLowerCase(), one) }))
    .filter(({ edits }) => edits <= 3)
    .sort((a, b) => a.edits - b.edits || (a.one < b.one ? -1 : 1));
  return near[0]?.one;
}
