import type { AzureAppGateway, AzureFrontend } from "../model/azure-facts.ts";
import { canonicalIp } from "../model/cidr.ts";
import type { Gathered } from "../model/snapshot.ts";
import { decodePublicIp } from "./decode.ts";
import { decodeAppGateway, decodeBackendHealth } from "./decode-more.ts";
import { listed, type Query, unique } from "./reads.ts";

/** Which Application Gateways are looked at: none, all of the subscription, or those that hold one of these addresses. */
export type GatewayWish = "none" | "all" | readonly string[];

/** Each health question makes the gateway probe its servers anew, which takes seconds. */
const MAX_GATEWAYS = 3;
const MAX_ADDRESSES = 12;

/** The wished gateways of a subscription with the health of their servers. */
export async function readGateways(
  wish: GatewayWish,
  subscription: string,
  query: Query,
): Promise<Gathered<AzureAppGateway>> {
  if (wish === "none" || wish.length === 0)
    return { state: "unavailable", reason: "not-requested", detail: "no Ingress of an Application Gateway" };
  const all = listed(
    await query("network", "application-gateway", "list", "--subscription", subscription),
    decodeAppGateway,
  );
  if (all.state === "unavailable") return all;
  const chosen = wish === "all" ? all.items : await holding(all.items, wish, query);
  const gaps: string[] = [];
  const items = await Promise.all(
    chosen.slice(0, MAX_GATEWAYS).map(async (gateway): Promise<AzureAppGateway> => {
      // A stopped gateway has no health to show.
      if (gateway.operationalState !== "Running") return gateway;
      const answer = await query("network", "application-gateway", "show-backend-health", "--ids", gateway.id);
      const health = answer.state === "ok" ? decodeBackendHealth(answer.json) : null;
      if (health === null)
        gaps.push(`health of ${gateway.id}: ${answer.state === "failed" ? answer.detail : "not understood"}`);
      return { ...gateway, health };
    }),
  );
  return { state: "ok", items, ...(gaps.length === 0 ? {} : { gaps }) };
}

/** The gateways that hold one of the addresses. Public ones are looked up: a gateway names the address by its id only. */
async function holding(
  gateways: readonly AzureAppGateway[],
  addresses: readonly string[],
  query: Query,
): Promise<readonly AzureAppGateway[]> {
  const wanted = new Set(addresses.map(canonicalIp));
  const ids = unique(gateways.flatMap(({ frontends }) => frontends.map(({ publicIp }) => publicIp)));
  const looked = await Promise.all(
    ids.slice(0, MAX_ADDRESSES).map((id) => query("network", "public-ip", "show", "--ids", id)),
  );
  const held = new Set(
    looked.flatMap((answer) => {
      const ip = answer.state === "ok" ? decodePublicIp(answer.json) : undefined;
      return ip?.ip != null && wanted.has(canonicalIp(ip.ip)) ? [ip.id] : [];
    }),
  );
  const holds = ({ privateIp, publicIp }: AzureFrontend): boolean =>
    (privateIp !== null && wanted.has(canonicalIp(privateIp))) || (publicIp !== null && held.has(publicIp));
  return gateways.filter(({ frontends }) => frontends.some(holds));
}
