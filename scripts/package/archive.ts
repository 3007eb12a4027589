/** Archives that are the same whenever they are made: fixed times, owners, modes and order. */
import { crc32, deflateRawSync, gzipSync } from "node:zlib";

export interface Entry {
  readonly name: string;
  readonly bytes: Buffer;
  readonly executable: boolean;
}

/** 2020-01-01, as every member's time: the archive tells the version, a time would only make two builds differ. */
const UNIX_TIME = 1_577_836_800;
const DOS_DATE = ((2020 - 1980) << 9) | (1 << 5) | 1;
const BLOCK = 512;

/** A gzipped POSIX (ustar) archive. Names of at most 100 bytes. */
export function tarGz(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const padding = Buffer.alloc((BLOCK - (entry.bytes.length % BLOCK)) % BLOCK);
    return [tarHeader(entry), entry.bytes, padding];
  });
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]), { level: 9 });
}

function tarHeader({ name, bytes, executable }: Entry): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`the name ${name} is too long for a ustar header`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void => {
    header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  };
  header.write(name, 0);
  octal(executable ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes.length, 124, 12);
  octal(UNIX_TIME, 136, 12);
  header.write("        0", 148, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/** A zip archive (PKWARE's APPNOTE, no zip64: every member below 4 GiB). */
export function zip(entries: readonly Entry[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const { name, bytes, executable } of entries) {
    const packed = deflateRawSync(bytes, { level: 9 });
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt16LE(DOS_DATE, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const head = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, Buffer.from(name)]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((executable ? 0o100755 : 0o100644) << 16) >>> 0, 6);
    tail.writeUInt32LE(at, 10);
    // Made by unix, so that the mode counts.
    central.push(Buffer.from("PK\x01\x02\x14\x03", "latin1"), common, tail, Buffer.from(name));
    local.push(head, packed);
    at += head.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, directory, end]);
}
