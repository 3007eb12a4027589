import { defineCheck } from "../../model/check.ts";
import { isPrivate, parseAddress } from "../../model/cidr.ts";
import type { Finding, FindingBody } from "../../model/finding.ts";
import { failureOf, type ProbeResult, verdictOfProbe } from "../../model/probe-results.ts";
import { kubectl } from "../../model/shell.ts";
import { addressOf, atHop, evidenceOf, fromInside, NOTHING_TRIED } from "./_probe.ts";

/**
 * Load balancer addresses from the user's machine. Inside the cluster such an address leads to the Service without ever crossing the load balancer
 * (kube-proxy short-circuits it), so that proves nothing about the way from outside.
 */
export const check = defineCheck({
  id: "probe/external",
  question: "Does the load balancer's address answer from this machine?",
  hop: "load-balancer",
  appliesTo: ["svc", "ingress"],
  needs: ["probes"],
  findings: {
    "probe/external-timeout": {
      severity: "error",
      title: "The load balancer's address does not answer from here",
      explain:
        "Connections from this machine get lost while the Service works inside the cluster. In this order: the load balancer's health probe finds no healthy node, a network security group or loadBalancerSourceRanges, a route that sends answers another way, externalTrafficPolicy Local. " +
        "A warning when the address is private, since this machine may simply not be in its network, and when nothing was tried inside.",
      docs: ["https://learn.microsoft.com/azure/aks/load-balancer-standard"],
    },
    "probe/external-refused": {
      severity: "error",
      title: "The load balancer's address refuses connections from here",
      explain:
        "Something answered and refused: the load balancer has no rule for this port, no node has a usable endpoint, or a firewall rejects. A warning when nothing was tried inside the cluster.",
      docs: ["https://learn.microsoft.com/azure/aks/load-balancer-standard"],
    },
  },
  run({ probes }, find) {
    const tried = [...atHop(probes, "load-balancer"), ...atHop(probes, "controller-lb"), ...byName(probes)].filter(
      ({ vantage }) => vantage.kind === "local",
    );
    if (tried.length === 0) return NOTHING_TRIED;
    return tried.flatMap((one): readonly Finding[] => {
      const failure = failureOf(one);
      if (verdictOfProbe(one) !== "failed" || failure === undefined) return [];
      const inside = frontInside(one, probes);
      // The Service does not work inside either: that is the story.
      if (inside.length > 0 && inside.every((result) => verdictOfProbe(result) !== "ok")) return [];
      const id =
        failure === "refused"
          ? "probe/external-refused"
          : failure.startsWith("dns")
            ? undefined
            : "probe/external-timeout";
      if (id === undefined) return [];
      const { namespace, name } = one.target.object;
      const words =
        id === "probe/external-refused" ? "refuses connections from this machine" : "does not answer from this machine";
      return [
        find(id, {
          object: one.target.object,
          summary: `${one.target.hop === "host" ? "" : "load balancer address "}${addressOf(one.target)} ${words}${inside.length > 0 ? ", while the way works inside the cluster" : ""}`,
          evidence: evidenceOf([one, ...inside]),
          remedy: [
            kubectl(namespace, "describe", one.target.object.kind.toLowerCase(), name),
            ...(id === "probe/external-timeout"
              ? ["# then the health probe of the load balancer, security groups, routes, source ranges"]
              : []),
          ],
          ...certainty(one, inside.length > 0, id),
        }),
      ];
    });
  },
});

/** The host by its name, where that leads to another address than the load balancer's: else the load balancer tells it all. */
function byName(probes: readonly ProbeResult[]): readonly ProbeResult[] {
  const balanced = new Set(atHop(probes, "controller-lb").map(({ target }) => target.host));
  return atHop(probes, "host").filter(({ resolved }) => {
    const addresses = resolved?.addresses ?? [];
    return addresses.length > 0 && !addresses.some((address) => balanced.has(address));
  });
}

function certainty(one: ProbeResult, proven: boolean, id: string): Pick<FindingBody, "severity" | "confidence"> {
  const address = parseAddress(one.attempts[0]?.peer ?? one.target.host);
  const isInternal = address !== undefined && isPrivate(address) && one.vantage.near !== true;
  if (isInternal && id === "probe/external-timeout") return { severity: "warning", confidence: "possible" };
  return proven ? { confidence: "likely" } : { severity: "warning", confidence: "possible" };
}

function frontInside(one: ProbeResult, probes: readonly ProbeResult[]): readonly ProbeResult[] {
  const inside = fromInside(probes);
  // Through a controller: the same URL at its pod and its cluster IP, which a policy may close to a test pod and not to others.
  if (one.target.name !== undefined)
    return [...atHop(inside, "controller-pod"), ...atHop(inside, "controller-ip")].filter(
      (result) => verdictOfProbe(result) === "ok",
    );
  return atHop(fromInside(probes), "cluster-ip").filter(
    ({ target }) => target.servicePort === one.target.servicePort && target.object.name === one.target.object.name,
  );
}
