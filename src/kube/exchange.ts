import type * as Http from "node:http";
import type * as Http2 from "node:http2";
import { type Dialed, dial, type Route } from "./dial.ts";

export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** One answer, as it came. */
export interface Exchanged {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** One request. A body goes with its `content-type` header. */
export interface Asked {
  readonly method: "GET" | "POST" | "DELETE" | "PATCH";
  readonly path: string;
  readonly headers: Headers;
  readonly body?: string;
}

/** An open way to the server over which requests can be sent side by side. */
export interface Exchange {
  send(request: Asked, signal: AbortSignal): Promise<Exchanged>;
  /** False when the server has ended the connection: dial again. */
  isUsable(): boolean;
  close(): void;
}

/** HTTP/2 when the server speaks it, all requests on one connection; else HTTP/1.1 with kept-alive connections. */
export async function openExchange(route: Route, signal: AbortSignal): Promise<Exchange> {
  // Loading node's HTTP/2 takes longer than connecting to a near server: it happens while the handshake waits for the network.
  const isTls = route.server.protocol === "https:";
  const [first, http2] = await Promise.all([
    dial(route, ["h2", "http/1.1"], signal),
    isTls ? import("node:http2") : undefined,
  ]);
  if (http2 !== undefined && first.protocol === "h2") return overHttp2(http2, first, route);
  return overHttp1(await import("node:http"), first, route);
}

/** Enough for the biggest list of one page: with the default of 64 KiB a distant server would wait for us again and again. */
const WINDOW = 16 * 1024 * 1024;

function overHttp2(http2: typeof Http2, dialed: Dialed, route: Route): Exchange {
  const session = http2.connect(route.server.origin, {
    createConnection: () => dialed.socket,
    settings: { initialWindowSize: WINDOW, enablePush: false },
  });
  let usable = true;
  const end = (): void => {
    usable = false;
  };
  session.once("connect", () => session.setLocalWindowSize(WINDOW));
  session.on("error", end).on("goaway", end).on("close", end);
  return {
    isUsable: () => usable && !session.closed && !session.destroyed,
    close: () => session.destroy(),
    send: ({ method, path, headers, body }, signal) =>
      new Promise((resolve, reject) => {
        const endStream = body === undefined;
        const asked = session.request({ ":method": method, ":path": path, ...mutable(headers) }, { signal, endStream });
        let head: Readonly<Record<string, string>> = {};
        let status = 0;
        const chunks: Buffer[] = [];
        asked.on("error", reject);
        asked.on("response", (received) => {
          status = received[":status"] ?? 0;
          head = plain(received);
        });
        asked.on("data", (chunk: Buffer) => chunks.push(chunk));
        // Not at "end": node ends the stream also when the connection breaks off, and only the code of the reset tells.
        asked.on("close", () => {
          if (status === 0 || asked.rstCode !== http2.constants.NGHTTP2_NO_ERROR) reject(broken());
          else decoded(chunks, head).then((text) => resolve({ status, headers: head, text }), reject);
        });
        if (!endStream) asked.end(body);
      }),
  };
}

function overHttp1(http: typeof Http, dialed: Dialed, route: Route): Exchange {
  let spare: Dialed | undefined = dialed;
  const closing = new AbortController();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  agent.createConnection = (_, callback) => {
    const taken = spare;
    spare = undefined;
    const fresh = taken === undefined ? dial(route, ["http/1.1"], closing.signal) : Promise.resolve(taken);
    fresh.then(
      ({ socket }) => callback?.(null, socket),
      (error: Error) => callback?.(error, dialed.socket),
    );
    return undefined;
  };
  return {
    isUsable: () => true,
    close: () => {
      closing.abort();
      spare?.socket.destroy();
      agent.destroy();
    },
    send: ({ method, path, headers, body }, signal) =>
      new Promise((resolve, reject) => {
        const asked = http.request({
          agent,
          method,
          path,
          signal,
          headers: { host: route.server.host, ...mutable(headers) },
        });
        asked.on("error", reject);
        asked.on("response", (received) => {
          const { statusCode: status = 0 } = received;
          const head = plain(received.headers);
          const chunks: Buffer[] = [];
          received.on("error", reject).on("aborted", () => reject(broken()));
          received.on("data", (chunk: Buffer) => chunks.push(chunk));
          received.on("end", () =>
            decoded(chunks, head).then((text) => resolve({ status, headers: head, text }), reject),
          );
        });
        asked.end(body);
      }),
  };
}

function broken(): Error {
  return Object.assign(new Error("the connection ended in the middle of an answer"), { code: "ECONNRESET" });
}

function mutable(headers: Headers): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
  );
}

function plain(headers: Http.IncomingHttpHeaders | Http2.IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || name.startsWith(":")) return [];
    return [[name, Array.isArray(value) ? value.join(", ") : String(value)]];
  });
  return Object.fromEntries(entries);
}

async function decoded(chunks: readonly Buffer[], headers: Readonly<Record<string, string>>): Promise<string> {
  const bytes = Buffer.concat(chunks);
  if (headers["content-encoding"] !== "gzip") return bytes.toString("utf8");
  const { gunzip } = await import("node:zlib");
  return new Promise((resolve, reject) => {
    gunzip(bytes, (error, plainBytes) => (error === null ? resolve(plainBytes.toString("utf8")) : reject(error)));
  });
}
