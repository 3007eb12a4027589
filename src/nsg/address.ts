import { type Address, type Cidr, contains, isPrivate, parseAddress, parseCidr } from "../model/cidr.ts";
import type { NsgSide, Route } from "../model/nsg.ts";
import { isProbeSource, isPublic, type NetworkContext, PROBE_SOURCE, sameAddress } from "./flow.ts";
import { elementsOf } from "./ports.ts";
import { or3, type Truth } from "./truth.ts";

/**
 * Whether one side of a rule matches an address. `isDefault`: the rule is Azure's own, where VirtualNetwork also holds the pods of an overlay.
 * Sources: Azure "network security groups overview" and "service tags overview"; the values of VirtualNetwork are those that page lists.
 */
export function matchAddress(side: NsgSide, address: Address, isDefault: boolean, context: NetworkContext): Truth {
  const prefixes = elementsOf(side.prefixes).map((text) => matchPrefix(text, address, isDefault, context));
  const groups = side.groups.map((id) => matchGroup(id, address, context));
  const all = [...prefixes, ...groups];
  return all.length === 0 ? "unknown" : or3(all);
}

const anyContains = (cidrs: readonly Cidr[], address: Address): boolean =>
  cidrs.some((cidr) => contains(cidr, address));

function matchGroup(id: string, address: Address, context: NetworkContext): Truth {
  const members = context.groupMembers?.get(id.toLowerCase());
  return members === undefined ? "unknown" : anyContains(members, address);
}

function matchPrefix(text: string, address: Address, isDefault: boolean, context: NetworkContext): Truth {
  const word = text.toLowerCase();
  if (word === "*" || word === "any") return true;
  const cidr = parseCidr(text);
  if (cidr !== undefined) return contains(cidr, address);
  const single = parseAddress(text);
  if (single !== undefined) return sameAddress(single, address);
  // The classic names of the three built-in tags (VIRTUAL_NETWORK, AZURE_LOADBALANCER) still stand in old templates.
  switch (word.replaceAll("_", "")) {
    case "azureloadbalancer":
      return isProbeSource(address);
    case "internet":
      return matchInternet(address, context);
    case "virtualnetwork":
      return matchVirtualNetwork(address, isDefault, context);
    default:
      return matchServiceTag(word, address, context);
  }
}

/** User-defined routes whose prefix contains the address, without the default routes. */
function routesTo(address: Address, routes: readonly Route[]): readonly Route[] {
  return routes.filter((route) => {
    const cidr = parseCidr(route.prefix);
    return cidr !== undefined && cidr.bits > 0 && contains(cidr, address);
  });
}

function isDefaultRoute(route: Route, address: Address): boolean {
  const cidr = parseCidr(route.prefix);
  return cidr?.bits === 0 && cidr.family === address.family;
}

/** `Internet` and `None` lead out of the network; whether VirtualNetwork then holds the prefix is written nowhere. */
const leadsInside = (route: Route): boolean =>
  ["virtualappliance", "virtualnetworkgateway", "vnetlocal"].includes(route.nextHopType.toLowerCase());

function matchInternet(address: Address, context: NetworkContext): Truth {
  if (!isPublic(address) || anyContains(context.vnet ?? [], address)) return false;
  // A public range that a route sends to a gateway may be the company's own behind it.
  return routesTo(address, context.routes ?? []).some(leadsInside) ? "unknown" : true;
}

/**
 * The VNet's and its peers' address spaces, the prefixes of user-defined routes, and the host's 168.63.129.16: therefore Azure's default rule
 * 65000 already lets health probes in, and a custom Deny of VirtualNetwork stops them. A default route may be part of the tag.
 */
function matchVirtualNetwork(address: Address, isDefault: boolean, context: NetworkContext): Truth {
  const routes = context.routes ?? [];
  if (anyContains(context.vnet ?? [], address) || sameAddress(address, PROBE_SOURCE)) return true;
  if (anyContains(context.overlay ?? [], address)) return isDefault ? true : "unknown";
  const routed = routesTo(address, routes);
  if (routed.some(leadsInside)) return true;
  if (routed.length > 0) return "unknown";
  // Private, but in no prefix we know of: on-premises behind a gateway, or a peer that nobody told us about.
  if (isPrivate(address)) return "unknown";
  return routes.some((route) => isDefaultRoute(route, address)) ? "unknown" : false;
}

/** Tags of the platform's own addresses (DNS, IMDS): those are link-local, yet no VNet's. */
const PLATFORM = /^azureplatform/;
const TAG = /^[a-z][a-z0-9_.-]*$/;

function matchServiceTag(word: string, address: Address, context: NetworkContext): Truth {
  const prefixes = context.serviceTags?.get(word);
  if (prefixes !== undefined) return anyContains(prefixes, address);
  // Service tags hold public addresses of Azure's services.
  return isPrivate(address) && TAG.test(word) && !PLATFORM.test(word) ? false : "unknown";
}
