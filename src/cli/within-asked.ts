import type { Ran, Scope } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import { routesOf } from "../model/ingress/routes.ts";
import { matchesPortArgument } from "../model/ports.ts";

/**
 * What the Service checks said, weighed for an Ingress: a port that no route uses (metrics, an admin port) does not stand between the client and
 * the app, so its faults are told as information. For other targets everything stays as it is.
 */
export function withinAsked(ran: readonly Ran[], scope: Scope): readonly Ran[] {
  if (scope.target !== "ingress") return ran;
  return ran.map((one) => ({ ...one, findings: one.findings.map((finding) => weighed(finding, scope)) }));
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
  return used ? finding : { ...finding, severity: "info" };
}
