/** Makes dumps for tests: folders on disk, archives and pipes in memory, and short questions to them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { type DumpSource, dumpSource } from "../../src/collect/dump.ts";
import { type ListQuery, RESOURCES } from "../../src/model/resources.ts";

export type Files = Readonly<Record<string, string | Buffer>>;

const NO_STDIN = { stdin: pipe(Buffer.alloc(0)) };

/** A stream that hands out `bytes` in small pieces, as a pipe does. */
export async function* pipe(bytes: Buffer, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The files in a folder that is removed after the test; returns its path. */
export function folder(context: TestContext, files: Files): string {
  const root = mkdtempSync(join(tmpdir(), "netcheck-dump-"));
  context.after(() => rmSync(root, { recursive: true }));
  for (const [path, body] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), body);
  }
  return root;
}

export function fromFolder(context: TestContext, files: Files): Promise<DumpSource> {
  return dumpSource([folder(context, files)], NO_STDIN);
}

/** The source for `netcheck -f -` with this text. */
export function fromPipe(text: string | Buffer): Promise<DumpSource> {
  return dumpSource(["-"], { stdin: pipe(Buffer.from(text)) });
}

export function fromFiles(...paths: readonly string[]): Promise<DumpSource> {
  return dumpSource(paths, NO_STDIN);
}

type Kind = keyof typeof RESOURCES;

export function query(kind: Kind, namespace: string, more: Partial<ListQuery> = {}): ListQuery {
  return { type: "list", collection: "pods", resource: RESOURCES[kind], namespace, ...more };
}

/** The names a list answers, or why there is no list: `web-1 web-2`, `` (none), `not-in-dump`, `web-1 (1 gap)`. */
export async function names(source: DumpSource, kind: Kind, namespace = "shop", more: Partial<ListQuery> = {}) {
  const answer = await source.list(query(kind, namespace, more));
  if (answer.state === "unavailable") return answer.reason;
  const listed = answer.items.map((item) => item.metadata.name).join(" ");
  return answer.gaps === undefined ? listed : `${listed} (${answer.gaps.length} gap)`;
}

/** What a get answers: the name, `none`, or why it is not known. */
export async function got(source: DumpSource, kind: Kind, name: string, namespace = "shop"): Promise<string> {
  const answer = await source.get({ type: "get", collection: "pods", resource: RESOURCES[kind], namespace, name });
  return answer.state === "unavailable" ? answer.reason : (answer.items[0]?.metadata.name ?? "none");
}

export function object(kind: string, name: string, namespace = "shop", more: object = {}, apiVersion = "v1"): object {
  const metadata = namespace === "" ? { name } : { name, namespace };
  return { apiVersion, kind, metadata, ...more };
}

export function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** `kubectl get … -o json` */
export function list(...items: readonly object[]): string {
  return json({ apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } });
}

/** What the API server answers; its items carry no kind. */
export function typedList(kind: string, items: readonly object[], apiVersion = "v1"): string {
  const bare = items.map((item) =>
    Object.fromEntries(Object.entries(item).filter(([key]) => key !== "kind" && key !== "apiVersion")),
  );
  return json({ kind: `${kind}List`, apiVersion, metadata: { resourceVersion: "9" }, items: bare });
}

interface TarEntry {
  readonly name: string;
  readonly body?: string | Buffer;
  readonly type?: string;
  /** The size in the header, when it is to differ from the body's. */
  readonly size?: number;
}

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(entry.name, 0, 100);
  block.write("0000644\0", 100);
  block.write(`${(entry.size ?? size).toString(8).padStart(11, "0")}\0`, 124);
  block.write("        ", 148);
  block.write(entry.type ?? "0", 156);
  block.write("ustar\0" + "00", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const body = Buffer.from(entry.body ?? "");
    return [header(entry, body.length), body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}
