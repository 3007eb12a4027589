/**
 * The cloud's part of a LoadBalancer service, run inside the router's network namespace:
 * gives each service an address of the pool, routes the address to the nodes that may serve it, and keeps the outside
 * zone's records. Forwarding keeps the destination address, as clouds with "floating IP" do; kube-proxy serves it.
 *
 * Left alone, so that a test can have a service without an address: `spec.loadBalancerClass` set (somebody else's), or the
 * annotation `netcheck.test/no-address: "true"`. The annotation `netcheck.test/hostname: a.netcheck.test` (`*.` allowed)
 * publishes the address under that name, or, with `netcheck.test/hostname-address: IP`, another one: a record that nobody changed.
 * With `netcheck.test/alias: x.azurefd.net` the name is an alias of that one, which has the address: as if a Front Door stood in front.
 * `netcheck.test/no-route: "true"` keeps the address and routes it to nobody, as a firewall or a forgotten route does.
 */
import { execFile } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Api, apiOf } from "./api.ts";
import { aliasZone, type Layout, layoutOf, net, zone } from "./layout.ts";
import { sleep } from "./proc.ts";

interface Service {
  metadata: { name: string; namespace: string; annotations?: Record<string, string>; deletionTimestamp?: string };
  spec: {
    type?: string;
    loadBalancerClass?: string;
    loadBalancerIP?: string;
    externalTrafficPolicy?: string;
    healthCheckNodePort?: number;
  };
  status?: { loadBalancer?: { ingress?: { ip?: string }[] | null } };
}

interface Node {
  status: {
    conditions?: { type: string; status: string }[];
    addresses?: { type: string; address: string }[];
  };
}

const pool = Array.from({ length: 200 }, (_, i) => net.loadBalancers.replace("0/24", String(i + 10)));

const ours = ({ metadata, spec }: Service): boolean =>
  spec.type === "LoadBalancer" &&
  spec.loadBalancerClass === undefined &&
  metadata.deletionTimestamp === undefined &&
  metadata.annotations?.["netcheck.test/no-address"] !== "true";

const addressOf = (service: Service): string | undefined => service.status?.loadBalancer?.ingress?.[0]?.ip;

async function list<T>(api: Api, path: string): Promise<T[]> {
  // From the API server's cache: this is asked every second.
  const { status, body } = await api("GET", `${path}?resourceVersion=0`);
  if (status !== 200) throw new Error(`${path}: HTTP ${status}`);
  return (JSON.parse(body) as { items: T[] }).items;
}

/** Gives and takes addresses. Returns those in use, with their services. */
async function assign(api: Api, services: readonly Service[]): Promise<Map<string, Service>> {
  const used = new Map<string, Service>();
  const patch = async (service: Service, ip: string | undefined): Promise<void> => {
    const { namespace, name } = service.metadata;
    const body = { status: { loadBalancer: { ingress: ip === undefined ? null : [{ ip, ipMode: "VIP" }] } } };
    const { status } = await api("PATCH", `/api/v1/namespaces/${namespace}/services/${name}/status`, body);
    console.log(`${namespace}/${name}: ${ip ?? "no address"} (HTTP ${status})`);
  };
  for (const service of services) {
    const ip = addressOf(service);
    if (ip === undefined || !pool.includes(ip)) continue;
    if (ours(service)) used.set(ip, service);
    else if (service.spec.loadBalancerClass === undefined) await patch(service, undefined);
  }
  for (const service of services) {
    if (!ours(service) || addressOf(service) !== undefined) continue;
    const wanted = service.spec.loadBalancerIP;
    const ip = wanted
      ? [wanted].find((one) => pool.includes(one) && !used.has(one))
      : pool.find((one) => !used.has(one));
    if (ip === undefined) continue; // as a cloud does: the address stays pending
    used.set(ip, service);
    await patch(service, ip);
  }
  return used;
}

/** Does the node's health check for `externalTrafficPolicy: Local` say that it has a ready endpoint? */
function healthy(node: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const call = get({ host: node, port, path: "/healthz", timeout: 500 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve(false));
  });
}

const routed = new Map<string, string>();

/** Routes each address to the nodes that may serve it; without one it falls into the pool's black hole. */
async function route(used: ReadonlyMap<string, Service>, nodes: readonly string[]): Promise<void> {
  const ip = (...args: string[]): Promise<unknown> => promisify(execFile)("ip", ["route", ...args]);
  for (const [address, { metadata, spec }] of used) {
    const port = spec.externalTrafficPolicy === "Local" ? spec.healthCheckNodePort : undefined;
    const lost = metadata.annotations?.["netcheck.test/no-route"] === "true";
    const checks = await Promise.all(nodes.map((node) => (port ? healthy(node, port) : true)));
    const via = nodes.filter((_, i) => checks[i] && !lost);
    const now = via.join(" ");
    if (routed.get(address) === now) continue;
    if (via.length > 0) await ip("replace", address, ...via.flatMap((node) => ["nexthop", "via", node]));
    else if (routed.get(address)) await ip("del", address);
    routed.set(address, now);
    console.log(`${address} via ${now || "no node"}`);
  }
  for (const [address, via] of routed) {
    if (used.has(address)) continue;
    if (via !== "") await ip("del", address);
    routed.delete(address);
  }
}

let published = "";

/** Writes the zones when a record changed; the name server rereads them by their serial. */
function publish({ zoneFile, aliasFile }: Layout, used: ReadonlyMap<string, Service>): void {
  const named = [...used].flatMap(([ip, { metadata }]) => {
    const { annotations = {} } = metadata;
    const name = annotations["netcheck.test/hostname"];
    const address = annotations["netcheck.test/hostname-address"] ?? ip;
    const alias = annotations["netcheck.test/alias"];
    if (name?.endsWith(`.${zone}`) !== true || !isIPv4(address)) return [];
    return [{ name, address, ...(alias?.endsWith(`.${aliasZone}`) === true ? { alias } : {}) }];
  });
  const records = named.map(({ name, address, alias }) =>
    alias === undefined ? `${name}. 5 IN A ${address}` : `${name}. 5 IN CNAME ${alias}.`,
  );
  const aliases = named.flatMap(({ alias, address }) => (alias === undefined ? [] : [`${alias}. 5 IN A ${address}`]));
  const [text, more] = [records.sort().join("\n"), aliases.sort().join("\n")];
  if (`${text}\n${more}` === published) return;
  const serial = Math.floor(Date.now() / 1000);
  replace(aliasFile, `${zoneHead(serial, aliasZone)}${more}\n`);
  replace(zoneFile, `${zoneHead(serial)}${text}\n`);
  published = `${text}\n${more}`;
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** Head of a zone file: authority and name server. */
export function zoneHead(serial: number, origin = zone): string {
  return `$ORIGIN ${origin}.\n@ 5 IN SOA ns admin ${serial} 5 5 60 5\n@ 5 IN NS ns\nns 5 IN A ${net.laptop}\n`;
}

async function main(cluster: string): Promise<never> {
  const layout = layoutOf(cluster);
  const api = apiOf(join(layout.pki, "load-balancers.kubeconfig"));
  for (;;) {
    try {
      const used = await assign(api, await list<Service>(api, "/api/v1/services"));
      const nodes = (await list<Node>(api, "/api/v1/nodes"))
        .filter(({ status }) => status.conditions?.some((one) => one.type === "Ready" && one.status === "True"))
        .flatMap(({ status }) => status.addresses?.find((one) => one.type === "InternalIP")?.address ?? [])
        .sort();
      await route(used, nodes);
      publish(layout, used);
    } catch (error) {
      console.log(error instanceof Error ? error.message : String(error));
    }
    await sleep(1000);
  }
}

if (process.argv[1] === import.meta.filename) await main(process.argv[2] ?? "default");
