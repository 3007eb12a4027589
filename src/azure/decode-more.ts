/** More of az's JSON: application gateways, metrics of load balancers, security admin rules. Nothing throws. */
import type { AzureAdminRule, AzureAppGateway, AzureLbHealth } from "../model/azure-facts.ts";
import { isObject, listOf, textOf } from "../nsg/json.ts";
import { child, decodeFrontend, idOf, numberOf, objects, texts } from "./decode.ts";

const lastOf = (id: string): string => id.slice(id.lastIndexOf("/") + 1);

/** An application gateway without its health. */
export function decodeAppGateway(json: unknown): AzureAppGateway {
  const gateway = child(json);
  const id = idOf(json);
  return {
    id,
    name: textOf(gateway["name"]),
    resourceGroup: textOf(gateway["resourceGroup"]) || (/\/resourcegroups\/([^/]+)/.exec(id)?.[1] ?? ""),
    operationalState: textOf(gateway["operationalState"]),
    tier: textOf(child(gateway["sku"])["tier"]),
    subnets: objects(gateway["gatewayIPConfigurations"] ?? gateway["gatewayIpConfigurations"])
      .map((one) => idOf(one["subnet"]))
      .filter((subnet) => subnet !== ""),
    frontends: objects(gateway["frontendIPConfigurations"] ?? gateway["frontendIpConfigurations"]).map(decodeFrontend),
    pools: objects(gateway["backendAddressPools"]).map((pool) => ({
      name: textOf(pool["name"]),
      addresses: objects(pool["backendAddresses"]).flatMap((one) => {
        const address = textOf(one["ipAddress"]) || textOf(one["fqdn"]);
        return address === "" ? [] : [address];
      }),
    })),
    health: null,
  };
}

/** The answer of `show-backend-health`, one entry for each pool and its settings. Null for anything else. */
export function decodeBackendHealth(json: unknown): AzureAppGateway["health"] {
  if (!isObject(json) || !Array.isArray(json["backendAddressPools"])) return null;
  return objects(json["backendAddressPools"]).flatMap((entry) => {
    const pool = lastOf(idOf(entry["backendAddressPool"]));
    return objects(entry["backendHttpSettingsCollection"]).map((settings) => ({
      pool,
      servers: objects(settings["servers"]).map((server) => ({
        address: textOf(server["address"]),
        health: textOf(server["health"]).toLowerCase(),
        log: textOf(server["healthProbeLog"]),
      })),
    }));
  });
}

/** The newest minutes that count. */
const MINUTES = 5;

/** `monitor metrics list` of DipAvailability, split by frontend address, frontend port and backend address. */
export function decodeLbHealth(json: unknown, balancer: string): readonly AzureLbHealth[] {
  const series = objects(child(json)["value"]).flatMap((metric) => objects(metric["timeseries"]));
  return series.flatMap((one): readonly AzureLbHealth[] => {
    const dimension = (name: string): string =>
      textOf(
        objects(one["metadatavalues"]).find((entry) => textOf(child(entry["name"])["value"]).toLowerCase() === name)?.[
          "value"
        ],
      );
    const measured = objects(one["data"])
      .flatMap((point) => {
        const { average } = point;
        const at = textOf(point["timeStamp"]);
        return typeof average === "number" && !Number.isNaN(Date.parse(at)) ? [{ at, average }] : [];
      })
      .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
      .slice(-MINUTES);
    const last = measured.at(-1);
    const frontendPort = Number(dimension("frontendport"));
    if (last === undefined || !Number.isInteger(frontendPort)) return [];
    return [
      {
        balancer,
        frontendIp: dimension("frontendipaddress"),
        frontendPort,
        backendIp: dimension("backendipaddress"),
        percent: measured.reduce((sum, { average }) => sum + average, 0) / measured.length,
        at: last.at,
      },
    ];
  });
}

/** Rules of `network manager list-effective-security-admin-rule`. */
export function decodeAdminRules(json: unknown): readonly AzureAdminRule[] {
  const prefixes = (value: unknown): readonly string[] => objects(value).map((one) => textOf(one["addressPrefix"]));
  return objects(isObject(json) ? json["value"] : json).map((rule) => ({
    name: textOf(rule["displayName"]) || textOf(rule["name"]) || lastOf(textOf(rule["id"])),
    access: textOf(rule["access"]),
    direction: textOf(rule["direction"]),
    priority: numberOf(rule["priority"]),
    protocol: textOf(rule["protocol"]),
    sources: prefixes(rule["sources"]),
    destinations: prefixes(rule["destinations"]),
    ports: texts(listOf(rule["destinationPortRanges"])),
  }));
}
