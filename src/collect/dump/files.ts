import { createReadStream } from "node:fs";
import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { UserError } from "../../errors.ts";
import { isTarHeader, TarError, tarFiles } from "./tar.ts";

/** One file: on disk, in an archive, or from a pipe. */
export interface FileEntry {
  /** Inside the given folder or archive, with `/`: its place tells what it is. */
  readonly path: string;
  /** For people: the given name and the path inside it. */
  readonly where: string;
  /** Named with `-f` itself, not found in a folder or archive. */
  readonly direct: boolean;
  /** Its bytes are in memory already: from an archive or a pipe. */
  readonly held: boolean;
  bytes(): Promise<Buffer>;
}

export interface DumpIo {
  /** For `-f -`. */
  readonly stdin: AsyncIterable<Uint8Array>;
}

export const LIMITS = { file: 256 * 2 ** 20, archive: 4 * 2 ** 30, entries: 500_000 } as const;

const ARCHIVE = /\.(tar|tgz|tar\.gz)$/i;
const CANDIDATE = /(\.(json|jsonl|ndjson|ya?ml|txt|log)(\.gz)?|(^|\/)timestamp)$/i;

/** Whether a file of a folder or archive is worth reading. */
function isCandidate(path: string): boolean {
  return CANDIDATE.test(path) && !basename(path).startsWith("._");
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** What the operating system says, without its call and path. */
function reasonOf(error: unknown): string {
  const known: Readonly<Record<string, string>> = {
    ENOENT: "no such file or folder",
    EACCES: "permission denied",
    EISDIR: "it is a folder",
  };
  const message = error instanceof Error ? error.message : String(error);
  return known[codeOf(error)] ?? message;
}

/** Tells a file that is there but cannot be read or unpacked to its end. */
export type Complain = (where: string, problem: string) => void;

/**
 * The files of one `-f` argument: itself, those of a folder (recursively, by name), those of a .tar, .tar.gz or .tgz, or standard input for `-`.
 * Archives in a folder are opened, archives in archives are not. Nothing is written to disk. Throws UserError when the argument itself cannot be read.
 */
export async function* filesOf(given: string, io: DumpIo, complain: Complain): AsyncGenerator<FileEntry> {
  if (given === "-") {
    yield* unpacked(io.stdin, "standard input", "", true, complain);
    return;
  }
  try {
    const found = await stat(given);
    if (found.isDirectory()) yield* inFolder(given, "", given, complain);
    else yield* unpacked(createReadStream(given), given, basename(given), true, complain);
  } catch (error) {
    if (codeOf(error) === "") throw error;
    throw new UserError(`cannot read ${given}: ${reasonOf(error)}`);
  }
}

async function* inFolder(root: string, inside: string, given: string, complain: Complain): AsyncGenerator<FileEntry> {
  const folder = join(root, inside);
  const names = (await readdir(folder)).toSorted();
  for (const name of names) {
    const path = inside === "" ? name : `${inside}/${name}`;
    const full = join(folder, name);
    const where = join(given, path);
    try {
      const link = await lstat(full);
      // A link to a folder may lead back to where we are; one to a file is the file.
      const found = link.isSymbolicLink() ? await stat(full) : link;
      if (link.isDirectory()) yield* inFolder(root, path, given, complain);
      else if (!found.isFile()) continue;
      else if (ARCHIVE.test(name)) yield* unpacked(createReadStream(full), where, path, false, complain);
      else if (found.size > LIMITS.file) complain(where, `larger than ${LIMITS.file / 2 ** 20} MiB, not read`);
      else if (isCandidate(path)) yield { path, where, direct: false, held: false, bytes: () => plain(full) };
      else yield { path, where, direct: false, held: true, bytes: async () => Buffer.alloc(0) };
    } catch (error) {
      if (codeOf(error) === "") throw error;
      complain(where, reasonOf(error));
    }
  }
}

/** The file's bytes, unzipped when its name says so. */
async function plain(full: string): Promise<Buffer> {
  if (!full.endsWith(".gz")) return readFile(full);
  return collect(createReadStream(full).pipe(createGunzip()), LIMITS.file);
}

class TooLarge extends Error {}

async function collect(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit) throw new TooLarge(`larger than ${limit / 2 ** 20} MiB`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** The first `length` bytes, and the whole stream from its start. */
async function peek(chunks: AsyncIterable<Uint8Array>, length: number) {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let ended = false;
  while (head.length < length && !ended) {
    const { done, value } = await iterator.next();
    if (done === true) ended = true;
    else head = Buffer.concat([head, Buffer.from(value)]);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield head;
      while (!ended) {
        const { done, value } = await iterator.next();
        if (done === true) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { head, whole: whole() };
}

/** Unzipped; an error of either end throws where the result is read. */
function gunzip(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return pipeline(Readable.from(chunks), createGunzip(), () => {});
}

/** A stream by what it is: gzip is unzipped, a tar is listed, anything else is one file. A broken archive is told, and what came before it is used. */
async function* unpacked(
  chunks: AsyncIterable<Uint8Array>,
  where: string,
  path: string,
  direct: boolean,
  complain: Complain,
): AsyncGenerator<FileEntry> {
  try {
    const outer = await peek(chunks, 512);
    const zipped = outer.head[0] === 0x1f && outer.head[1] === 0x8b;
    const inner = zipped ? await peek(gunzip(outer.whole), 512) : outer;
    if (inner.head.subarray(0, 4).toString("latin1") === "PK\x03\x04")
      throw new UserError(`${where} is a zip archive; unpack it and pass the folder`);
    if (isTarHeader(inner.head)) {
      const limits = { bytes: LIMITS.archive, entries: LIMITS.entries };
      const wanted = (name: string, size: number) => {
        const fits = size <= LIMITS.file;
        if (!fits && isCandidate(name))
          complain(`${where}/${name}`, `larger than ${LIMITS.file / 2 ** 20} MiB, not read`);
        return fits && isCandidate(name);
      };
      for await (const file of tarFiles(inner.whole, limits, wanted)) {
        const name = file.name.replace(/^(\.\/)+/, "");
        yield { path: name, where: `${where}/${name}`, direct: false, held: true, bytes: async () => file.body };
      }
      return;
    }
    const body = await collect(inner.whole, LIMITS.file);
    yield { path: path.replace(/\.gz$/, ""), where, direct, held: true, bytes: async () => body };
  } catch (error) {
    const code = codeOf(error);
    const damaged = error instanceof TarError || error instanceof TooLarge || code.startsWith("Z_");
    if (!damaged) throw error;
    const problem = error instanceof Error ? error.message : "";
    complain(where, code === "Z_BUF_ERROR" ? "the compressed data ends too early" : problem);
  }
}

/** How text is encoded: UTF-8, or UTF-16 with a byte order mark, which is what `>` writes in Windows PowerShell. undefined for a binary file. */
export function textOf(bytes: Buffer): string | undefined {
  let text: string;
  if (bytes[0] === 0xff && bytes[1] === 0xfe) text = bytes.toString("utf16le", 2);
  else if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const even = bytes.length - (bytes.length % 2);
    text = Buffer.from(bytes.subarray(0, even)).swap16().toString("utf16le", 2);
  } else if (bytes.subarray(0, 8192).includes(0)) return undefined;
  else text = bytes.toString("utf8", bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}
