/** One regular file of an archive. */
export interface TarFile {
  readonly name: string;
  readonly body: Buffer;
}

export interface TarLimits {
  /** Bytes of the archive after decompression. */
  readonly bytes: number;
  readonly entries: number;
}

/** The archive is broken, or larger than the limits. What was read before is good. */
export class TarError extends Error {}

const BLOCK = 512;

function text(header: Buffer, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? length : end);
}

/** Octal, or base 256 when the top bit is set (GNU, for sizes over 8 GiB). */
function number(header: Buffer, from: number, length: number): number {
  const first = header[from] ?? 0;
  if ((first & 0x80) === 0) return Number.parseInt(text(header, from, length).trim() || "0", 8);
  let value = first & 0x7f;
  for (let at = from + 1; at < from + length; at += 1) value = value * 256 + (header[at] ?? 0);
  return value;
}

/** Whether a block is a tar header: its checksum fits. Works for v7, ustar, pax and GNU alike. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < BLOCK) return false;
  const stated = number(block, 148, 8);
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) sum += at >= 148 && at < 156 ? 32 : (block[at] ?? 0);
  return stated === sum && sum !== 8 * 32;
}

/** `<length> <key>=<value>\n` records of a pax header; the length counts bytes. */
function paxRecords(body: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  let at = 0;
  while (at < body.length) {
    const space = body.indexOf(32, at);
    const length = space === -1 ? Number.NaN : Number(body.toString("latin1", at, space));
    if (!Number.isInteger(length) || length <= 0) break;
    const record = body.toString("utf8", space + 1, at + length - 1);
    const equals = record.indexOf("=");
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

/** Hands out exact numbers of bytes of a stream, without holding more than is asked for. */
class Bytes {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #limit: number;
  #held: Buffer = Buffer.alloc(0);
  #total = 0;

  constructor(chunks: AsyncIterable<Uint8Array>, limit: number) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#limit = limit;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) return false;
    this.#total += value.length;
    if (this.#total > this.#limit) throw new TarError(`the archive holds more than ${this.#limit / 2 ** 20} MiB`);
    this.#held = this.#held.length === 0 ? Buffer.from(value) : Buffer.concat([this.#held, value]);
    return true;
  }

  /** The next `length` bytes, or undefined at a clean end. */
  async take(length: number): Promise<Buffer | undefined> {
    if (this.#held.length >= length) {
      const taken = this.#held.subarray(0, length);
      this.#held = this.#held.subarray(length);
      return taken;
    }
    const parts: Buffer[] = [];
    let missing = length;
    for (;;) {
      const part = this.#held.subarray(0, missing);
      parts.push(part);
      missing -= part.length;
      this.#held = this.#held.subarray(part.length);
      if (missing === 0) return Buffer.concat(parts);
      if (!(await this.#more())) {
        if (missing === length) return undefined;
        throw new TarError("the archive ends in the middle of a file");
      }
    }
  }

  async skip(length: number): Promise<void> {
    let missing = length;
    for (;;) {
      const part = Math.min(missing, this.#held.length);
      this.#held = this.#held.subarray(part);
      missing -= part;
      if (missing === 0) return;
      if (!(await this.#more())) throw new TarError("the archive ends in the middle of a file");
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/**
 * The regular files of a tar stream, whose names `wanted` accepts. Nothing is written to disk, so a name like `../../etc/passwd` is a name and nothing
 * more; links and devices are passed over. GNU long names and pax headers (path, size) are followed; a sparse file is passed over, since its body is
 * not the file. Throws TarError on damage or when a limit is passed.
 */
export async function* tarFiles(
  chunks: AsyncIterable<Uint8Array>,
  limits: TarLimits,
  wanted: (name: string, size: number) => boolean,
): AsyncGenerator<TarFile> {
  const bytes = new Bytes(chunks, limits.bytes);
  let entries = 0;
  let longName: string | undefined;
  let pax: ReadonlyMap<string, string> = new Map();
  try {
    for (;;) {
      const header = await bytes.take(BLOCK);
      if (header === undefined || header.every((byte) => byte === 0)) return;
      if (!isTarHeader(header)) throw new TarError("the archive is damaged: a header does not fit its checksum");
      entries += 1;
      if (entries > limits.entries) throw new TarError(`the archive holds more than ${limits.entries} entries`);
      const type = String.fromCharCode(header[156] ?? 0);
      const size = Number(pax.get("size") ?? number(header, 124, 12));
      if (!Number.isSafeInteger(size) || size < 0) throw new TarError("the archive is damaged: a size is no number");
      const padding = (BLOCK - (size % BLOCK)) % BLOCK;
      if (type === "L" || type === "x") {
        if (size > 2 ** 20) throw new TarError("the archive is damaged: a name of over 1 MiB");
        const body = (await bytes.take(size)) ?? Buffer.alloc(0);
        await bytes.skip(padding);
        if (type === "L") longName = text(body, 0, body.length);
        else pax = paxRecords(body);
        continue;
      }
      const prefix = text(header, 257, 5) === "ustar" && header[262] === 0 ? text(header, 345, 155) : "";
      const plain = text(header, 0, 100);
      const name = pax.get("path") ?? longName ?? (prefix === "" ? plain : `${prefix}/${plain}`);
      const sparse = [...pax.keys()].some((key) => key.startsWith("GNU.sparse."));
      longName = undefined;
      pax = new Map();
      if ((type === "0" || type === "\0" || type === "7") && !sparse && !name.endsWith("/") && wanted(name, size)) {
        const body = size === 0 ? Buffer.alloc(0) : await bytes.take(size);
        if (body === undefined) throw new TarError("the archive ends in the middle of a file");
        await bytes.skip(padding);
        yield { name, body };
      } else {
        // An old GNU sparse file may have more map blocks between header and body.
        let extended = type === "S" && header[482] === 1;
        while (extended) extended = (await bytes.take(BLOCK))?.[504] === 1;
        await bytes.skip(size + padding);
      }
    }
  } finally {
    await bytes.close();
  }
}
