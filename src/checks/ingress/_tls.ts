/** What the TLS checks share. */
import type { Scope } from "../../model/check.ts";
import { matchHost } from "../../model/ingress/host.ts";
import type { Ingress } from "../../model/kube.ts";
import type { Gathered } from "../../model/snapshot.ts";
import type { TlsSecret } from "../../model/tls.ts";

/** One entry of `spec.tls` that names a Secret. */
export interface NamedTls {
  readonly index: number;
  readonly secretName: string;
  /** As written; empty means every host of the Ingress. */
  readonly hosts: readonly string[];
}

/** The entries of `spec.tls` that name a Secret. */
export function tlsEntries(ingress: Ingress): readonly NamedTls[] {
  return (ingress.spec?.tls ?? []).flatMap((tls, index) =>
    (tls.secretName ?? "") === "" ? [] : [{ index, secretName: tls.secretName ?? "", hosts: tls.hosts ?? [] }],
  );
}

/** Skips the checks for Ingresses without TLS before anything is asked for. */
export function noTls(scope: Scope): string | undefined {
  return scope.ingresses.some((ingress) => (ingress.spec?.tls ?? []).length > 0) ? undefined : "no TLS is configured";
}

/** Skips the checks for Ingresses that name no Secret. */
export function noSecret(scope: Scope): string | undefined {
  return scope.ingresses.some((ingress) => tlsEntries(ingress).length > 0) ? undefined : "no TLS Secret is named";
}

/** The Secret; undefined when it does not exist; `unreadable` when that cannot be told. */
export function secretOf(
  ingress: Ingress,
  name: string,
  gathered: Gathered<TlsSecret>,
): TlsSecret | undefined | "unreadable" {
  if (gathered.state === "unavailable") return "unreadable";
  const found = gathered.items.find(
    (one) => one.metadata.name === name && one.metadata.namespace === ingress.metadata.namespace,
  );
  return found ?? ((gathered.gaps ?? []).length > 0 ? "unreadable" : undefined);
}

/** The Secrets that could be read, each once, with the entry that names it first. */
export function readSecrets(
  ingress: Ingress,
  gathered: Gathered<TlsSecret>,
): readonly { readonly entry: NamedTls; readonly secret: TlsSecret }[] {
  const seen = new Set<string>();
  return tlsEntries(ingress).flatMap((entry) => {
    const secret = secretOf(ingress, entry.secretName, gathered);
    if (secret === undefined || secret === "unreadable" || seen.has(entry.secretName)) return [];
    seen.add(entry.secretName);
    return [{ entry, secret }];
  });
}

/** With `--host` only the TLS of that host was asked for. */
export function tlsAsked(entry: NamedTls, scope: Scope): boolean {
  const { host } = scope;
  return (
    host === undefined || entry.hosts.length === 0 || entry.hosts.some((one) => matchHost(one, host) !== undefined)
  );
}

/** cert-manager is asked to make and renew the certificate. Source: cert-manager.io/docs/usage/ingress. */
export function certManaged(ingress: Ingress): boolean {
  return Object.keys(ingress.metadata.annotations ?? {}).some(
    (key) => /^cert-manager\.io\/(cluster-)?issuer$/.test(key) || key === "kubernetes.io/tls-acme",
  );
}
