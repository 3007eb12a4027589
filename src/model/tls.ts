import type { ObjectMeta } from "./kube.ts";

/** The public part of one certificate. */
export interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  /** subjectAltName entries as written: `DNS:a.example.com` without its prefix, `IP Address:…` likewise. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** RFC 3339. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Subject and issuer are the same name. */
  readonly selfIssued: boolean;
}

/**
 * What checks may know of a TLS Secret: never a value of it. Made at the door (`collect/tls-secret.ts`), where the Secret itself is dropped.
 */
export interface TlsSecret {
  readonly kind: "Secret";
  readonly metadata: Pick<ObjectMeta, "name" | "namespace" | "creationTimestamp">;
  readonly type: string;
  /** Names of the keys under `data`. */
  readonly keys: readonly string[];
  /** `tls.crt` in its order; the leaf should come first. Empty when it is missing or unreadable. */
  readonly certificates: readonly Certificate[];
  readonly certificate: "ok" | "missing" | "empty" | "not-pem";
  readonly privateKey: "ok" | "missing" | "empty" | "not-pem";
  /**
   * Whether the private key belongs to the first certificate, or to a later one (`wrong-order`). Undefined when one of them cannot be read
   * (an encrypted key, an algorithm this build does not know): nothing is claimed then.
   */
  readonly pair: "match" | "wrong-order" | "mismatch" | undefined;
}

/**
 * Whether a certificate is valid for a host: its DNS names only (browsers ignore the CN), without case; `*.a.b` covers one label.
 * Source: RFC 6125 §6.4.3, RFC 2818.
 */
export function coversHost(certificate: Certificate, host: string): boolean {
  const asked = host.toLowerCase().replace(/\.$/, "");
  return certificate.dnsNames.some((name) => {
    const known = name.toLowerCase();
    if (!known.startsWith("*.")) return known === asked;
    const label = asked.slice(0, -(known.length - 1));
    return asked.endsWith(known.slice(1)) && label !== "" && !label.includes(".");
  });
}
