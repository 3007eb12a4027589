import { BlockList, isIP, isIPv4 } from "node:net";
import { UserError } from "../errors.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for `server`: the cluster's own proxy-url, else what the environment says, by the rules of Go's httpproxy.FromEnvironment, which
 * kubectl follows: upper-case names first, NO_PROXY with domains, addresses, CIDRs and ports, never for localhost and loopback addresses.
 * Throws UserError for a proxy address that is no URL or has an unknown scheme.
 */
export function proxyFor(server: URL, proxyUrl: string | undefined, env: Env): URL | undefined {
  if (proxyUrl !== undefined) return proxyAddress(proxyUrl, "proxy-url in the kubeconfig");
  const name = server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const value = env[name] || env[name.toLowerCase()];
  if (!value || isExempt(server, env["NO_PROXY"] || env["no_proxy"] || "")) return undefined;
  return proxyAddress(value, name);
}

const SCHEMES = ["http:", "https:", "socks5:", "socks5h:"];

function proxyAddress(value: string, source: string): URL {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || !SCHEMES.includes(url.protocol) || url.hostname === "" || !isEncoded(url))
    throw new UserError(`${source} is not the address of a proxy that can be used`, [
      "it should look like http://host:port, https://host:port or socks5://host:port",
    ]);
  return url;
}

/** Whether user and password are percent-encoded as they must be: a bare % is no URL to Go. */
function isEncoded({ username, password }: URL): boolean {
  return ![username, password].some((text) => /%(?![0-9a-f]{2})/i.test(text));
}

/** Host without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/** The port, also when it is the scheme's default. */
export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : url.protocol.startsWith("socks") ? 1080 : 80;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || (isIPv4(host) && host.startsWith("127.")) || host === "::1";
}

function isExempt(server: URL, noProxy: string): boolean {
  const host = hostOf(server).toLowerCase().replace(/\.$/, "");
  if (isLoopback(host)) return true;
  const port = portOf(server);
  return noProxy
    .split(",")
    .map((rule) => rule.trim().toLowerCase())
    .some((rule) => rule !== "" && matches(rule, host, port));
}

function matches(rule: string, host: string, port: number): boolean {
  if (rule === "*") return true;
  if (rule.includes("/")) return inRange(rule, host);
  const { name, wanted } = splitPort(rule);
  if (wanted !== undefined && wanted !== port) return false;
  if (isIP(name) !== 0) return inRange(`${name}/${isIP(name) === 4 ? 32 : 128}`, host);
  const domain = name.replace(/^\*(?=\.)/, "");
  // ".example.com" (and "*.example.com") exempts only what is below it, "example.com" itself too.
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function splitPort(rule: string): { readonly name: string; readonly wanted?: number } {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(rule);
  const plain = /^([^:]*):(\d+)$/.exec(rule);
  const [, name = rule, port] = bracketed ?? plain ?? [];
  return port === undefined ? { name } : { name, wanted: Number(port) };
}

function inRange(range: string, host: string): boolean {
  const family = isIP(host);
  const [network = "", bits = ""] = range.split("/");
  if (family === 0 || isIP(network) !== family || !/^\d+$/.test(bits)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), type);
  return list.check(host, type);
}
