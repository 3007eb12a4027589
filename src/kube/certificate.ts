import type { X509Certificate } from "node:crypto";
import type { Certificate } from "../model/tls.ts";

function names(certificate: X509Certificate, prefix: string): readonly string[] {
  return (certificate.subjectAltName ?? "")
    .split(", ")
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => entry.slice(prefix.length).replace(/^"(.*)"$/, "$1"));
}

/** The public part of a certificate. */
export function certificateFacts(certificate: X509Certificate): Certificate {
  return {
    subject: (certificate.subject ?? "").replaceAll("\n", ", "),
    issuer: (certificate.issuer ?? "").replaceAll("\n", ", "),
    dnsNames: names(certificate, "DNS:"),
    ipAddresses: names(certificate, "IP Address:"),
    notBefore: new Date(certificate.validFrom).toISOString(),
    notAfter: new Date(certificate.validTo).toISOString(),
    selfIssued: certificate.subject === certificate.issuer,
  };
}
