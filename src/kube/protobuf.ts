/**
 * Kubernetes' protobuf, as far as lists of metadata and refusals go. As JSON, half of such a list is `managedFields`; here they are stepped over, which for
 * ten thousand pods saves a third of a second on either side.
 *
 * The wire format: https://protobuf.dev/programming-guides/encoding/. The envelope: https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding.
 * The numbers of fields: k8s.io/apimachinery, pkg/apis/meta/v1/generated.proto and pkg/runtime/generated.proto; they never change.
 */

const MAGIC = "k8s\0";

/** Bytes that are not what they should be. */
export class MalformedProtobuf extends Error {}

type Mutable = Record<string, unknown>;

/** What stands in a field: a number, or the bytes from `start` to `end`. */
type Visit = (field: number, start: number, end: number, value: number) => void;

/** Reads the fields of one message after another, of one buffer. */
class Reader {
  readonly bytes: Buffer;
  #at = 0;
  #second = Number.NaN;
  #time = "";

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Calls `visit` for each field of the message between `start` and `end`, in the order in which they stand. */
  message(start: number, end: number, visit: Visit): void {
    let at = start;
    while (at < end) {
      this.#at = at;
      const tag = this.#varint(end);
      const field = Math.floor(tag / 8);
      switch (tag % 8) {
        case 0: {
          const value = this.#varint(end);
          at = this.#at;
          visit(field, at, at, value);
          break;
        }
        case 1:
          at = this.#at + 8;
          break;
        case 2: {
          const length = this.#varint(end);
          const from = this.#at;
          at = from + length;
          if (at > end) throw new MalformedProtobuf(`a field of ${length} bytes leaves its message`);
          visit(field, from, at, 0);
          break;
        }
        case 5:
          at = this.#at + 4;
          break;
        default:
          throw new MalformedProtobuf(`wire type ${tag % 8} at ${this.#at}`);
      }
    }
    if (at > end) throw new MalformedProtobuf("a field leaves its message");
  }

  /** Exact up to 2^53; nothing that we read is greater, and none is negative. */
  #varint(end: number): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i += 1) {
      if (this.#at >= end) throw new MalformedProtobuf("a number leaves its message");
      const byte = this.bytes[this.#at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new MalformedProtobuf("a number of more than ten bytes");
  }

  text(start: number, end: number): string {
    return start === end ? "" : this.bytes.toString("utf8", start, end);
  }

  /** One entry of a map of strings into `map`. */
  entry(map: Mutable, start: number, end: number): void {
    let key = "";
    let value = "";
    this.message(start, end, (field, from, to) => {
      if (field === 1) key = this.text(from, to);
      else if (field === 2) value = this.text(from, to);
    });
    map[key] = value;
  }

  /** RFC 3339, whole seconds, as the JSON of an API server has it. Objects made together share it. */
  time(start: number, end: number): string {
    let seconds = 0;
    this.message(start, end, (field, _from, _to, value) => {
      if (field === 1) seconds = value;
    });
    if (seconds !== this.#second) {
      const date = new Date(seconds * 1000);
      if (Number.isNaN(date.getTime())) throw new MalformedProtobuf("a time beyond all calendars");
      this.#second = seconds;
      this.#time = date.toISOString().replace(".000Z", "Z");
    }
    return this.#time;
  }
}

function ownerOf(reader: Reader, start: number, end: number): Mutable {
  const owner: Mutable = {};
  reader.message(start, end, (field, from, to, value) => {
    if (field === 5) owner["apiVersion"] = reader.text(from, to);
    else if (field === 1) owner["kind"] = reader.text(from, to);
    else if (field === 3) owner["name"] = reader.text(from, to);
    else if (field === 4) owner["uid"] = reader.text(from, to);
    else if (field === 6) owner["controller"] = value === 1;
    else if (field === 7) owner["blockOwnerDeletion"] = value === 1;
  });
  return owner;
}

/** ObjectMeta's plain strings; Go writes those that are not set as empty ones, and its JSON leaves them out. */
const TEXTS: readonly (string | undefined)[] = [
  undefined,
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
];

/** ObjectMeta without `managedFields`. */
function metadataOf(reader: Reader, start: number, end: number): Mutable {
  const metadata: Mutable = {};
  const within = (key: string): Mutable => {
    metadata[key] ??= {};
    return metadata[key] as Mutable;
  };
  const append = (key: string, item: unknown): void => {
    metadata[key] ??= [];
    (metadata[key] as unknown[]).push(item);
  };
  reader.message(start, end, (field, from, to, value) => {
    switch (field) {
      case 7:
        if (value !== 0) metadata["generation"] = value;
        break;
      case 8:
        // A time that was never set is an empty message.
        if (from !== to) metadata["creationTimestamp"] = reader.time(from, to);
        break;
      case 9:
        metadata["deletionTimestamp"] = reader.time(from, to);
        break;
      case 10:
        metadata["deletionGracePeriodSeconds"] = value;
        break;
      case 11:
        reader.entry(within("labels"), from, to);
        break;
      case 12:
        reader.entry(within("annotations"), from, to);
        break;
      case 13:
        append("ownerReferences", ownerOf(reader, from, to));
        break;
      case 14:
        append("finalizers", reader.text(from, to));
        break;
      default: {
        const name = TEXTS[field];
        if (name !== undefined && from !== to) metadata[name] = reader.text(from, to);
      }
    }
  });
  return metadata;
}

function listMetadata(reader: Reader, start: number, end: number): Mutable {
  const metadata: Mutable = {};
  reader.message(start, end, (field, from, to) => {
    if (field === 2) metadata["resourceVersion"] = reader.text(from, to);
    else if (field === 3) metadata["continue"] = reader.text(from, to);
  });
  return metadata;
}

function listOf(reader: Reader, start: number, end: number): Mutable {
  const items: Mutable[] = [];
  const list: Mutable = { kind: "PartialObjectMetadataList", items };
  reader.message(start, end, (field, from, to) => {
    if (field === 1) list["metadata"] = listMetadata(reader, from, to);
    else if (field === 2)
      reader.message(from, to, (inner, first, last) => {
        if (inner === 1) items.push({ metadata: metadataOf(reader, first, last) });
      });
  });
  return list;
}

function statusOf(reader: Reader, start: number, end: number): Mutable {
  const status: Mutable = { kind: "Status" };
  reader.message(start, end, (field, from, to, value) => {
    if (field === 2) status["status"] = reader.text(from, to);
    else if (field === 3) status["message"] = reader.text(from, to);
    else if (field === 4) status["reason"] = reader.text(from, to);
    else if (field === 6) status["code"] = value;
  });
  return status;
}

/** The kind that the envelope names. */
function kindOf(reader: Reader, start: number, end: number): string {
  let kind = "";
  reader.message(start, end, (field, from, to) => {
    if (field === 2) kind = reader.text(from, to);
  });
  return kind;
}

/**
 * An API server's answer in protobuf as the object that its JSON would be: a PartialObjectMetadataList, of whose items `managedFields` are left out, or a
 * Status. Throws MalformedProtobuf on anything else.
 */
export function fromProtobuf(bytes: Buffer): Readonly<Record<string, unknown>> {
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) throw new MalformedProtobuf("no envelope of Kubernetes");
  const reader = new Reader(bytes);
  let kind = "";
  let raw: readonly [number, number] | undefined;
  reader.message(MAGIC.length, bytes.length, (field, from, to) => {
    if (field === 1) kind = kindOf(reader, from, to);
    else if (field === 2) raw = [from, to];
  });
  // A list without objects has its own metadata still.
  if (raw === undefined) throw new MalformedProtobuf("an envelope with nothing in it");
  if (kind === "PartialObjectMetadataList") return listOf(reader, ...raw);
  if (kind === "Status") return statusOf(reader, ...raw);
  throw new MalformedProtobuf(`a ${kind || "nameless kind"}, where a list of metadata was asked for`);
}
