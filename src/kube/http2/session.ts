/**
 * An HTTP/2 client over a connection that is there: RFC 9113, for requests of a name, and answers read whole. node:http2 does the same and far more; to load it
 * and what it loads takes longer than all requests of a run together: a tenth of a run that takes 90 ms.
 */
import type { Socket } from "node:net";
import type { Signal } from "../signal.ts";
import {
  CODE,
  contentOf,
  FLAG,
  type Frame,
  FrameReader,
  frame,
  number32,
  SETTING,
  settings,
  TYPE,
  Violation,
} from "./frames.ts";
import { type Decoded, decodeFields, encodeFields, type Field } from "./hpack.ts";

export interface Reply {
  readonly status: number;
  /** By name, in lower case; a name that came twice has its values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Session {
  /** Sends a request. Throws an error with code ECONNRESET when the connection ends before its answer has; aborting takes it back. */
  request(fields: readonly Field[], body: Buffer | undefined, signal: Signal): Promise<Reply>;
  /** False when the server takes no more requests: dial again. */
  isUsable(): boolean;
  close(): void;
}

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
/** What a server may send before it hears of us again, a stream and all together: more than the longest page of a list, or a distant one would wait. */
const WINDOW = 16 * 1024 * 1024;
/** RFC 9113, section 6.9.2: until the settings say otherwise. */
const FIRST_WINDOW = 65_535;
const MOST_WINDOW = 2 ** 31 - 1;
/** Milliseconds until a closed session destroys its socket, if the process lives on. */
const LINGER = 100;
/** A server that sends more bytes of headers for one answer is out of its mind. */
const LONGEST_HEADERS = 1024 * 1024;

interface Stream {
  readonly id: number;
  headers: Readonly<Record<string, string>>;
  status: number;
  readonly chunks: Buffer[];
  /** Bytes that have come since we last opened the window. */
  received: number;
  /** What may still be sent of `unsent`. */
  window: number;
  unsent: Buffer | undefined;
  readonly settle: (outcome: Reply | Error) => void;
}

/** Header fields that come in parts: HEADERS and its CONTINUATIONs. */
interface Block {
  readonly stream: number;
  readonly endsStream: boolean;
  readonly parts: Buffer[];
  length: number;
}

/** Begins a session on a socket whose TLS has agreed on `h2`, and of which `read` hands on what comes. The socket is the session's from then on. */
export function openSession(socket: Socket, read: (take: (bytes: Buffer) => void) => void): Session {
  const connection = new Http2Connection(socket, read);
  return {
    request: (fields, body, signal) => connection.request(fields, body, signal),
    isUsable: () => connection.isUsable(),
    close: () => connection.close(),
  };
}

/** The connection broke; sending again over another one may help (isBroken in errors.ts). */
function broken(message = "the connection ended in the middle of an answer"): Error {
  return Object.assign(new Error(message), { code: "ECONNRESET" });
}

class Http2Connection {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #decoded: Decoded = new Map();
  readonly #streams = new Map<number, Stream>();
  readonly #unwritten: Buffer[] = [];
  /** Requests that wait until the server takes one more at a time. */
  readonly #waiting: (() => void)[] = [];
  #nextId = 1;
  #isEnded = false;
  #received = 0;
  #window = FIRST_WINDOW;
  #streamWindow = FIRST_WINDOW;
  #maxFrame = 16_384;
  #maxStreams = Number.POSITIVE_INFINITY;
  #block: Block | undefined;

  constructor(socket: Socket, read: (take: (bytes: Buffer) => void) => void) {
    this.#socket = socket;
    socket.on("error", (error) => this.#end(error));
    socket.on("end", () => this.#end(broken()));
    socket.on("close", () => this.#end(broken()));
    const own = settings([
      [SETTING.headerTableSize, 0],
      [SETTING.enablePush, 0],
      [SETTING.initialWindowSize, WINDOW],
    ]);
    this.#write(PREFACE);
    this.#write(frame(TYPE.settings, 0, 0, own));
    this.#write(frame(TYPE.windowUpdate, 0, 0, number32(WINDOW - FIRST_WINDOW)));
    read((bytes) => this.#take(bytes));
  }

  isUsable(): boolean {
    return !this.#isEnded && !this.#socket.destroyed;
  }

  close(): void {
    this.#abandon(broken("the connection was closed"));
    // A process that ends lets go of the socket by itself, which is faster: to destroy one, node even opens standard error.
    this.#socket.unref();
    setTimeout(() => this.#socket.destroy(), LINGER).unref();
  }

  async request(fields: readonly Field[], body: Buffer | undefined, signal: Signal): Promise<Reply> {
    // Before it waits for its turn: what cannot be sent is the fault of this request, not of the one whose answer makes room.
    const block = encodeFields(fields);
    return await new Promise((resolve, reject) => {
      let id = 0;
      const settle = (outcome: Reply | Error): void => {
        signal.removeEventListener("abort", aborted);
        this.#streams.delete(id);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
        this.#afterAnswer();
      };
      const aborted = (): void => {
        if (this.#streams.has(id)) this.#write(frame(TYPE.rstStream, 0, id, number32(CODE.cancel)));
        settle(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
      };
      const start = (): void => {
        if (signal.aborted) return;
        if (this.isUsable()) id = this.#start(block, body, settle);
        else settle(broken());
      };
      if (signal.aborted) {
        aborted();
        return;
      }
      signal.addEventListener("abort", aborted, { once: true });
      if (this.#streams.size < this.#maxStreams) start();
      else this.#waiting.push(start);
    });
  }

  #afterAnswer(): void {
    this.#startWaiting();
    // After a farewell the last answer ends it; an open socket would keep the process.
    if (this.#isEnded && this.#streams.size === 0) this.#leave();
  }

  #startWaiting(): void {
    while (this.#waiting.length > 0 && this.#streams.size < this.#maxStreams) this.#waiting.shift()?.();
  }

  #start(block: Buffer, body: Buffer | undefined, settle: Stream["settle"]): number {
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = { id, headers: {}, status: 0, chunks: [], received: 0, window: this.#streamWindow, settle };
    this.#streams.set(id, { ...stream, unsent: body });
    for (let at = 0; at === 0 || at < block.length; at += this.#maxFrame) {
      const part = block.subarray(at, at + this.#maxFrame);
      const isLast = at + this.#maxFrame >= block.length;
      const ends = at === 0 && body === undefined ? FLAG.endStream : 0;
      this.#write(frame(at === 0 ? TYPE.headers : TYPE.continuation, ends | (isLast ? FLAG.endHeaders : 0), id, part));
    }
    this.#sendBodies();
    return id;
  }

  /** Sends what the windows let through. */
  #sendBodies(): void {
    for (const stream of this.#streams.values()) {
      while (stream.unsent !== undefined) {
        const room = Math.min(this.#window, stream.window, this.#maxFrame);
        if (room <= 0 && stream.unsent.length > 0) break;
        const part = stream.unsent.subarray(0, room);
        const rest = stream.unsent.subarray(part.length);
        this.#window -= part.length;
        stream.window -= part.length;
        stream.unsent = rest.length === 0 ? undefined : rest;
        this.#write(frame(TYPE.data, stream.unsent === undefined ? FLAG.endStream : 0, stream.id, part));
      }
    }
  }

  /** All that is written in one turn goes out in one piece: three requests are one packet. */
  #write(bytes: Buffer): void {
    this.#unwritten.push(bytes);
    if (this.#unwritten.length === 1) process.nextTick(() => this.#flush());
  }

  #flush(): void {
    const all = this.#unwritten.splice(0);
    if (all.length > 0 && this.#socket.writable) this.#socket.write(Buffer.concat(all));
  }

  /** Ends the connection after what is to be said still. */
  #leave(): void {
    this.#flush();
    this.#socket.destroySoon();
  }

  #end(error: Error): void {
    this.#abandon(error);
    this.#leave();
  }

  #abandon(error: Error): void {
    this.#isEnded = true;
    for (const stream of [...this.#streams.values()]) stream.settle(error);
    // Nothing starts any more: each finds the session unusable and says so.
    for (const start of this.#waiting.splice(0)) start();
  }

  #take(chunk: Buffer): void {
    try {
      for (const one of this.#reader.read(chunk)) this.#frame(one);
    } catch (error) {
      const code = error instanceof Violation ? error.errorCode : CODE.compression;
      const why = Object.assign(new Error(`the server broke HTTP/2: ${(error as Error).message}`), {
        code: "ERR_HTTP2",
      });
      this.#write(frame(TYPE.goaway, 0, 0, Buffer.concat([number32(0), number32(code)])));
      this.#end(why);
    }
  }

  #frame(one: Frame): void {
    if (this.#block !== undefined && (one.type !== TYPE.continuation || one.stream !== this.#block.stream))
      throw new Violation(CODE.protocol, "other frames between the parts of a header");
    switch (one.type) {
      case TYPE.data:
        this.#data(one);
        break;
      case TYPE.headers:
        this.#block = { stream: one.stream, endsStream: has(one, FLAG.endStream), parts: [], length: 0 };
        this.#headers(contentOf(one), has(one, FLAG.endHeaders));
        break;
      case TYPE.continuation:
        this.#headers(one.payload, has(one, FLAG.endHeaders));
        break;
      case TYPE.rstStream:
        this.#reset(one.stream, one.payload);
        break;
      case TYPE.settings:
        if (has(one, FLAG.ack)) break;
        this.#settings(one.payload);
        this.#write(frame(TYPE.settings, FLAG.ack, 0));
        break;
      case TYPE.ping:
        if (!has(one, FLAG.ack)) this.#write(frame(TYPE.ping, FLAG.ack, 0, one.payload));
        break;
      case TYPE.goaway:
        this.#goaway(one.payload);
        break;
      case TYPE.windowUpdate:
        this.#opened(one.stream, read32(one.payload) & 0x7f_ff_ff_ff);
        break;
      case TYPE.pushPromise:
        throw new Violation(CODE.protocol, "a pushed answer, which was not allowed");
      default:
      // Section 4.1: frames of unknown types are ignored; so is PRIORITY.
    }
  }

  #data(one: Frame): void {
    const { length } = one.payload;
    this.#received += length;
    if (this.#received >= WINDOW / 2) {
      this.#write(frame(TYPE.windowUpdate, 0, 0, number32(this.#received)));
      this.#received = 0;
    }
    const stream = this.#streams.get(one.stream);
    // What we have taken back may still be on its way.
    if (stream === undefined) return;
    if (stream.status === 0) throw new Violation(CODE.protocol, "an answer without headers");
    stream.chunks.push(contentOf(one));
    stream.received += length;
    if (has(one, FLAG.endStream)) {
      this.#answered(stream);
    } else if (stream.received >= WINDOW / 2) {
      this.#write(frame(TYPE.windowUpdate, 0, stream.id, number32(stream.received)));
      stream.received = 0;
    }
  }

  #headers(part: Buffer, isLast: boolean): void {
    const block = this.#block;
    if (block === undefined) throw new Violation(CODE.protocol, "the end of a header without its beginning");
    block.parts.push(part);
    block.length += part.length;
    if (block.length > LONGEST_HEADERS) throw new Violation(CODE.compression, "the headers are too long");
    if (!isLast) return;
    this.#block = undefined;
    const stream = this.#streams.get(block.stream);
    const fields = decodeFields(Buffer.concat(block.parts), this.#decoded);
    if (stream === undefined) return;
    const status = Number(fields.find(([name]) => name === ":status")?.[1] ?? 0);
    // A second block is the trailers; one of 100 to 199 announces the answer to come.
    if (stream.status === 0) {
      if (!(status >= 100 && status <= 999)) throw new Violation(CODE.protocol, "an answer without a status");
      if (status >= 200) {
        stream.status = status;
        stream.headers = joined(fields);
      } else if (block.endsStream) throw new Violation(CODE.protocol, "an announcement of no answer");
    }
    if (block.endsStream) this.#answered(stream);
  }

  #answered(stream: Stream): void {
    // Answered before all was sent (a refusal): the rest is not wanted.
    if (stream.unsent !== undefined) this.#write(frame(TYPE.rstStream, 0, stream.id, number32(CODE.cancel)));
    const { status, headers, chunks } = stream;
    stream.settle({ status, headers, body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) });
  }

  #reset(id: number, payload: Buffer): void {
    const code = read32(payload);
    const what =
      code === CODE.refused ? "the server refused to look at the request" : `the server gave up the request (${code})`;
    this.#streams.get(id)?.settle(broken(what));
  }

  #settings(payload: Buffer): void {
    if (payload.length % 6 !== 0) throw new Violation(CODE.frameSize, "settings that are cut off");
    for (let at = 0; at < payload.length; at += 6) {
      const value = payload.readUInt32BE(at + 2);
      switch (payload.readUInt16BE(at)) {
        case SETTING.initialWindowSize:
          if (value > MOST_WINDOW) throw new Violation(CODE.flowControl, "a window that is too big");
          for (const stream of this.#streams.values()) stream.window += value - this.#streamWindow;
          this.#streamWindow = value;
          break;
        case SETTING.maxFrameSize:
          if (value < 16_384 || value > 2 ** 24 - 1) throw new Violation(CODE.protocol, "an impossible size of frames");
          this.#maxFrame = value;
          break;
        case SETTING.maxConcurrentStreams:
          this.#maxStreams = value;
          break;
        default:
        // The others bind us in nothing: no table is used for what we send, and our lists of headers are short.
      }
    }
    this.#sendBodies();
    this.#startWaiting();
  }

  /** The server ends the connection; what it has not looked at may be sent again elsewhere. */
  #goaway(payload: Buffer): void {
    if (payload.length < 8) throw new Violation(CODE.frameSize, "a farewell that is cut off");
    this.#isEnded = true;
    const last = read32(payload) & 0x7f_ff_ff_ff;
    for (const stream of [...this.#streams.values()])
      if (stream.id > last) stream.settle(broken("the server ended the connection before it looked at the request"));
    for (const start of this.#waiting.splice(0)) start();
    if (this.#streams.size === 0) this.#leave();
  }

  #opened(id: number, by: number): void {
    if (id === 0) this.#window += by;
    const stream = this.#streams.get(id);
    if (stream !== undefined) stream.window += by;
    if (by === 0 || this.#window > MOST_WINDOW || (stream?.window ?? 0) > MOST_WINDOW)
      throw new Violation(CODE.flowControl, "an impossible size of a window");
    this.#sendBodies();
  }
}

function has({ flags }: Frame, flag: number): boolean {
  return (flags & flag) !== 0;
}

function read32(payload: Buffer): number {
  if (payload.length < 4) throw new Violation(CODE.frameSize, "a frame that is cut off");
  return payload.readUInt32BE(0);
}

function joined(fields: readonly Field[]): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  for (const [name, value] of fields) {
    if (name.startsWith(":")) continue;
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
}
