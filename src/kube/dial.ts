import { connect as connectTcp, isIP, type OnReadOpts, type Socket, type TcpSocketConnectOpts } from "node:net";
import * as tls from "node:tls";
import { systemAuthorities, withoutDefaultAuthorities } from "./authorities.ts";
import type { TlsSettings } from "./credentials.ts";
import { ProxyError, UnansweredLookup } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import { hostOf, portOf } from "./proxy.ts";
import { abortSignal, type Signal } from "./signal.ts";

/** Where and how to connect. */
export interface Route {
  readonly server: URL;
  readonly proxy: URL | undefined;
  readonly tls: TlsSettings;
}

/** An open connection to the server, and the protocol both agreed on. */
export interface Dialed {
  readonly socket: Socket;
  readonly protocol: "h2" | "http/1.1";
  /** Hands on what comes over an `h2` connection; its socket may emit no `data`. To be called once. */
  readonly read: (take: (bytes: Buffer) => void) => void;
}

/**
 * Opens a connection to the server, through the proxy if there is one, with TLS if it is https. `protocols` are offered by ALPN, the
 * preferred first. Throws what node throws, or ProxyError. Aborting `signal` ends the attempt.
 */
export async function dial(route: Route, protocols: readonly ("h2" | "http/1.1")[], signal: Signal): Promise<Dialed> {
  const { server, proxy } = route;
  const isTls = server.protocol === "https:";
  if (!isTls || proxy !== undefined) {
    const raw = proxy === undefined ? await openTcp(server, signal) : await throughProxy(route, proxy, signal);
    if (!isTls) return { socket: raw, protocol: "http/1.1", read: readerOf(raw) };
    const over = await secure({ socket: raw }, hostOf(server), route.tls, protocols, signal);
    return { socket: over, protocol: agreed(over), read: readerOf(over) };
  }
  const direct = { host: hostOf(server), port: portOf(server), noDelay: true, keepAlive: true };
  if (!protocols.includes("h2")) {
    const socket = await secure(direct, hostOf(server), route.tls, protocols, signal);
    return { socket, protocol: "http/1.1", read: readerOf(socket) };
  }
  const inbox = new Inbox();
  const socket = await secure({ ...direct, onread: inbox.onread }, hostOf(server), route.tls, protocols, signal);
  const protocol = agreed(socket);
  if (protocol === "http/1.1") inbox.leaveTo(socket);
  return { socket, protocol, read: (take) => inbox.giveTo(take) };
}

function agreed({ alpnProtocol }: tls.TLSSocket): Dialed["protocol"] {
  return alpnProtocol === "h2" ? "h2" : "http/1.1";
}

/** By the socket's stream. */
function readerOf(socket: Socket): Dialed["read"] {
  return (take) => {
    socket.on("data", take);
  };
}

/** Resolves on `event`, rejects on error, early end or abort; on failure the socket is destroyed. */
function ready(socket: Socket, event: "connect" | "secureConnect", signal: Signal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      socket.off(event, succeed).off("error", fail).off("close", closed);
      signal.removeEventListener("abort", aborted);
      act();
    };
    const succeed = (): void => settle(resolve);
    const fail = (error: Error): void =>
      settle(() => {
        socket.destroy();
        reject(error);
      });
    const closed = (): void => fail(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
    const aborted = (): void => {
      socket.on("error", () => undefined);
      fail(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    };
    socket.once(event, succeed).once("error", fail).once("close", closed);
    if (signal.aborted) aborted();
    else signal.addEventListener("abort", aborted, { once: true });
  });
}

async function openTcp(url: URL, signal: Signal): Promise<Socket> {
  const host = hostOf(url);
  const socket = connectTcp({ host, port: portOf(url), noDelay: true, keepAlive: true });
  await reached(socket, host, "connect", signal);
  return socket;
}

/** `ready` for a socket that connects to `host` by itself. A silent DNS server is told from a silent host. */
async function reached(
  socket: Socket,
  host: string,
  event: "connect" | "secureConnect",
  signal: Signal,
): Promise<void> {
  let isResolved = isIP(host) !== 0;
  socket.once("lookup", () => {
    isResolved = true;
  });
  try {
    await ready(socket, event, signal);
  } catch (error) {
    throw signal.aborted && !isResolved ? new UnansweredLookup(`no DNS server answered for ${host}`) : error;
  }
}

/** TLS over a connection that is there, or over one that is made meanwhile: making the context takes as long as a near server to answer. */
async function secure(
  over: { readonly socket: Socket } | (TcpSocketConnectOpts & { readonly host: string; readonly onread?: OnReadOpts }),
  host: string,
  settings: TlsSettings,
  protocols: readonly string[],
  signal: Signal,
): Promise<tls.TLSSocket> {
  const { ca, cert, key, rejectUnauthorized, servername = host } = settings;
  withoutDefaultAuthorities();
  const socket = tls.connect({
    ...over,
    ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
    ...(cert === undefined ? {} : { cert, key }),
    ca: ca ?? systemAuthorities(),
    rejectUnauthorized,
    // RFC 6066 allows no address as SNI; it is checked against the certificate all the same.
    ...(isIP(servername) === 0 ? { servername } : {}),
    checkServerIdentity: (_, certificate) => tls.checkServerIdentity(servername, certificate),
  });
  if ("socket" in over) await ready(socket, "secureConnect", signal);
  else await reached(socket, over.host, "secureConnect", signal);
  return socket;
}

async function throughProxy(route: Route, proxy: URL, signal: Signal): Promise<Socket> {
  const host = hostOf(route.server);
  const port = portOf(route.server);
  let socket: Socket;
  try {
    socket = await openTcp(proxy, signal);
    if (proxy.protocol === "https:") {
      const { ca, rejectUnauthorized } = route.tls;
      const authorities = systemAuthorities()
        .concat(ca ?? [])
        .join("\n");
      socket = await secure({ socket }, hostOf(proxy), { ca: authorities, rejectUnauthorized }, [], signal);
    }
  } catch (error) {
    if (error instanceof UnansweredLookup) throw new ProxyError(`cannot be reached (${error.message})`);
    if (signal.aborted) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ProxyError(`cannot be reached (${code ?? message})`);
  }
  if (proxy.protocol.startsWith("socks")) {
    const { socksConnect } = await import("./socks5.ts");
    const stop = (): void => void socket.destroy();
    signal.addEventListener("abort", stop, { once: true });
    try {
      await socksConnect(socket, proxy, host, port);
    } finally {
      signal.removeEventListener("abort", stop);
    }
    return socket;
  }
  return connectTunnel(socket, proxy, `${host.includes(":") ? `[${host}]` : host}:${port}`, signal);
}

async function connectTunnel(socket: Socket, proxy: URL, target: string, signal: Signal): Promise<Socket> {
  const { request } = await import("node:http");
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return new Promise((resolve, reject) => {
    const asked = request({
      method: "CONNECT",
      path: target,
      createConnection: () => socket,
      headers: {
        host: target,
        ...(proxy.username === ""
          ? {}
          : { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` }),
      },
      signal: abortSignal(signal),
    });
    asked.once("connect", (response, tunnel: Socket, head: Buffer) => {
      if (response.statusCode === 200) {
        if (head.length > 0) tunnel.unshift(head);
        resolve(tunnel);
        return;
      }
      tunnel.destroy();
      const why = response.statusCode === 407 ? "wants a user name and password, or others" : "refused the connection";
      reject(new ProxyError(`${why} (${response.statusCode} ${response.statusMessage ?? ""})`));
    });
    asked.once("error", (error: NodeJS.ErrnoException) => {
      reject(signal.aborted ? error : new ProxyError(`closed the connection (${error.code ?? error.message})`));
    });
    asked.end();
  });
}
