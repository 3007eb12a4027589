import type { Access, Direction, Nsg, NsgRule, NsgSide } from "../model/nsg.ts";
import { flattened, idsOf, isObject, type JsonObject, listOf, textOf } from "./json.ts";

/** NSGs, or why the document holds none. One unreadable rule refuses the whole: a verdict without it could be the wrong one. */
export type DecodedNsgs =
  | { readonly state: "ok"; readonly nsgs: readonly Nsg[] }
  | { readonly state: "malformed"; readonly problem: string };

/**
 * Reads parsed JSON of `az network nsg show`, `list` and `create` (`{"NewNSG": …}`), of the ARM REST API and templates (fields under
 * `properties`, lists under `value`), and a bare list of rules (`az network nsg rule list`, `--query securityRules`). Never throws.
 */
export function decodeNsgs(document: unknown): DecodedNsgs {
  try {
    const nsgs = documentsOf(document).map(decodeNsg);
    if (nsgs.length === 0)
      return { state: "malformed", problem: "the list is empty: it names no network security group" };
    return { state: "ok", nsgs };
  } catch (error) {
    if (error instanceof Malformed) return { state: "malformed", problem: error.message };
    throw error;
  }
}

class Malformed extends Error {}

function documentsOf(document: unknown): readonly JsonObject[] {
  if (Array.isArray(document)) {
    const items = listOf(document).map(objectOf);
    return items.some(isRule) ? [{ name: "", securityRules: items }] : items.flatMap(documentsOf);
  }
  const object = objectOf(document);
  if (isObject(object["NewNSG"])) return [object["NewNSG"]];
  return Array.isArray(object["value"]) ? documentsOf(object["value"]) : [object];
}

function objectOf(value: unknown): JsonObject {
  if (isObject(value)) return value;
  throw new Malformed(`expected a network security group, found ${value === null ? "null" : typeof value}`);
}

function isRule(value: JsonObject): boolean {
  return flattened(value)["priority"] !== undefined;
}

function decodeNsg(given: JsonObject): Nsg {
  const nsg = flattened(given);
  const id = textOf(nsg["id"]);
  const name = textOf(nsg["name"]) || (id.split("/").at(-1) ?? "");
  const own = nsg["securityRules"];
  const defaults = nsg["defaultSecurityRules"];
  if (own === undefined && defaults === undefined)
    throw new Malformed(
      `${name || "the document"} has neither securityRules nor defaultSecurityRules: no network security group`,
    );
  const custom = listOf(own).map((rule, i) => decodeRule(rule, `${name || "NSG"}: securityRules[${i}]`, false));
  const standard = listOf(defaults).map((rule, i) =>
    decodeRule(rule, `${name || "NSG"}: defaultSecurityRules[${i}]`, true),
  );
  return {
    id,
    name,
    resourceGroup: textOf(nsg["resourceGroup"]) || (/\/resourceGroups\/([^/]+)/i.exec(id)?.[1] ?? ""),
    rules: [...custom, ...(standard.length > 0 ? standard : DEFAULT_RULES)],
    subnets: idsOf(nsg["subnets"]),
    networkInterfaces: idsOf(nsg["networkInterfaces"]),
  };
}

function decodeRule(value: unknown, where: string, isDefault: boolean): NsgRule {
  if (!isObject(value)) throw new Malformed(`${where} is no object`);
  const rule = flattened(value);
  const priority = rule["priority"];
  const name = textOf(rule["name"]);
  const label = name === "" ? where : `${where} (${name})`;
  if (typeof priority !== "number" || !Number.isFinite(priority)) throw new Malformed(`${label} has no priority`);
  return {
    name,
    priority,
    direction: word<Direction>(rule["direction"], ["Inbound", "Outbound"], `${label}: direction`),
    access: word<Access>(rule["access"], ["Allow", "Deny"], `${label}: access`),
    protocol: textOf(rule["protocol"]).toLowerCase(),
    source: sideOf(rule, "source"),
    destination: sideOf(rule, "destination"),
    isDefault,
  };
}

function word<T extends string>(value: unknown, allowed: readonly T[], where: string): T {
  const text = textOf(value).toLowerCase();
  const found = allowed.find((one) => one.toLowerCase() === text);
  if (found === undefined) throw new Malformed(`${where} is neither ${allowed.join(" nor ")}`);
  return found;
}

/** Azure fills either the singular field or the plural one, and leaves the other null, "", [] or out. */
function sideOf(rule: JsonObject, side: "source" | "destination"): NsgSide {
  return {
    prefixes: both(rule[`${side}AddressPrefix`], rule[`${side}AddressPrefixes`]),
    groups: idsOf(rule[`${side}ApplicationSecurityGroups`]),
    ports: both(rule[`${side}PortRange`], rule[`${side}PortRanges`]),
  };
}

function both(singular: unknown, plural: unknown): readonly string[] {
  return [singular, ...listOf(plural)].map(portText).filter((text) => text !== "");
}

/** A port that somebody wrote as a number is still that port. */
function portText(value: unknown): string {
  return typeof value === "number" ? String(value) : textOf(value);
}

const anywhere: NsgSide = { prefixes: ["*"], groups: [], ports: ["*"] };
const tagged = (tag: string): NsgSide => ({ ...anywhere, prefixes: [tag] });

function defaultRule(
  name: string,
  priority: number,
  direction: Direction,
  access: Access,
  source: NsgSide,
  destination: NsgSide,
): NsgRule {
  return { name, priority, direction, access, protocol: "*", source, destination, isDefault: true };
}

/** The rules that every NSG has and nobody can remove; `create` and templates leave them out. */
export const DEFAULT_RULES: readonly NsgRule[] = [
  defaultRule("AllowVnetInBound", 65000, "Inbound", "Allow", tagged("VirtualNetwork"), tagged("VirtualNetwork")),
  defaultRule("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", tagged("AzureLoadBalancer"), anywhere),
  defaultRule("DenyAllInBound", 65500, "Inbound", "Deny", anywhere, anywhere),
  defaultRule("AllowVnetOutBound", 65000, "Outbound", "Allow", tagged("VirtualNetwork"), tagged("VirtualNetwork")),
  defaultRule("AllowInternetOutBound", 65001, "Outbound", "Allow", anywhere, tagged("Internet")),
  defaultRule("DenyAllOutBound", 65500, "Outbound", "Deny", anywhere, anywhere),
];
