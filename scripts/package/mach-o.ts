/**
 * Ad-hoc code signatures of macOS programs, which arm64 Macs refuse to run without. Layout: Apple's <mach-o/loader.h> and xnu's
 * bsd/sys/codesign.h; what is written is what ld64 and lld write for a program that nobody signed: one SHA-256 code directory, no entitlements.
 * Numbers in load commands are little-endian, in signatures big-endian.
 */
import { createHash } from "node:crypto";

const HEADER = 32;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const SHA256 = 2;
const AD_HOC = 2;
const MAIN_BINARY = 1;
/** Bytes of a code directory of version 0x20400, before identifier and hashes. */
const FIXED = 88;
const PAGE_BITS = 12;

interface Commands {
  /** Where LC_CODE_SIGNATURE stands; 0 when there is none. */
  readonly signature: number;
  /** Where the commands of these segments stand. */
  readonly text: number;
  readonly linkEdit: number;
  /** Where the commands end, and where the first section begins: what lies between is free. */
  readonly end: number;
  readonly firstSection: number;
}

function commandsOf(program: Buffer): Commands {
  if (program.readUInt32LE(0) !== 0xfeedfacf) throw new Error("no 64-bit Mach-O program");
  const found = { signature: 0, text: 0, linkEdit: 0, end: 0, firstSection: program.length };
  let at = HEADER;
  for (let i = 0; i < program.readUInt32LE(16); i += 1) {
    const command = program.readUInt32LE(at);
    if (command === LC_CODE_SIGNATURE) found.signature = at;
    if (command === LC_SEGMENT_64) {
      const name = program.toString("latin1", at + 8, at + 24).replace(/\0+$/, "");
      if (name === "__TEXT") found.text = at;
      if (name === "__LINKEDIT") found.linkEdit = at;
      for (let section = 0; section < program.readUInt32LE(at + 64); section += 1) {
        const place = program.readUInt32LE(at + 72 + 80 * section + 48);
        if (place > 0) found.firstSection = Math.min(found.firstSection, place);
      }
    }
    at += program.readUInt32LE(at + 4);
  }
  if (found.text === 0 || found.linkEdit === 0) throw new Error("the Mach-O program lacks __TEXT or __LINKEDIT");
  found.end = at;
  return found;
}

const number64 = (program: Buffer, at: number): number => Number(program.readBigUInt64LE(at));

/** SHA-256 of each page of the first `limit` bytes. */
function pageHashes(program: Buffer, limit: number, pageBits: number): readonly Buffer[] {
  const size = 2 ** pageBits;
  return Array.from({ length: Math.ceil(limit / size) }, (_, i) =>
    createHash("sha256")
      .update(program.subarray(i * size, Math.min(limit, (i + 1) * size)))
      .digest(),
  );
}

/** The program with an empty LC_CODE_SIGNATURE at its end: injection removes the one of node. Throws where there is no room for the command. */
function withPlace(program: Buffer): Buffer {
  const { signature, end, firstSection } = commandsOf(program);
  if (signature !== 0) return program;
  if (end + 16 > firstSection) throw new Error("the Mach-O program has no room for one more load command");
  const out = Buffer.alloc(Math.ceil(program.length / 16) * 16);
  program.copy(out);
  out.writeUInt32LE(LC_CODE_SIGNATURE, end);
  out.writeUInt32LE(16, end + 4);
  out.writeUInt32LE(out.length, end + 8);
  out.writeUInt32LE(0, end + 12);
  out.writeUInt32LE(out.readUInt32LE(16) + 1, 16);
  out.writeUInt32LE(out.readUInt32LE(20) + 16, 20);
  return out;
}

/** The program with an ad-hoc signature in place of the one it has, if any. Throws when that is not the last thing in the file. */
export function signAdHoc(unsigned: Buffer, identifier: string): Buffer {
  const program = withPlace(unsigned);
  const commands = commandsOf(program);
  const limit = program.readUInt32LE(commands.signature + 8);
  const oldSize = program.readUInt32LE(commands.signature + 12);
  const linkEditAt = number64(program, commands.linkEdit + 40);
  const linkEditSize = number64(program, commands.linkEdit + 48);
  if (limit + oldSize < linkEditAt + linkEditSize || limit < linkEditAt || program.length > limit + oldSize)
    throw new Error("the signature is not the last thing in the Mach-O program");
  const name = Buffer.from(`${identifier}\0`);
  const pages = Math.ceil(limit / 2 ** PAGE_BITS);
  const directorySize = FIXED + name.length + 32 * pages;
  const blobSize = 20 + directorySize;
  const size = Math.ceil(blobSize / 16) * 16;
  const out = Buffer.alloc(limit + size);
  program.copy(out, 0, 0, limit);
  // The load commands are hashed too, so they are put right first.
  const pageOfMemory = program.readUInt32LE(4) === 0x0100000c ? 0x4000 : 0x1000;
  const stored = limit + size - linkEditAt;
  out.writeUInt32LE(size, commands.signature + 12);
  out.writeBigUInt64LE(BigInt(stored), commands.linkEdit + 48);
  out.writeBigUInt64LE(BigInt(Math.ceil(stored / pageOfMemory) * pageOfMemory), commands.linkEdit + 32);

  const blob = Buffer.alloc(blobSize);
  [SUPER_BLOB, blobSize, 1, 0, 20].forEach((value, i) => {
    blob.writeUInt32BE(value, 4 * i);
  });
  const directory = blob.subarray(20);
  const head = [CODE_DIRECTORY, directorySize, 0x20400, AD_HOC, FIXED + name.length, FIXED, 0, pages, limit];
  head.forEach((value, i) => {
    directory.writeUInt32BE(value, 4 * i);
  });
  directory.set([32, SHA256, 0, PAGE_BITS], 36);
  directory.writeBigUInt64BE(program.readBigUInt64LE(commands.text + 40), 64);
  directory.writeBigUInt64BE(program.readBigUInt64LE(commands.text + 48), 72);
  directory.writeBigUInt64BE(BigInt(MAIN_BINARY), 80);
  name.copy(directory, FIXED);
  pageHashes(out, limit, PAGE_BITS).forEach((hash, i) => {
    hash.copy(directory, FIXED + name.length + 32 * i);
  });
  blob.copy(out, limit);
  return out;
}

export interface SignatureReport {
  readonly identifier: string;
  readonly adHoc: boolean;
  readonly pages: number;
  /** Pages whose hash is not the one that the signature holds. */
  readonly wrong: readonly number[];
}

/** Reads the SHA-256 code directory of a signed program and hashes every page against it. Throws when there is none. */
export function checkSignature(program: Buffer): SignatureReport {
  const commands = commandsOf(program);
  if (commands.signature === 0) throw new Error("the program is not signed");
  const at = program.readUInt32LE(commands.signature + 8);
  const blob = program.subarray(at, at + program.readUInt32LE(commands.signature + 12));
  if (blob.length < 12 || blob.readUInt32BE(0) !== SUPER_BLOB) throw new Error("the signature holds no super blob");
  const directory = Array.from({ length: blob.readUInt32BE(8) }, (_, i) => blob.subarray(blob.readUInt32BE(16 + 8 * i)))
    .filter((one) => one.readUInt32BE(0) === CODE_DIRECTORY)
    .find((one) => one[37] === SHA256);
  if (directory === undefined) throw new Error("the signature holds no SHA-256 code directory");
  const identifierAt = directory.readUInt32BE(20);
  const hashesAt = directory.readUInt32BE(16);
  const hashes = pageHashes(program, directory.readUInt32BE(32), directory[39] ?? PAGE_BITS);
  const isWrong = (hash: Buffer, i: number): boolean =>
    !hash.equals(directory.subarray(hashesAt + 32 * i, hashesAt + 32 * i + 32));
  return {
    identifier: directory.toString("latin1", identifierAt, directory.indexOf(0, identifierAt)),
    adHoc: (directory.readUInt32BE(12) & AD_HOC) !== 0,
    pages: directory.readUInt32BE(28),
    wrong: hashes.flatMap((hash, i) => (isWrong(hash, i) ? [i] : [])),
  };
}
