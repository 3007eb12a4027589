import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { TarError, tarFiles } from "../../src/collect/dump/tar.ts";
import { folder, fromFiles, fromFolder, fromPipe, list, names, object, pipe, tar, typedList } from "./dump-support.ts";

const PODS = typedList("Pod", [object("Pod", "web-1")]);
const BUNDLE = tar([
  { name: "bundle/", type: "5" },
  { name: "bundle/cluster-resources/pods/shop.json", body: PODS },
  { name: "bundle/cluster-resources/services/shop.json", body: typedList("Service", []) },
  { name: "bundle/cluster-resources/pods/logs/shop/web-1/web.log", body: "one\ntwo\n" },
]);
const NO_LIMIT = { bytes: 2 ** 30, entries: 1000 };

async function read(archive: Buffer, limits = NO_LIMIT): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const file of tarFiles(pipe(archive), limits, () => true)) found[file.name] = file.body.toString();
  return found;
}

describe("archives", () => {
  const forms: readonly (readonly [string, Buffer])[] = [
    ["tar", BUNDLE],
    ["tar.gz", gzipSync(BUNDLE)],
  ];
  for (const [form, bytes] of forms) {
    it(`a ${form} is read from a pipe, and answers as its folder would`, async () => {
      const source = await fromPipe(bytes);
      assert.equal(await names(source, "pods"), "web-1");
      assert.equal(await names(source, "services"), "");
      const log = await source.log({
        type: "log",
        collection: "logs",
        namespace: "shop",
        pod: "web-1",
        container: "web",
        previous: false,
        tailLines: 1,
      });
      assert.deepEqual(log.lines, ["two"]);
    });
  }

  it("are known by their bytes, not their name; those in a folder by their name", async (context) => {
    const root = folder(context, { "upload.bin": gzipSync(BUNDLE), "inner/b.tgz": gzipSync(BUNDLE) });
    assert.equal(await names(await fromFiles(join(root, "upload.bin")), "pods"), "web-1");
    assert.equal(await names(await fromFiles(join(root, "inner")), "pods"), "web-1");
  });

  it("a single zipped file is that file", async (context) => {
    const root = folder(context, { "pods.json.gz": gzipSync(list(object("Pod", "web-1"))) });
    assert.equal(await names(await fromFiles(join(root, "pods.json.gz")), "pods"), "web-1");
    assert.equal(await names(await fromFiles(root), "pods"), "web-1");
  });

  it("cut off: what came before is used, and the damage is told", async (context) => {
    const big = tar([
      { name: "cluster-resources/pods/shop.json", body: PODS },
      { name: "cluster-resources/services/shop.json", body: typedList("Service", []).padEnd(5000) },
    ]);
    const source = await fromFolder(context, { "a.tar": big.subarray(0, 3500) });
    assert.equal(await names(source, "pods"), "web-1");
    assert.equal(await names(source, "services"), "not-in-dump");
    assert.match(source.issues[0]?.problem ?? "", /ends in the middle/);
    const zipped = gzipSync(BUNDLE);
    await assert.rejects(fromPipe(zipped.subarray(0, 40)), (error: Error & { hints?: readonly string[] }) => {
      assert.match(`${error.message} ${error.hints?.join()}`, /the compressed data ends too early/);
      return true;
    });
  });

  it("damaged zip data is the user's error", async () => {
    const zipped = gzipSync(BUNDLE);
    zipped.fill(0xff, 20, 60);
    await assert.rejects(fromPipe(zipped), { name: "UserError" });
  });
});

describe("tar", () => {
  it("follows GNU long names and pax paths", async () => {
    const long = `${"deep/".repeat(40)}a.json`;
    const record = `path=${long}\n`;
    const length = record.length + 4;
    const files = await read(
      tar([
        { name: "././@LongLink", type: "L", body: `${long}\0` },
        { name: "short", body: "gnu" },
        { name: "pax", type: "x", body: `${length} ${record}` },
        { name: "short", body: "pax" },
        { name: "after", body: "plain" },
      ]),
    );
    assert.deepEqual(files, { [long]: "pax", after: "plain" });
  });

  it("passes over links, devices and folders, and keeps strange names as names", async () => {
    const files = await read(
      tar([
        { name: "link", type: "2" },
        { name: "dev", type: "3" },
        { name: "folder/", type: "5" },
        { name: "../../etc/passwd", body: "x" },
        { name: "empty", body: "" },
      ]),
    );
    assert.deepEqual(files, { "../../etc/passwd": "x", empty: "" });
  });

  const broken: readonly (readonly [string, Buffer, { readonly bytes: number; readonly entries: number }, RegExp])[] = [
    [
      "a header of rubbish",
      Buffer.concat([tar([{ name: "a", body: "x" }]).subarray(0, 1024), Buffer.alloc(512, 7)]),
      NO_LIMIT,
      /checksum/,
    ],
    ["a size beyond the end", tar([{ name: "a", body: "x", size: 100_000 }]), NO_LIMIT, /ends in the middle/],
    ["more bytes than allowed", tar([{ name: "a", body: "x".repeat(9000) }]), { bytes: 4096, entries: 9 }, /more than/],
    [
      "more entries than allowed",
      tar(Array(9).fill({ name: "a" })),
      { bytes: 99_999, entries: 5 },
      /more than 5 entries/,
    ],
    ["a name of a mebibyte", tar([{ name: "a", type: "L", size: 2 ** 21 }]), NO_LIMIT, /over 1 MiB/],
  ];
  for (const [what, archive, limits, message] of broken) {
    it(`refuses ${what}`, () =>
      assert.rejects(read(archive, limits), (error) => error instanceof TarError && message.test(error.message)));
  }
});
