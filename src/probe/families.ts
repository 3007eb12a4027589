import { parseAddress } from "../model/cidr.ts";
import { failureOf, type ProbeResult, type Vantage } from "../model/probe-results.ts";

/**
 * The results without those of addresses of a family that the sender does not have: an IPv4 pod cannot reach IPv6 addresses, which says nothing about
 * these. `note` says how many are left out. A sender whose addresses are not known keeps all.
 */
export function ofFamilies(
  results: readonly ProbeResult[],
  sender: Vantage["pod"],
): { readonly results: readonly ProbeResult[]; readonly note: readonly string[] } {
  const own = (sender?.ips ?? []).flatMap((ip) => parseAddress(ip)?.family ?? []);
  if (own.length === 0) return { results, note: [] };
  const missing = (result: ProbeResult): boolean => {
    const family = parseAddress(result.target.host)?.family;
    const failure = failureOf(result);
    return family !== undefined && !own.includes(family) && failure !== undefined && failure !== "refused";
  };
  const left = results.filter(missing);
  if (left.length === 0) return { results, note: [] };
  const family = own.includes(4) ? 6 : 4;
  const hosts = [...new Set(left.map(({ target }) => target.host))].join(", ");
  return {
    results: results.filter((result) => !missing(result)),
    note: [`it has no IPv${family} address of its own, so ${hosts} could not be tried from there`],
  };
}
