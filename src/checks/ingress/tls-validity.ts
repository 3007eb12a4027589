import { defineCheck } from "../../model/check.ts";
import type { Finding } from "../../model/finding.ts";
import { timeOf } from "../../model/pods.ts";
import { kubectl } from "../../model/shell.ts";
import type { Certificate } from "../../model/tls.ts";
import { forEachIngress } from "./_shared.ts";
import { certManaged, noSecret, readSecrets, tlsAsked } from "./_tls.ts";

const DAY = 24 * 60 * 60 * 1000;
const DOCS = ["https://kubernetes.io/docs/concepts/services-networking/ingress/#tls"];

/** The clock is the cluster's, never this machine's. A dump that does not say when it was taken has none. */
export const check = defineCheck({
  id: "ingress/tls-validity",
  question: "Are the certificates valid today?",
  hop: "ingress",
  appliesTo: ["ingress"],
  // Whether HTTPS works hangs on the certificate: unread, the Ingress cannot be called healthy.
  essential: true,
  needs: ["tlsSecrets"],
  notFor: noSecret,
  findings: {
    "ingress/tls-expired": {
      severity: "error",
      title: "A certificate has expired",
      explain:
        "The certificate's notAfter has passed: clients refuse the connection. A warning where only an intermediate has expired, since clients may know a newer one.",
      docs: DOCS,
    },
    "ingress/tls-not-yet-valid": {
      severity: "error",
      title: "A certificate is not valid yet",
      explain:
        "The certificate's notBefore lies in the future of the cluster's clock: clients refuse the connection until then.",
      docs: DOCS,
    },
    "ingress/tls-expiring": {
      severity: "warning",
      title: "A certificate expires soon",
      explain: "The certificate ends within 14 days. An information where cert-manager renews it.",
      docs: DOCS,
    },
  },
  run({ scope, tlsSecrets, now, settings }, find) {
    if (now === 0)
      return { unknown: "the dump does not say when it was taken, so no certificate can be called valid or expired" };
    return forEachIngress(scope, (ingress) => {
      const { namespace } = ingress.metadata;
      const read = readSecrets(ingress, { state: "ok", items: tlsSecrets });
      if (read.length === 0) return { skipped: "no TLS Secret was found" };
      return read.flatMap(({ entry, secret }): readonly Finding[] => {
        const leaf = secret.certificates[0];
        if (leaf === undefined) return [];
        const object = { kind: "Secret", namespace, name: entry.secretName, path: "data[tls.crt]" };
        const asked = tlsAsked(entry, scope);
        const evidence = [
          { k: "subject", v: leaf.subject },
          { k: "valid", v: `${leaf.notBefore} to ${leaf.notAfter}` },
          { k: "hosts", v: entry.hosts.join(", ") || "every host of the Ingress" },
        ];
        const managed = certManaged(ingress);
        const remedy = managed
          ? [kubectl(namespace, "describe", "certificates,certificaterequests")]
          : [
              "# put in a renewed certificate:",
              `${kubectl(namespace, "create", "secret", "tls", entry.secretName, "--cert=FULL_CHAIN.pem", "--key=KEY.pem", "--dry-run=client", "-o", "yaml")} | ${kubectl(namespace, "apply", "-f", "-")}`,
            ];
        const [from, until] = [timeOf(leaf.notBefore), timeOf(leaf.notAfter)];
        if (until !== undefined && until <= now)
          return [
            find("ingress/tls-expired", {
              severity: asked ? "error" : "warning",
              object,
              summary: `the certificate in Secret ${entry.secretName} expired ${days(now - until)} ago, on ${leaf.notAfter}`,
              evidence,
              remedy,
            }),
          ];
        if (from !== undefined && from > now)
          return [
            find("ingress/tls-not-yet-valid", {
              severity: asked ? "error" : "warning",
              object,
              summary: `the certificate in Secret ${entry.secretName} is valid only from ${leaf.notBefore}`,
              evidence,
              remedy,
            }),
          ];
        const stale = secret.certificates.slice(1).find((one) => !one.selfIssued && isPast(one, now));
        if (stale !== undefined)
          return [
            find("ingress/tls-expired", {
              severity: "warning",
              object,
              summary: `an intermediate certificate in Secret ${entry.secretName} expired on ${stale.notAfter}`,
              evidence: [{ k: "intermediate", v: `${stale.subject}, until ${stale.notAfter}` }],
              remedy,
            }),
          ];
        if (until === undefined || until - now >= settings.certSoon) return [];
        return [
          find("ingress/tls-expiring", {
            severity: managed ? "info" : "warning",
            object,
            summary: `the certificate in Secret ${entry.secretName} expires in ${days(until - now)}${managed ? "; cert-manager renews it" : ""}`,
            evidence,
            remedy,
          }),
        ];
      });
    });
  },
});

function isPast(certificate: Certificate, now: number): boolean {
  const until = timeOf(certificate.notAfter);
  return until !== undefined && until <= now;
}

function days(ms: number): string {
  const count = Math.floor(ms / DAY);
  return count === 0 ? "less than a day" : count === 1 ? "1 day" : `${count} days`;
}
