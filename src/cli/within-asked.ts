import type { Ran, Scope } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import { routesOf } from "../model/ingress/routes.ts";
import { matchesPortArgument } from "../model/ports.ts";

/** What clients of the cluster IP meet. Controllers send to the pods' addresses themselves, unless they are told to use the cluster IP. */
const OF_CLUSTER_IP: readonly string[] = ["svc/internal-local-no-endpoint", "svc/headless-port-differs"];
const BY_CLUSTER_IP: readonly string[] = [
  "nginx.ingress.kubernetes.io/service-upstream",
  "traefik.ingress.kubernetes.io/service.nativelb",
];

/**
 * What the Service checks said, weighed for an Ingress: what does not stand between the client and the app is told as information. That is a port that no route
 * uses (metrics, an admin port), a load balancer that a backend has of its own, and what only clients of its cluster IP meet.
 * For other targets everything stays as it is.
 */
export function withinAsked(ran: readonly Ran[], scope: Scope): readonly Ran[] {
  if (scope.target !== "ingress") return ran;
  return ran.map((one) => ({
    ...one,
    findings: one.findings.map((finding) =>
      isBeside(finding, one, scope) ? asInfo(finding) : weighed(finding, scope),
    ),
  }));
}

function asInfo(finding: Finding): Finding {
  return { ...finding, severity: "info" };
}

/** The load balancer of a backend, or its cluster IP where the controller does not use that. */
function isBeside({ id, object }: Finding, { check }: Ran, scope: Scope): boolean {
  if (object.kind !== "Service") return false;
  if (OF_CLUSTER_IP.includes(id)) {
    const annotations = Object.assign({}, ...scope.ingresses.map(({ metadata }) => metadata.annotations ?? {}));
    return !BY_CLUSTER_IP.some((key) => annotations[key] === "true");
  }
  return check.hop === "load-balancer" && (check.id.startsWith("svc/") || check.id.startsWith("azure/")) && isBackend();

  function isBackend(): boolean {
    return scope.services.some(
      ({ metadata }) => metadata.name === object.name && metadata.namespace === object.namespace,
    );
  }
}

function weighed(finding: Finding, scope: Scope): Finding {
  const index = /^spec\.ports\[(\d+)\]/.exec(finding.object.path ?? "")?.[1];
  if (finding.object.kind !== "Service" || index === undefined || finding.severity === "info") return finding;
  const { name, namespace } = finding.object;
  const service = scope.services.find((one) => one.metadata.name === name && one.metadata.namespace === namespace);
  const port = (service?.spec?.ports ?? [])[Number(index)];
  if (port === undefined) return finding;
  const backends = scope.ingresses.flatMap(routesOf).filter((route) => route.backend.service === name);
  const used = backends.some(
    ({ backend }) => matchesPortArgument(port, String(backend.port)) || port.targetPort === backend.port,
  );
  return used ? finding : asInfo(finding);
}
