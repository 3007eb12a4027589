/**
 * HPACK, RFC 7541, as far as a client needs it that allows its server no dynamic table (SETTINGS_HEADER_TABLE_SIZE 0): then every header comes whole or from
 * the static table, and nothing has to be remembered from one answer to the next.
 */
import { huffmanDecoded } from "./huffman.ts";

/** A name and a value, one character a byte. */
export type Field = readonly [name: string, value: string];

/** Appendix A, from index 1: name and value. */
const STATIC: readonly Field[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  ...["200", "204", "206", "304", "400", "404", "500"].map((status): Field => [":status", status]),
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ...(
    "accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control content-disposition content-encoding " +
    "content-language content-length content-location content-range content-type cookie date etag expect expires from host if-match if-modified-since " +
    "if-none-match if-range if-unmodified-since last-modified link location max-forwards proxy-authenticate proxy-authorization range referer refresh " +
    "retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate"
  )
    .split(" ")
    .map((name): Field => [name, ""]),
];

/** Longer lists of headers than any server sends are an attack. */
const LONGEST_LIST = 1024 * 1024;

/**
 * Texts that were decoded before, by their Huffman code. One server's answers carry the same names and mostly the same values, and to decode them bit by bit
 * takes longer than to read what they are about.
 */
export type Decoded = Map<string, string>;

/** More different texts than this, and the map is no help. */
const MOST_DECODED = 200;

/** The fields of a header block, in their order. `decoded` is used and filled. Throws Error when it is none. */
export function decodeFields(block: Uint8Array, decoded: Decoded = new Map()): readonly Field[] {
  const reader = new Reader(block, decoded);
  const fields: Field[] = [];
  let length = 0;
  while (!reader.isAtEnd()) {
    const field = nextField(reader);
    if (field === undefined) continue;
    length += field[0].length + field[1].length + 32;
    if (length > LONGEST_LIST) throw new Error("the headers are too long");
    fields.push(field);
  }
  return fields;
}

/** One representation of section 6; undefined for a new size of the dynamic table, which can only be 0. */
function nextField(reader: Reader): Field | undefined {
  const first = reader.peek();
  if (first >= 0x80) return indexed(reader.integer(7));
  if (first >= 0x40) return literal(reader, 6);
  if (first >= 0x20) {
    if (reader.integer(5) !== 0) throw new Error("the server remembers headers, though it was told not to");
    return undefined;
  }
  return literal(reader, 4);
}

function indexed(index: number): Field {
  const field = STATIC[index - 1];
  if (field === undefined) throw new Error(`there is no header ${index}`);
  return field;
}

function literal(reader: Reader, prefix: number): Field {
  const index = reader.integer(prefix);
  const name = index === 0 ? reader.string() : indexed(index)[0];
  return [name, reader.string()];
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #decoded: Decoded;
  #at = 0;

  constructor(bytes: Uint8Array, decoded: Decoded) {
    this.#bytes = bytes;
    this.#decoded = decoded;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  peek(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new Error("the headers end in the middle");
    return byte;
  }

  #next(): number {
    const byte = this.peek();
    this.#at += 1;
    return byte;
  }

  /** Section 5.1: the low `prefix` bits of this byte, and when they are all ones, more bytes of seven bits each. */
  integer(prefix: number): number {
    const most = 2 ** prefix - 1;
    let value = this.#next() & most;
    if (value < most) return value;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#next();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
      if (shift >= 28) throw new Error("a number in the headers is too big");
    }
  }

  /** Section 5.2. */
  string(): string {
    const isHuffman = this.peek() >= 0x80;
    const length = this.integer(7);
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new Error("the headers end in the middle");
    this.#at += length;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("latin1");
    if (!isHuffman) return text;
    const before = this.#decoded.get(text);
    if (before !== undefined) return before;
    const plain = huffmanDecoded(bytes);
    if (this.#decoded.size < MOST_DECODED) this.#decoded.set(text, plain);
    return plain;
  }
}

/** These never go into anybody's table (section 7.1.3). */
const SECRET: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization"]);

/** Where the static table has a name, and a name with a value; the first of several. */
const INDEX: ReadonlyMap<string, number> = new Map(
  STATIC.flatMap(([name, value], i): [string, number][] => [
    [name, i + 1],
    [`${name}\0${value}`, i + 1],
  ]).reverse(),
);

/** A header block of literals. Throws Error for a value that no header can have. */
export function encodeFields(fields: readonly Field[]): Buffer {
  let block = "";
  for (const [name, value] of fields) {
    if (/[\0\r\n]/.test(value)) throw new Error(`the header ${name} has a line break in it`);
    const whole = value === "" ? undefined : INDEX.get(`${name}\0${value}`);
    if (whole !== undefined) {
      block += integer(0x80, 7, whole);
      continue;
    }
    const index = INDEX.get(name) ?? 0;
    block +=
      integer(SECRET.has(name) ? 0x10 : 0, 4, index) + (index === 0 ? plainString(name) : "") + plainString(value);
  }
  return Buffer.from(block, "latin1");
}

/** Section 5.1, one character a byte. */
function integer(flags: number, prefix: number, value: number): string {
  const most = 2 ** prefix - 1;
  if (value < most) return String.fromCharCode(flags | value);
  let bytes = String.fromCharCode(flags | most);
  let rest = value - most;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += String.fromCharCode((rest % 0x80) | 0x80);
  return bytes + String.fromCharCode(rest);
}

/** A character beyond latin1 loses its high bits, as in node's own headers. */
function plainString(text: string): string {
  return integer(0, 7, text.length) + text;
}
