import { createHash, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { dial } from "./dial.ts";
import type { WebSocketSettings } from "./transport.ts";

/** RFC 6455 section 1.3: what the server appends to our key before it hashes it. */
const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** A frame longer than this comes from nobody who means well. */
const LARGEST = 8 * 1024 * 1024;

const CONTINUATION = 0;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/**
 * The streams of exec and port-forward, which share one WebSocket: the first byte of each message is the number of its stream. Source: apimachinery
 * util/httpstream/wsstream and client-go tools/remotecommand, `v4.channel.k8s.io`.
 */
export interface Channels {
  send(channel: number, bytes: Uint8Array): void;
  /** Resolves when the server or we have closed; never rejects. */
  readonly closed: Promise<void>;
  close(): void;
}

/** `refused`: the server answered the request to upgrade with something else; mostly a Status object. */
export type Opened =
  | { readonly kind: "open"; readonly channels: Channels }
  | { readonly kind: "refused"; readonly status: number; readonly text: string };

export interface OpenOptions {
  /** With its query. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** Called for each message; the bytes are without the stream's number. */
  onData(channel: number, bytes: Buffer): void;
}

/** Opens the streams of one exec or port-forward, with the connection's own trust, proxy and credentials. Throws what dialling throws. */
export async function openChannels({ route, headers }: WebSocketSettings, options: OpenOptions): Promise<Opened> {
  const { path, signal, onData } = options;
  const [{ request }, { socket: dialled }] = await Promise.all([
    import("node:http"),
    dial(route, ["http/1.1"], signal),
  ]);
  const key = randomBytes(16).toString("base64");
  const prefix = route.server.pathname.replace(/\/+$/, "");
  return new Promise((resolve, reject) => {
    const asked = request({
      createConnection: () => dialled,
      path: `${prefix}${path}`,
      headers: {
        host: route.server.host,
        ...(headers as Record<string, string | string[]>),
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": key,
        "sec-websocket-protocol": "v4.channel.k8s.io",
      },
      signal,
    });
    asked.once("error", (error) => {
      dialled.destroy();
      reject(error);
    });
    asked.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        dialled.destroy();
        resolve({
          kind: "refused",
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString("utf8"),
        });
      });
    });
    asked.once("upgrade", (response, socket: Socket, head: Buffer) => {
      const expected = createHash("sha1").update(`${key}${MAGIC}`).digest("base64");
      if (response.headers["sec-websocket-accept"] !== expected) {
        socket.destroy();
        reject(new Error("the server's answer to the WebSocket handshake is not one to our request"));
        return;
      }
      resolve({ kind: "open", channels: channelsOver(socket, head, signal, onData) });
    });
    asked.end();
  });
}

function channelsOver(socket: Socket, head: Buffer, signal: AbortSignal, onData: OpenOptions["onData"]): Channels {
  const read = reader({
    onMessage: (bytes) => {
      if (bytes.length > 0) onData(bytes[0] ?? 0, bytes.subarray(1));
    },
    onPing: (bytes) => socket.write(frame(PONG, bytes)),
    onClose: () => socket.destroy(),
  });
  const abort = (): void => void socket.destroy();
  signal.addEventListener("abort", abort, { once: true });
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
  });
  // What broke is told by what did not come.
  socket.on("error", () => undefined);
  socket.on("data", read);
  if (head.length > 0) read(head);
  return {
    closed,
    send: (channel, bytes) => {
      if (!socket.destroyed) socket.write(frame(BINARY, Buffer.concat([Buffer.from([channel]), bytes])));
    },
    close: () => {
      if (socket.destroyed) return;
      // 1000: normal.
      socket.write(frame(CLOSE, Buffer.from([0x03, 0xe8])));
      socket.destroySoon();
    },
  };
}

/** One frame of ours: final, and masked as every client's must be (RFC 6455 section 5.3). */
export function frame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const long = length > 0xffff;
  const size = length < 126 ? 0 : long ? 8 : 2;
  const header = Buffer.alloc(2 + size);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | (size === 0 ? length : long ? 127 : 126);
  if (size === 2) header.writeUInt16BE(length, 2);
  if (size === 8) header.writeBigUInt64BE(BigInt(length), 2);
  const mask = randomBytes(4);
  const body = Buffer.from(payload);
  for (let i = 0; i < length; i++) body[i] = (body[i] ?? 0) ^ (mask[i % 4] ?? 0);
  return Buffer.concat([header, mask, body]);
}

export interface Hearers {
  onMessage(bytes: Buffer): void;
  onPing(bytes: Buffer): void;
  onClose(): void;
}

/** Cuts a stream of bytes into messages, whichever way it arrives in pieces. A frame that is none ends the connection. */
export function reader({ onMessage, onPing, onClose }: Hearers): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  let message: Buffer[] = [];
  let ended = false;
  const take = (): boolean => {
    if (pending.length < 2) return false;
    const [first = 0, second = 0] = pending;
    const short = second & 0x7f;
    const size = short === 126 ? 2 : short === 127 ? 8 : 0;
    const masked = (second & 0x80) !== 0;
    const at = 2 + size + (masked ? 4 : 0);
    if (pending.length < at) return false;
    const length = size === 0 ? short : size === 2 ? pending.readUInt16BE(2) : Number(pending.readBigUInt64BE(2));
    // A server never masks.
    if (masked || length > LARGEST) {
      ended = true;
      onClose();
      return false;
    }
    if (pending.length < at + length) return false;
    const payload = pending.subarray(at, at + length);
    pending = pending.subarray(at + length);
    const opcode = first & 0x0f;
    if (opcode === PING) onPing(payload);
    else if (opcode === CLOSE) {
      ended = true;
      onClose();
    } else if (opcode < CLOSE) {
      if (opcode !== CONTINUATION) message = [];
      message.push(payload);
      if ((first & 0x80) !== 0) {
        onMessage(Buffer.concat(message));
        message = [];
      }
    }
    return !ended;
  };
  return (chunk) => {
    if (ended) return;
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (take());
  };
}
