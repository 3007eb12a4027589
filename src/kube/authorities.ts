import { getCACertificates, setDefaultCACertificates } from "node:tls";

/**
 * Empties the list that node trusts when a connection names no authorities, so that each has to name its own. Node compares every context's authorities with
 * that list, and reads it for that: 150 certificates, which takes as long as all requests of a healthy Service together.
 */
export function withoutDefaultAuthorities(): void {
  setDefaultCACertificates([]);
}

/**
 * What this machine trusts, as PEM: node's own list, NODE_EXTRA_CA_CERTS and the system's store. Go, and with it kubectl, trusts the system's store when the
 * kubeconfig names no authority.
 */
export function systemAuthorities(): string[] {
  return [...new Set((["bundled", "extra", "system"] as const).flatMap((store) => getCACertificates(store)))];
}
