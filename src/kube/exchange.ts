import type * as Http from "node:http";
import { type Dialed, dial, type Route } from "./dial.ts";
import type { Field } from "./http2/hpack.ts";
import { openSession } from "./http2/session.ts";
import { abortSignal, Canceller, type Signal } from "./signal.ts";

/** The content type of what is no text. */
export const PROTOBUF = "application/vnd.kubernetes.protobuf";

export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** One answer, as it came. */
export interface Exchanged {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body; "" when it is protobuf. */
  readonly text: string;
  /** The body when it is protobuf. */
  readonly protobuf?: Buffer;
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
  send(request: Asked, signal: Signal): Promise<Exchanged>;
  /** False when the server has ended the connection: dial again. */
  isUsable(): boolean;
  close(): void;
}

/** HTTP/2 when the server speaks it, all requests on one connection; else HTTP/1.1 with kept-alive connections. */
export async function openExchange(route: Route, signal: Signal): Promise<Exchange> {
  const first = await dial(route, ["h2", "http/1.1"], signal);
  if (first.protocol === "h2") return overHttp2(first, route);
  return overHttp1(await import("node:http"), first, route);
}

function overHttp2(dialed: Dialed, route: Route): Exchange {
  const session = openSession(dialed.socket, dialed.read);
  const { host } = route.server;
  return {
    isUsable: () => session.isUsable(),
    close: () => session.close(),
    send: async ({ method, path, headers, body }, signal) => {
      const fields: readonly Field[] = [
        [":method", method],
        [":scheme", "https"],
        [":authority", host],
        [":path", path],
        ...Object.entries(headers).flatMap(([name, value]) =>
          [value].flat().map((one): Field => [name.toLowerCase(), one]),
        ),
      ];
      const given = body === undefined ? undefined : Buffer.from(body);
      const { status, headers: received, body: bytes } = await session.request(fields, given, signal);
      return { status, headers: received, ...(await decoded(bytes, received)) };
    },
  };
}

function overHttp1(http: typeof Http, dialed: Dialed, route: Route): Exchange {
  let spare: Dialed | undefined = dialed;
  const closing = new Canceller();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  agent.createConnection = (_, callback) => {
    const taken = spare;
    spare = undefined;
    const fresh = taken === undefined ? dial(route, ["http/1.1"], closing) : Promise.resolve(taken);
    fresh.then(
      ({ socket }) => callback?.(null, socket),
      (error: Error) => callback?.(error, dialed.socket),
    );
    return undefined;
  };
  return {
    isUsable: () => true,
    close: () => {
      closing.abort(broken());
      spare?.socket.destroy();
      agent.destroy();
    },
    send: ({ method, path, headers, body }, signal) =>
      new Promise((resolve, reject) => {
        const asked = http.request({
          agent,
          method,
          path,
          signal: abortSignal(signal),
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
            decoded(Buffer.concat(chunks), head).then((body) => resolve({ status, headers: head, ...body }), reject),
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

function plain(headers: Http.IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || name.startsWith(":")) return [];
    return [[name, Array.isArray(value) ? value.join(", ") : String(value)]];
  });
  return Object.fromEntries(entries);
}

type Body = Pick<Exchanged, "text" | "protobuf">;

async function decoded(bytes: Buffer, headers: Readonly<Record<string, string>>): Promise<Body> {
  const isProtobuf = headers["content-type"]?.startsWith(PROTOBUF) === true;
  const bodyOf = (plain: Buffer): Body =>
    isProtobuf ? { text: "", protobuf: plain } : { text: plain.toString("utf8") };
  if (headers["content-encoding"] !== "gzip") return bodyOf(bytes);
  const { gunzip } = await import("node:zlib");
  return new Promise((resolve, reject) => {
    gunzip(bytes, (error, plainBytes) => (error === null ? resolve(bodyOf(plainBytes)) : reject(error)));
  });
}
