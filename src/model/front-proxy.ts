/**
 * Proxies in front of a cluster's address (Front Door, API Management, CDN, Traffic Manager, Application Gateway, Cloudflare), recognised from what DNS
 * and the answer itself show. Pure; names and headers are data that somebody else gathered.
 */

export type FrontProxyKind =
  | "front-door"
  | "azure-cdn"
  | "api-management"
  | "traffic-manager"
  | "application-gateway"
  | "cloudflare"
  | "akamai"
  | "fastly"
  | "cloudfront"
  | "unknown-proxy";

export interface FrontProxy {
  readonly kind: FrontProxyKind;
  readonly title: string;
  /** What it was read from: `CNAME shop.azurefd.net`, `header x-azure-ref`. */
  readonly evidence: readonly string[];
  /** `named`: by its own name or header. `likely`: by a header that somebody else may set as well. */
  readonly confidence: "certain" | "likely";
  /** Whether requests pass through it. Traffic Manager answers in DNS only. */
  readonly carries: boolean;
  /** What the Service and the policies see as the client. */
  readonly source: string;
  /** What cuts a slow answer short. */
  readonly timeout: string;
}

interface Known {
  readonly kind: FrontProxyKind;
  readonly title: string;
  /** Ends of the names in a CNAME chain. */
  readonly names: readonly string[];
  /** Lower-case header names, with a pattern of the value where the name alone is not enough. `sure`: nobody else sets it. */
  readonly headers: readonly { readonly name: string; readonly value?: RegExp; readonly sure: boolean }[];
  readonly carries: boolean;
  readonly source: string;
  readonly timeout: string;
}

const FORWARDED = "its own addresses; the client's stands in X-Forwarded-For";

/** Sources: each product's documentation of its host names, response headers, back-end addresses and limits. The order is that of a tie. */
const KNOWN: readonly Known[] = [
  {
    kind: "front-door",
    title: "Azure Front Door",
    names: ["azurefd.net", "t-msedge.net", "afd.azureedge.net", "azurefd.us", "azurefd.cn"],
    headers: [
      { name: "x-azure-ref", sure: true },
      { name: "x-msedge-ref", sure: true },
    ],
    carries: true,
    source: `${FORWARDED}. Allow the service tag AzureFrontDoor.Backend and check X-Azure-FDID`,
    timeout:
      "an answer of the origin has to begin within 30 or 60 s by default, as tier and age have it (16 to 240 s), then 503 or 504",
  },
  {
    kind: "azure-cdn",
    title: "Azure CDN",
    names: ["azureedge.net", "azureedge.us", "azureedge.cn"],
    headers: [],
    carries: true,
    source: FORWARDED,
    timeout: "the CDN's own; answers may come from its cache",
  },
  {
    kind: "api-management",
    title: "Azure API Management",
    names: ["azure-api.net", "azure-api.us", "azure-api.cn"],
    headers: [{ name: "ocp-apim-trace-location", sure: true }],
    carries: true,
    source: "the gateway's address (public, or of its subnet in the virtual network)",
    timeout:
      "forward-request waits 300 s by default; the load balancer in front of the gateway ends idle connections after 4 minutes",
  },
  {
    kind: "traffic-manager",
    title: "Azure Traffic Manager",
    names: ["trafficmanager.net", "usgovtrafficmanager.net", "trafficmanager.cn"],
    headers: [],
    carries: false,
    source: "the client's own: it chooses an endpoint in DNS and carries no traffic",
    timeout: "none; clients keep the old endpoint for the TTL of the name",
  },
  {
    kind: "application-gateway",
    title: "Azure Application Gateway",
    names: [],
    headers: [{ name: "server", value: /^Microsoft-Azure-Application-Gateway\//i, sure: true }],
    carries: true,
    source: "addresses of the gateway's subnet; the client's stands in X-Forwarded-For",
    timeout: "20 s by default in its backend settings, then 504 (v2) or 502",
  },
  {
    kind: "cloudflare",
    title: "Cloudflare",
    names: ["cdn.cloudflare.net", "cfargotunnel.com"],
    headers: [
      { name: "cf-ray", sure: true },
      { name: "server", value: /^cloudflare$/i, sure: true },
    ],
    carries: true,
    source: "Cloudflare's addresses; the client's stands in CF-Connecting-IP and X-Forwarded-For",
    timeout: "an answer has to begin within about 100 s, then 524",
  },
  {
    kind: "akamai",
    title: "Akamai",
    names: ["edgekey.net", "edgesuite.net", "akamaiedge.net", "akamai.net"],
    headers: [
      { name: "server", value: /^AkamaiGHost$/i, sure: true },
      { name: "x-akamai-request-id", sure: true },
    ],
    carries: true,
    source: "Akamai's addresses; the client's stands in True-Client-IP or X-Forwarded-For",
    timeout: "the property's own",
  },
  {
    kind: "fastly",
    title: "Fastly",
    names: ["fastly.net", "fastlylb.net"],
    headers: [{ name: "x-served-by", value: /^cache-/i, sure: false }],
    carries: true,
    source: "Fastly's addresses; the client's stands in Fastly-Client-IP",
    timeout: "the first byte has to come within 15 s by default, then 503",
  },
  {
    kind: "cloudfront",
    title: "Amazon CloudFront",
    names: ["cloudfront.net"],
    headers: [{ name: "x-amz-cf-id", sure: true }],
    carries: true,
    source: "CloudFront's addresses; the client's stands in X-Forwarded-For",
    timeout: "30 s by default for the origin, then 504",
  },
];

/** What was seen on the way to a name. Header names in any case; values as they came. */
export interface SeenInFront {
  /** Names that the cluster's objects hold for the way in, with where they stand: `status.loadBalancer.ingress`. */
  readonly names?: readonly { readonly name: string; readonly where: string }[];
  /** The names that DNS gave for the asked one, in order, without the asked one: `CNAME` targets. */
  readonly cnames?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The proxies in front, from the client inwards as far as DNS tells, each once. Empty when nothing points to one: that proves nothing, since a proxy may
 * have an address record and hide its headers. A `Via` header that no known product explains is an unknown proxy.
 */
export function frontProxies({ names: told = [], cnames = [], headers = {} }: SeenInFront): readonly FrontProxy[] {
  const seen = [...told, ...cnames.map((name) => ({ name, where: "CNAME" }))];
  const names = seen.map(({ name }) => name.toLowerCase().replace(/\.$/, ""));
  const fields = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const found = KNOWN.flatMap((known) => {
    const at = names.findIndex((name) => endOf(known, name) !== undefined);
    const shown = known.headers.filter(({ name, value }) => {
      const text = fields.get(name);
      return text !== undefined && (value === undefined || value.test(text));
    });
    // afd.azureedge.net is a Front Door; the longer end wins over azureedge.net of the CDN.
    const name = names[at];
    const stolen =
      name !== undefined &&
      KNOWN.some((other) => (endOf(other, name) ?? "").length > (endOf(known, name) ?? "").length);
    const byName = name === undefined || stolen ? [] : [`${seen[at]?.where ?? ""} ${name}`];
    const evidence = [...byName, ...shown.map((one) => `header ${one.name}`)];
    if (evidence.length === 0) return [];
    const sure = byName.length > 0 || shown.some((one) => one.sure);
    return [{ at: byName.length > 0 ? at : names.length, proxy: proxyOf(known, evidence, sure) }];
  });
  const named = found.toSorted((a, b) => a.at - b.at).map(({ proxy }) => proxy);
  const via = fields.get("via");
  if (via === undefined || named.some(({ carries }) => carries)) return named;
  return [
    ...named,
    {
      kind: "unknown-proxy",
      title: `a proxy (${via})`,
      evidence: [`header via: ${via}`],
      confidence: "likely",
      carries: true,
      source: "the proxy's address",
      timeout: "the proxy's own",
    },
  ];
}

function endOf({ names }: Known, name: string): string | undefined {
  return names.filter((end) => name === end || name.endsWith(`.${end}`)).toSorted((a, b) => b.length - a.length)[0];
}

function proxyOf(
  { kind, title, carries, source, timeout }: Known,
  evidence: readonly string[],
  sure: boolean,
): FrontProxy {
  return { kind, title, evidence, confidence: sure ? "certain" : "likely", carries, source, timeout };
}
