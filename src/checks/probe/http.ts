import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { withoutQueryValues } from "../../model/marker.ts";
import { isExpected, type ProbeAttempt, type ProbeResult } from "../../model/probe-results.ts";
import { kubectl } from "../../model/shell.ts";
import { addressOf, atHop, evidenceOf, NOTHING_TRIED, sameTarget } from "./_probe.ts";

const HTTP_STATUS = "https://developer.mozilla.org/docs/Web/HTTP/Reference/Status";

/** What the application itself says: any status proves that it is reached, and only 5xx is a failure. */
export const check = defineCheck({
  id: "probe/http",
  question: "Does the application answer as it should?",
  hop: "container",
  appliesTo: ["pod", "svc", "ingress"],
  needs: ["probes"],
  findings: {
    "pod/app-http-5xx": {
      severity: "error",
      title: "The application answers with a server error",
      explain:
        "The request reached the application at the pod's own address, and it answered 5xx: no Service, policy or load balancer is involved. Its log says why. A warning while other endpoints answer without an error. --probe-path asks for another path.",
      docs: [HTTP_STATUS],
    },
    "pod/app-http-4xx": {
      severity: "info",
      title: "The application answers, but refuses this request",
      explain:
        "401, 403, 404, 405 and their like come from the application: it is reached. Ask for a path that it serves with --probe-path, or send what it wants with --header.",
      docs: [HTTP_STATUS],
    },
    "pod/protocol-mismatch": {
      severity: "warning",
      title: "The port speaks another protocol than it is said to",
      explain:
        "The Service's appProtocol (or --scheme) names one protocol, and the port speaks the other: load balancers and ingress controllers that believe appProtocol then fail. Where nothing was said, only our own guess was wrong, which is no fault.",
      docs: ["https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol"],
    },
    "probe/unexpected-status": {
      severity: "error",
      title: "The status is not the expected one",
      explain: "The application answered with a status that --expect-status does not name.",
      docs: [HTTP_STATUS],
    },
  },
  run({ probes }, find) {
    const tried = atHop(probes, "pod");
    if (tried.length === 0) return NOTHING_TRIED;
    const distinct = tried.filter((one, i) => tried.findIndex((other) => sameTarget(one.target, other.target)) === i);
    return distinct.flatMap((one): readonly Finding[] => {
      const mismatch = mismatchOf(one);
      const object = one.target.object;
      const answered = one.attempts.filter(({ status }) => status !== undefined);
      const worst = answered.toSorted((a, b) => (b.status ?? 0) - (a.status ?? 0))[0];
      const status = worst?.status;
      const where = `${object.kind} ${object.name} at ${addressOf(one.target)}${withoutQueryValues(one.target.path)}`;
      const evidence = [...evidenceOf([one]), ...(worst?.body === undefined ? [] : [{ k: "it says", v: worst.body }])];
      const log =
        object.kind === "Pod"
          ? [kubectl(object.namespace, "logs", object.name, "--tail=50")]
          : ["# look at the log of what answers there"];
      const found: Finding[] = [];
      if (mismatch !== undefined)
        found.push(
          find("pod/protocol-mismatch", {
            object,
            summary: `${where}: ${mismatch}`,
            evidence,
            remedy: [
              "# correct appProtocol of the Service's port, or the protocol that the app serves there",
              "# or ask otherwise: --scheme http, https or tcp",
            ],
          }),
        );
      if (status === undefined || worst === undefined) return found;
      const { expect } = one.target;
      if (expect !== undefined) {
        if (isExpected(status, expect)) return found;
        return [
          ...found,
          find("probe/unexpected-status", {
            object,
            summary: `${where} answers ${status}, expected ${expect}`,
            evidence,
            remedy: log,
          }),
        ];
      }
      if (status >= 500)
        return [
          ...found,
          find("pod/app-http-5xx", {
            object,
            summary: `${where} answers ${status}`,
            evidence,
            remedy: log,
            ...share(one, tried),
          }),
        ];
      if (status >= 400 && mismatch === undefined)
        return [
          ...found,
          find("pod/app-http-4xx", {
            object,
            summary: `${where} answers ${status}: the app is reached, and refuses this request`,
            evidence,
          }),
        ];
      return found;
    });
  },
});

/** The words for a port that speaks otherwise than it was said to; undefined when it does not, or when nobody said anything. */
function mismatchOf({ target, attempts }: ProbeResult): string | undefined {
  if (target.guessed || target.scheme === "tcp") return undefined;
  const is = (name: ProbeAttempt["class"]): boolean => attempts.every((attempt) => attempt.class === name);
  if (is("tls-on-plain")) return "said to speak TLS, it speaks plain text";
  if (is("plain-on-tls")) return "said to speak plain HTTP, it speaks TLS";
  if (is("not-http")) return "said to speak HTTP, it speaks something else";
  return undefined;
}

function share(one: ProbeResult, tried: readonly ProbeResult[]): { readonly severity?: "warning" } {
  const others = tried.filter(
    ({ target }) => target.servicePort === one.target.servicePort && !sameTarget(target, one.target),
  );
  const fine = others.some(({ attempts }) => attempts.some(({ status = 0 }) => status > 0 && status < 500));
  return one.target.servicePort !== undefined && fine ? { severity: "warning" } : {};
}
