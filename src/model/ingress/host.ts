/** How a rule's host fits a request's: exact beats wildcard beats a rule without host. `undefined`: it does not. */
export type HostMatch = "exact" | "wildcard" | "any";

/**
 * Whether an Ingress rule's host takes a request for `host`. An empty rule host takes every host. `*.example.com` covers exactly one label:
 * neither `example.com` nor `a.b.example.com`. Hosts are compared without case.
 * Source: networking/v1 IngressRule.host.
 */
export function matchHost(rule: string | undefined, host: string): HostMatch | undefined {
  const wanted = (rule ?? "").toLowerCase();
  const asked = host.toLowerCase();
  if (wanted === "") return "any";
  if (!wanted.startsWith("*.")) return wanted === asked ? "exact" : undefined;
  const suffix = wanted.slice(1);
  const label = asked.slice(0, -suffix.length);
  return asked.endsWith(suffix) && label !== "" && !label.includes(".") ? "wildcard" : undefined;
}
