import { lookup, Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import type { Resolved } from "../model/probe-results.ts";

/** How this machine resolves names; tests bring their own, since no packet of theirs may leave. */
export interface Names {
  /** As programs here do it: hosts file, search list, VPN. Throws what `dns.lookup` throws. */
  addresses(host: string): Promise<readonly string[]>;
  /** The CNAME record of a name; empty for none. */
  cname(host: string): Promise<readonly string[]>;
}

const LIMIT = 2000;
/** Longer chains are loops. */
const LONGEST = 8;

export function systemNames(): Names {
  const resolver = new Resolver({ timeout: LIMIT, tries: 1 });
  return {
    addresses: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    cname: (host) => resolver.resolveCname(host),
  };
}

/** The addresses of a name, and the aliases on the way to them. Throws what `addresses` throws; a chain that cannot be read is empty. */
export async function resolveHere(host: string, names: Names): Promise<Resolved> {
  if (isIP(host) !== 0) return { addresses: [host], cnames: [] };
  const chain = chainOf(host, names);
  const addresses = await names.addresses(host);
  return { addresses, cnames: await chain };
}

/** Also for a name without an address: that its alias leads nowhere is worth knowing. */
export async function chainOf(host: string, names: Names): Promise<readonly string[]> {
  const chain: string[] = [];
  let at = host;
  while (chain.length < LONGEST) {
    try {
      const [next] = await names.cname(at);
      if (next === undefined || chain.includes(next)) return chain;
      chain.push(next);
      at = next;
    } catch {
      // No such record, or the servers of resolv.conf are not who answers here (a VPN's own resolver).
      return chain;
    }
  }
  return chain;
}
