/** IP addresses and prefixes as numbers. Compare these, never the strings: `fd00::1` and `FD00:0::1` are one address. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export interface Cidr {
  readonly family: 4 | 6;
  /** First address of the prefix; host bits are zero. */
  readonly base: bigint;
  readonly bits: number;
  /** True when the text had bits set right of the mask (`10.0.0.1/24`): the API accepts it, some consumers do not. */
  readonly hostBits: boolean;
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    const octet = Number(part);
    // Decimal and without a leading zero, which some read as octal: such a number is written the same again.
    if (!(octet >= 0 && octet <= 255) || String(octet) !== part) return undefined;
    value = value * 256 + octet;
  }
  return BigInt(value);
}

function parseV6(text: string): bigint | undefined {
  let rest = text;
  let tail: string[] = [];
  const dotted = rest.lastIndexOf(":");
  if (rest.includes(".")) {
    const v4 = dotted < 0 ? undefined : parseV4(rest.slice(dotted + 1));
    if (v4 === undefined) return undefined;
    tail = [(v4 >> 16n).toString(16), (v4 & 0xffffn).toString(16)];
    rest = rest.slice(0, dotted + 1);
    rest = rest.endsWith("::") ? rest : rest.slice(0, -1);
  }
  const halves = rest.split("::");
  if (halves.length > 2) return undefined;
  const groups = (half: string | undefined): string[] => (half === undefined || half === "" ? [] : half.split(":"));
  const head = groups(halves[0]);
  const end = [...groups(halves[1]), ...tail];
  const known = head.length + end.length;
  if (halves.length === 1 ? known !== 8 : known > 7) return undefined;
  const all = [...head, ...Array<string>(8 - known).fill("0"), ...end];
  let value = 0n;
  for (const group of all) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return value;
}

/** Parses an IPv4 or IPv6 address (no zone, no brackets). An IPv4-mapped IPv6 address becomes IPv4. Undefined when it is none. */
export function parseAddress(text: string): Address | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { family: 4, value: v4 };
  if (!text.includes(":")) return undefined;
  const v6 = parseV6(text);
  if (v6 === undefined) return undefined;
  if (v6 >> 32n === 0xffffn) return { family: 4, value: v6 & 0xffffffffn };
  return { family: 6, value: v6 };
}

/** Parses `address/bits`. Undefined when the address, the slash or the mask is missing or wrong. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const mask = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(mask)) return undefined;
  const width = address.family === 4 ? 32 : 128;
  const bits = Number(mask);
  if (bits > width) return undefined;
  const base = (address.value >> BigInt(width - bits)) << BigInt(width - bits);
  return { family: address.family, base, bits, hostBits: base !== address.value };
}

/** Whether the prefix contains the address. Different families never match. */
export function contains(cidr: Omit<Cidr, "hostBits">, address: Address): boolean {
  if (cidr.family !== address.family) return false;
  const shift = BigInt((cidr.family === 4 ? 32 : 128) - cidr.bits);
  return address.value >> shift === cidr.base >> shift;
}

/** A canonical text of an address for comparing and printing; the text itself when it is no address. */
export function canonicalIp(text: string): string {
  // An IPv4 address has one spelling, and nearly all addresses are one.
  if (parseV4(text) !== undefined) return text;
  const address = parseAddress(text);
  if (address === undefined) return text;
  if (address.family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((address.value >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((address.value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const runs = [...groups.join(":").matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map((match) => match[0]);
  const longest = runs.reduce((a, b) => (b.length > a.length ? b : a), "");
  if (longest === "") return groups.join(":");
  const shortened = groups.join(":").replace(longest, "::");
  return shortened.replace(/:{3,}/, "::");
}

/** As numbers, because every start loads this file. */
const PRIVATE: readonly Omit<Cidr, "hostBits">[] = [
  // 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 169.254.0.0/16
  { family: 4, base: 0x0a00_0000n, bits: 8 },
  { family: 4, base: 0xac10_0000n, bits: 12 },
  { family: 4, base: 0xc0a8_0000n, bits: 16 },
  { family: 4, base: 0x6440_0000n, bits: 10 },
  { family: 4, base: 0xa9fe_0000n, bits: 16 },
  // fc00::/7, fe80::/10
  { family: 6, base: 0xfc00n << 112n, bits: 7 },
  { family: 6, base: 0xfe80n << 112n, bits: 10 },
];

/** RFC 1918, CGNAT 100.64/10, link-local and ULA: addresses that a client on the internet cannot reach. */
export function isPrivate(address: Address): boolean {
  return PRIVATE.some((cidr) => contains(cidr, address));
}
