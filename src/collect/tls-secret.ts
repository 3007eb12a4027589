import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { certificateFacts } from "../kube/certificate.ts";
import type { TlsSecret } from "../model/tls.ts";
import type { AnyObject } from "./source.ts";

type Data = { readonly [key: string]: unknown };

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reduces a Secret to what checks may know of it: key names, the public part of its certificates, and whether the private key belongs to
 * them. No value leaves this function. Facts, which a dump of ours holds in place of the Secret, stay as they are.
 */
export function tlsFacts(secret: AnyObject): TlsSecret {
  if (isFacts(secret)) return secret;
  const { data, type } = secret as unknown as { readonly data?: Data; readonly type?: string };
  const { name, namespace, creationTimestamp } = secret.metadata;
  const crt = textOf(data, "tls.crt");
  const key = textOf(data, "tls.key");
  const parsed = crt === undefined ? [] : certificatesIn(crt);
  return {
    kind: "Secret",
    metadata: { name, namespace, ...(creationTimestamp === undefined ? {} : { creationTimestamp }) },
    type: type ?? "Opaque",
    keys: Object.keys(data ?? {}).sort(),
    certificates: parsed.map(certificateFacts),
    certificate: crt === undefined ? "missing" : crt.trim() === "" ? "empty" : parsed.length === 0 ? "not-pem" : "ok",
    privateKey:
      key === undefined
        ? "missing"
        : key.trim() === ""
          ? "empty"
          : /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)
            ? "ok"
            : "not-pem",
    pair: key === undefined ? undefined : pairing(parsed, key),
  };
}

/** A Secret from the API has `data` (or nothing); facts never do, and always name their keys. */
function isFacts(secret: AnyObject | TlsSecret): secret is TlsSecret {
  return !("data" in secret) && "keys" in secret && Array.isArray(secret.keys) && "certificates" in secret;
}

function textOf(data: Data | undefined, key: string): string | undefined {
  const value = data?.[key];
  return typeof value === "string" ? Buffer.from(value, "base64").toString("latin1") : undefined;
}

/** Certificates that can be parsed; a block that cannot makes the whole chain unreadable, as it does for a web server. */
function certificatesIn(pem: string): readonly X509Certificate[] {
  try {
    return (pem.match(CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

function pairing(certificates: readonly X509Certificate[], pem: string): TlsSecret["pair"] {
  if (certificates.length === 0) return undefined;
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return undefined;
  }
  const index = certificates.findIndex((certificate) => certificate.checkPrivateKey(key));
  return index === 0 ? "match" : index > 0 ? "wrong-order" : "mismatch";
}
