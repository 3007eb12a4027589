/** az and ARM JSON in, typed facts out. Whatever is not there or has another shape becomes null or an empty list; nothing throws. */
import type {
  AzureCluster,
  AzureFrontend,
  AzureLbRule,
  AzureLoadBalancer,
  AzurePublicIp,
  AzureRouteTable,
  AzureSubnet,
  AzureVnet,
} from "../model/azure-facts.ts";
import { flattened, isObject, type JsonObject, listOf, textOf } from "../nsg/json.ts";

export const objects = (value: unknown): readonly JsonObject[] =>
  listOf(value).flatMap((item) => (isObject(item) ? [flattened(item)] : []));
export const child = (value: unknown): JsonObject => (isObject(value) ? flattened(value) : {});
export const texts = (value: unknown): readonly string[] =>
  listOf(value).flatMap((item) => (textOf(item) === "" ? [] : [textOf(item)]));
export const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);

/** The resource's id: lower case, since Azure writes one id in several ways. */
export function idOf(value: unknown): string {
  return textOf(child(value)["id"]).toLowerCase();
}

function refOrNull(value: unknown): string | null {
  return idOf(value) || null;
}

/** The id of the network that a subnet is in, from the subnet's. */
export function vnetOf(subnet: string): string {
  return subnet.replace(/\/subnets\/[^/]+$/i, "");
}

export function decodeSubnet(json: unknown): AzureSubnet {
  const subnet = child(json);
  const id = idOf(json);
  return {
    id,
    name: textOf(subnet["name"]),
    vnet: vnetOf(id),
    prefixes: [...new Set([textOf(subnet["addressPrefix"]), ...texts(subnet["addressPrefixes"])])].filter(
      (text) => text !== "",
    ),
    nsg: refOrNull(subnet["networkSecurityGroup"]),
    routeTable: refOrNull(subnet["routeTable"]),
  };
}

export function decodeVnet(json: unknown): AzureVnet {
  const vnet = child(json);
  const spaces = (value: unknown): readonly string[] => texts(child(value)["addressPrefixes"]);
  return {
    id: idOf(json),
    prefixes: spaces(vnet["addressSpace"]),
    peers: objects(vnet["virtualNetworkPeerings"]).flatMap((peering) => [
      ...new Set([...spaces(peering["remoteAddressSpace"]), ...spaces(peering["remoteVirtualNetworkAddressSpace"])]),
    ]),
  };
}

export function decodeRouteTable(json: unknown): AzureRouteTable {
  const table = child(json);
  return {
    id: idOf(json),
    name: textOf(table["name"]),
    routes: objects(table["routes"]).map((route) => {
      const hop = textOf(route["nextHopIpAddress"]);
      return {
        name: textOf(route["name"]),
        prefix: textOf(route["addressPrefix"]),
        nextHopType: textOf(route["nextHopType"]),
        ...(hop === "" ? {} : { nextHopIp: hop }),
      };
    }),
  };
}

/** The NSG and the subnets (the primary's first) of network interfaces: those of a scale set's model, or the given one. */
export function decodeInterfaces(json: unknown): { readonly nsg: string | null; readonly subnets: readonly string[] } {
  const profile = child(child(child(json)["virtualMachineProfile"])["networkProfile"]);
  const configured = objects(profile["networkInterfaceConfigurations"]);
  const primaryFirst = (list: readonly JsonObject[]): readonly JsonObject[] =>
    list.toSorted((a, b) => Number(b["primary"] === true) - Number(a["primary"] === true));
  const interfaces = configured.length > 0 ? primaryFirst(configured) : [child(json)];
  const subnets = interfaces.flatMap((one) =>
    primaryFirst(objects(one["ipConfigurations"])).map((ip) => idOf(ip["subnet"])),
  );
  return {
    nsg: refOrNull(interfaces[0]?.["networkSecurityGroup"]),
    subnets: [...new Set(subnets)].filter((id) => id !== ""),
  };
}

/** How single virtual machines are attached, from the network interfaces of a resource group: each machine's primary one. */
export function decodeMachineInterfaces(json: unknown): readonly {
  readonly machine: string;
  readonly nsg: string | null;
  readonly subnets: readonly string[];
}[] {
  return objects(json)
    .filter((nic) => idOf(nic["virtualMachine"]) !== "")
    .toSorted((a, b) => Number(b["primary"] === true) - Number(a["primary"] === true))
    .map((nic) => ({ machine: idOf(nic["virtualMachine"]), ...decodeInterfaces(nic) }));
}

export function decodeFrontend(frontend: JsonObject): AzureFrontend {
  return {
    id: idOf(frontend),
    privateIp: textOf(frontend["privateIPAddress"] ?? frontend["privateIpAddress"]) || null,
    publicIp: refOrNull(frontend["publicIPAddress"] ?? frontend["publicIpAddress"]),
  };
}

function decodeRule(rule: JsonObject): AzureLbRule {
  const pools = [idOf(rule["backendAddressPool"]), ...listOf(rule["backendAddressPools"]).map(idOf)];
  return {
    name: textOf(rule["name"]),
    protocol: textOf(rule["protocol"]).toLowerCase(),
    frontendPort: numberOf(rule["frontendPort"]),
    backendPort: numberOf(rule["backendPort"]),
    frontend: idOf(rule["frontendIPConfiguration"] ?? rule["frontendIpConfiguration"]),
    pools: [...new Set(pools)].filter((id) => id !== ""),
    probe: refOrNull(rule["probe"]),
    floatingIp: (rule["enableFloatingIP"] ?? rule["enableFloatingIp"]) === true,
  };
}

export function decodeLoadBalancer(json: unknown): AzureLoadBalancer {
  const lb = child(json);
  return {
    id: idOf(json),
    name: textOf(lb["name"]),
    sku: textOf(child(lb["sku"])["name"]),
    provisioningState: textOf(lb["provisioningState"]),
    frontends: objects(lb["frontendIPConfigurations"] ?? lb["frontendIpConfigurations"]).map(decodeFrontend),
    rules: objects(lb["loadBalancingRules"]).map(decodeRule),
    pools: objects(lb["backendAddressPools"]).map((pool) => ({
      id: idOf(pool),
      members: Math.max(
        listOf(pool["loadBalancerBackendAddresses"]).length,
        listOf(pool["backendIPConfigurations"] ?? pool["backendIpConfigurations"]).length,
      ),
    })),
  };
}

export function decodePublicIp(json: unknown): AzurePublicIp {
  const ip = child(json);
  return {
    id: idOf(json),
    name: textOf(ip["name"]),
    ip: textOf(ip["ipAddress"]) || null,
    provisioningState: textOf(ip["provisioningState"]),
    attachedTo: refOrNull(ip["ipConfiguration"]),
  };
}

export function decodeCluster(json: unknown): AzureCluster {
  const cluster = child(json);
  const network = child(cluster["networkProfile"]);
  const balancer = child(network["loadBalancerProfile"]);
  const id = idOf(json);
  return {
    id,
    name: textOf(cluster["name"]),
    resourceGroup: textOf(cluster["resourceGroup"]) || (/\/resourcegroups\/([^/]+)/.exec(id)?.[1] ?? ""),
    networkPlugin: textOf(network["networkPlugin"]),
    networkPluginMode: textOf(network["networkPluginMode"]),
    podCidrs: [...new Set([textOf(network["podCidr"]), ...texts(network["podCidrs"])])].filter((text) => text !== ""),
    outboundType: textOf(network["outboundType"]),
    backendPoolType: textOf(balancer["backendPoolType"]),
    sharedProbe: textOf(balancer["clusterServiceLoadBalancerHealthProbeMode"]).toLowerCase() === "shared",
  };
}

/** The clusters of a subscription whose nodes are in the resource group. */
export function clustersOf(json: unknown, nodeResourceGroup: string): readonly AzureCluster[] {
  return listOf(json)
    .filter((one) => textOf(child(one)["nodeResourceGroup"]).toLowerCase() === nodeResourceGroup.toLowerCase())
    .map(decodeCluster);
}
