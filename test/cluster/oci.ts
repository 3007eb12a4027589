/** OCI image archives made by hand: one uncompressed layer, as `ctr images import` reads them. No registry, no docker. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

export interface TarEntry {
  readonly path: string;
  readonly mode: number;
  readonly data?: Buffer;
  readonly link?: string;
  readonly uid?: number;
}

/** Entries of a layer; parent folders come by themselves, the first entry of a path wins. */
export class Layer {
  readonly #entries = new Map<string, TarEntry>();

  folder(path: string, mode = 0o755, uid = 0): this {
    const name = path.replace(/^\/|\/$/g, "");
    if (name === "" || this.#entries.has(name)) return this;
    this.#parents(name);
    this.#entries.set(name, { path: `${name}/`, mode, uid });
    return this;
  }

  file(path: string, data: string | Buffer, mode = 0o644): this {
    return this.#add({ path, mode, data: Buffer.from(data) });
  }

  /** Copies a file of the machine; symbolic links are followed. */
  copy(from: string, to: string, mode = 0o755): this {
    return this.file(to, readFileSync(from), mode);
  }

  link(path: string, target: string): this {
    return this.#add({ path, mode: 0o777, link: target });
  }

  tar(): Buffer {
    return tar([...this.#entries.values()]);
  }

  #add(entry: TarEntry): this {
    const name = entry.path.replace(/^\//, "");
    if (this.#entries.has(name)) return this;
    this.#parents(name);
    this.#entries.set(name, { ...entry, path: name });
    return this;
  }

  #parents(name: string): void {
    const cut = name.lastIndexOf("/");
    if (cut > 0) this.folder(name.slice(0, cut));
  }
}

function header(entry: TarEntry): Buffer {
  const block = Buffer.alloc(512);
  let name = entry.path;
  if (Buffer.byteLength(name) > 100) {
    const cut = name.lastIndexOf("/", 154);
    block.write(name.slice(0, cut), 345, 155);
    name = name.slice(cut + 1);
    if (cut < 1 || Buffer.byteLength(name) > 100) throw new Error(`path too long for a tar header: ${entry.path}`);
  }
  const octal = (value: number, at: number, width: number): void => {
    block.write(`${value.toString(8).padStart(width - 1, "0")}\0`, at, width);
  };
  block.write(name, 0, 100);
  octal(entry.mode, 100, 8);
  octal(entry.uid ?? 0, 108, 8);
  octal(entry.uid ?? 0, 116, 8);
  octal(entry.data?.length ?? 0, 124, 12);
  octal(1_700_000_000, 136, 12);
  block.write("        ", 148, 8);
  block.write(entry.link !== undefined ? "2" : entry.path.endsWith("/") ? "5" : "0", 156, 1);
  if (entry.link !== undefined) block.write(entry.link, 157, 100);
  block.write("ustar\x0000", 257, 8);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}

function tar(entries: readonly TarEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const entry of entries) {
    blocks.push(header(entry));
    if (entry.data && entry.data.length > 0) {
      blocks.push(entry.data, Buffer.alloc((512 - (entry.data.length % 512)) % 512));
    }
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** The part of an image's configuration that the bed sets; names as in the OCI image specification. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
}

/** Writes the image as an OCI archive for linux/amd64. */
export function writeImage(file: string, name: string, layer: Layer, config: ImageConfig): void {
  const blobs: TarEntry[] = [];
  const add = (mediaType: string, data: Buffer): { mediaType: string; digest: string; size: number } => {
    const hex = createHash("sha256").update(data).digest("hex");
    blobs.push({ path: `blobs/sha256/${hex}`, mode: 0o644, data });
    return { mediaType, digest: `sha256:${hex}`, size: data.length };
  };
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const oci = "application/vnd.oci.image";
  const content = add(`${oci}.layer.v1.tar`, layer.tar());
  const configuration = add(
    `${oci}.config.v1+json`,
    json({
      architecture: "amd64",
      os: "linux",
      created: "2026-01-01T00:00:00Z",
      config,
      rootfs: { type: "layers", diff_ids: [content.digest] },
    }),
  );
  const manifestType = `${oci}.manifest.v1+json`;
  const manifest = add(
    manifestType,
    json({ schemaVersion: 2, mediaType: manifestType, config: configuration, layers: [content] }),
  );
  const index = {
    schemaVersion: 2,
    mediaType: `${oci}.index.v1+json`,
    manifests: [
      {
        ...manifest,
        platform: { architecture: "amd64", os: "linux" },
        annotations: { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name },
      },
    ],
  };
  const archive = tar([
    { path: "oci-layout", mode: 0o644, data: json({ imageLayoutVersion: "1.0.0" }) },
    { path: "index.json", mode: 0o644, data: json(index) },
    ...blobs,
  ]);
  const out = openSync(file, "w");
  try {
    writeSync(out, archive);
  } finally {
    closeSync(out);
  }
}
