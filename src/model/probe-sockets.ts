/** One socket that waits for clients: TCP in state LISTEN, or a bound UDP socket without a peer. */
export interface ListeningSocket {
  readonly protocol: "TCP" | "UDP";
  readonly family: 4 | 6;
  /** Canonical text; `0.0.0.0` and `::` are wildcards. An IPv4 address mapped into IPv6 is shown as IPv4. */
  readonly address: string;
  readonly port: number;
}

/** What `/proc/net` of a pod's network namespace lists. */
export interface SocketTable {
  readonly namespace: string;
  readonly pod: string;
  /** Sockets that were there in both reads, two seconds apart: what comes and goes says nothing. */
  readonly sockets: readonly ListeningSocket[];
}

/** Binds every address of its family; `::` nearly always takes IPv4 too, and the table cannot show when it does not. */
export function isWildcard(socket: ListeningSocket): boolean {
  return socket.address === "0.0.0.0" || socket.address === "::";
}

/** Reachable only from inside the pod: 127.0.0.0/8 or ::1. */
export function isLoopback(socket: ListeningSocket): boolean {
  return socket.address.startsWith("127.") || socket.address === "::1";
}

/** Whether a client that dials an address of `family` from outside the pod reaches the socket, the pod's own addresses being `ips`. */
export function takesFamily(socket: ListeningSocket, family: 4 | 6, ips: readonly string[]): boolean {
  if (socket.address === "::") return true;
  if (socket.family !== family) return false;
  return socket.address === "0.0.0.0" || ips.includes(socket.address);
}

const STATE_LISTEN = "0A";
const STATE_UDP_BOUND = "07";

/** Little-endian 32-bit words, as the kernel prints them, to the bytes of the address in network order. */
function bytesOf(hex: string): readonly number[] {
  const words = hex.match(/.{8}/g) ?? [];
  return words.flatMap((word) => (word.match(/../g) ?? []).toReversed().map((byte) => Number.parseInt(byte, 16)));
}

function addressOf(hex: string): { readonly family: 4 | 6; readonly address: string } | undefined {
  const bytes = bytesOf(hex);
  if (bytes.length === 4) return { family: 4, address: bytes.join(".") };
  if (bytes.length !== 16) return undefined;
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (mapped) return { family: 4, address: bytes.slice(12).join(".") };
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  return { family: 6, address: compressed(groups) };
}

/** RFC 5952: the longest run of zero groups becomes `::`. */
function compressed(groups: readonly number[]): string {
  let best = { at: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > best.length) best = { at: i, length };
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  if (best.at < 0) return text(groups);
  return `${text(groups.slice(0, best.at))}::${text(groups.slice(best.at + best.length))}`;
}

/**
 * The listening sockets in `/proc/net/tcp`, `tcp6`, `udp`, `udp6` (`name` says which). Lines that are none are left out.
 * Source: Linux Documentation/networking/proc_net_tcp.rst; addresses are words in the machine's byte order, little-endian on every
 * platform that Kubernetes runs on but s390x.
 */
export function parseProcNet(name: string, text: string): readonly ListeningSocket[] {
  const protocol = name.startsWith("udp") ? "UDP" : "TCP";
  return text.split("\n").flatMap((line): readonly ListeningSocket[] => {
    const fields = line.trim().split(/\s+/);
    const [, local = "", , state] = fields;
    const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/i.exec(local);
    if (match === null || state?.toUpperCase() !== (protocol === "TCP" ? STATE_LISTEN : STATE_UDP_BOUND)) return [];
    const bound = addressOf(match[1] ?? "");
    const port = Number.parseInt(match[2] ?? "", 16);
    return bound === undefined || port === 0 ? [] : [{ protocol, port, ...bound }];
  });
}
