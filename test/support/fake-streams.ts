/** The WebSockets of an API server in this process: exec and port-forward as kubelets answer them, frames unmasked as a server's are. */
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Api } from "../../src/probe/api.ts";

export interface Stream {
  /** Path and query. */
  readonly url: string;
  send(channel: number, text: string | Uint8Array): void;
  /** Bytes as they are, for frames that are none of ours. */
  raw(bytes: Uint8Array): void;
  onMessage(hear: (channel: number, bytes: Buffer) => void): void;
  close(): void;
}

export interface FakeStreams {
  readonly api: Api;
  close(): void;
}

/** A server frame: final, not masked. */
export function serverFrame(opcode: number, payload: Uint8Array, final = true): Buffer {
  const { length } = payload;
  const header =
    length < 126
      ? Buffer.from([(final ? 0x80 : 0) | opcode, length])
      : Buffer.from([(final ? 0x80 : 0) | opcode, 126, length >> 8, length & 255]);
  return Buffer.concat([header, payload]);
}

/** Serves WebSockets; `refuse` answers the handshake with that status and body instead. */
export async function fakeStreams(
  serve: (stream: Stream) => void,
  refuse?: { readonly status: number; readonly body: string },
  request: Api["request"] = async () => ({ status: 404, headers: {}, text: "{}" }),
): Promise<FakeStreams> {
  const server: Server = createServer((_, response) => {
    response.writeHead(refuse?.status ?? 404, { "content-type": "application/json" });
    response.end(refuse?.body ?? "");
  });
  const open = new Set<Duplex>();
  if (refuse === undefined)
    server.on("upgrade", (asked, socket) => {
      open.add(socket);
      socket.on("error", () => undefined);
      const accept = createHash("sha1")
        .update(`${asked.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n`,
      );
      serve({
        url: asked.url ?? "",
        send: (channel, text) =>
          socket.write(serverFrame(2, Buffer.concat([Buffer.from([channel]), Buffer.from(text as string)]))),
        raw: (bytes) => void socket.write(bytes),
        onMessage: (hear) => {
          socket.on("data", (chunk: Buffer) => {
            const [, second = 0] = chunk;
            const short = second & 0x7f;
            const at = short === 126 ? 4 : 2;
            const length = short === 126 ? chunk.readUInt16BE(2) : short;
            const mask = chunk.subarray(at, at + 4);
            const body = Buffer.from(chunk.subarray(at + 4, at + 4 + length));
            for (let i = 0; i < body.length; i++) body[i] = (body[i] ?? 0) ^ (mask[i % 4] ?? 0);
            if (((chunk[0] ?? 0) & 0x0f) === 2) hear(body[0] ?? 0, body.subarray(1));
          });
        },
        close: () => {
          socket.write(serverFrame(8, Buffer.from([0x03, 0xe8])));
          socket.end();
        },
      });
    });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const route = {
    server: new URL(`http://127.0.0.1:${port}`),
    proxy: undefined,
    tls: { rejectUnauthorized: true },
  };
  return {
    api: {
      request,
      send: async () => ({ status: 500, headers: {}, text: "" }),
      serverDate: () => "2026-11-22T12:00:00Z",
      webSocket: () => ({ route, headers: { authorization: "Bearer t" } }),
    },
    close: () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
