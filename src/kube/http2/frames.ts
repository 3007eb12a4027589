/** The frames of HTTP/2: RFC 9113, sections 4 and 6. */

export const TYPE = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { ack: 0x1, endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
} as const;

export const CODE = {
  none: 0,
  protocol: 1,
  flowControl: 3,
  frameSize: 6,
  refused: 7,
  cancel: 8,
  compression: 9,
} as const;

/** The longest payload that we take: what every endpoint must take, and no peer exceeds unless it is told that it may. */
export const MAX_FRAME = 16_384;
const HEAD = 9;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The bytes of a frame. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const bytes = Buffer.alloc(HEAD + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, HEAD);
  return bytes;
}

/** A payload of one number of four bytes: a window's increment, an error code. */
export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The payload of SETTINGS. */
export function settings(values: readonly (readonly [setting: number, value: number])[]): Buffer {
  const bytes = Buffer.alloc(values.length * 6);
  for (const [i, [setting, value]] of values.entries()) {
    bytes.writeUInt16BE(setting, i * 6);
    bytes.writeUInt32BE(value, i * 6 + 2);
  }
  return bytes;
}

/** What the server broke, with the error code that tells it so. */
export class Violation extends Error {
  readonly errorCode: number;

  constructor(errorCode: number, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}

/** Cuts a stream of bytes into frames. Throws Violation for a frame that is too long. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are whole with this chunk. */
  *read(chunk: Buffer): Generator<Frame> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= HEAD) {
      const length = bytes.readUIntBE(0, 3);
      if (length > MAX_FRAME) throw new Violation(CODE.frameSize, `a frame of ${length} bytes`);
      if (bytes.length < HEAD + length) break;
      const payload = bytes.subarray(HEAD, HEAD + length);
      const head = { type: bytes[3] ?? 0, flags: bytes[4] ?? 0, stream: bytes.readUInt32BE(5) & 0x7f_ff_ff_ff };
      bytes = bytes.subarray(HEAD + length);
      yield { ...head, payload };
    }
    this.#rest = bytes;
  }
}

/** The payload without its padding (DATA, HEADERS) and without the priority that HEADERS may begin with. */
export function contentOf({ type, flags, payload }: Frame): Buffer {
  const isPadded = (flags & FLAG.padded) !== 0;
  const padding = isPadded ? (payload[0] ?? payload.length) : 0;
  const start = (isPadded ? 1 : 0) + (type === TYPE.headers && (flags & FLAG.priority) !== 0 ? 5 : 0);
  if (start + padding > payload.length) throw new Violation(CODE.protocol, "a frame with more padding than content");
  return payload.subarray(start, payload.length - padding);
}
