import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { failureOf, hostPort, isReached, type ProbeResult } from "../../model/probe-results.ts";
import { sh } from "../../model/shell.ts";
import { DEBUG_SERVICE, evidenceOf, NOTHING_TRIED } from "./_probe.ts";

/** UDP ports: an answer proves that something answers, an ICMP refusal that nothing listens; silence is no news, and never a finding. */
export const check = defineCheck({
  id: "probe/udp",
  question: "What can be known of the UDP ports?",
  hop: "container",
  appliesTo: ["pod", "svc"],
  needs: ["probes"],
  findings: {
    "probe/udp-answers": {
      severity: "info",
      title: "A UDP port answers",
      explain:
        "A datagram (a question for the DNS root) was sent to the port, and something came back: packets go there and back.",
      docs: [DEBUG_SERVICE],
    },
    "probe/udp-refused": {
      severity: "info",
      title: "A UDP port is closed",
      explain:
        "The answer to a datagram was ICMP port unreachable: nothing listens there, or a firewall says so. An info, since an app may open its port only when it needs it; --sockets reads what is open.",
      docs: [DEBUG_SERVICE],
    },
  },
  run({ probes, scope }, find) {
    const tried = probes.filter(({ target }) => target.scheme === "udp");
    if (tried.length === 0) return NOTHING_TRIED;
    return tried.flatMap((one): readonly Finding[] => {
      const { target, vantage } = one;
      const at = `${hostPort(target.host, target.port)}/UDP`;
      const common = { object: target.object, evidence: evidenceOf([one]) };
      if (one.attempts.some(isReached))
        return [find("probe/udp-answers", { ...common, summary: `${at} answers ${vantage.label}` })];
      if (!isRefused(one)) return [];
      const what = scope.target === "pod" ? "pod" : "svc";
      return [
        find("probe/udp-refused", {
          ...common,
          summary: `${at} refuses datagrams (ICMP) from ${vantage.label}: nothing listens there`,
          remedy: [`kubectl netcheck -n ${sh(scope.namespace)} ${what} ${sh(target.object.name)} --sockets`],
        }),
      ];
    });
  },
});

function isRefused(one: ProbeResult): boolean {
  return one.attempts.every((attempt) => attempt.class === "refused") && failureOf(one) === "refused";
}
