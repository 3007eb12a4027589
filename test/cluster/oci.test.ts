import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Layer, writeImage } from "./oci.ts";

describe("image archives", () => {
  let dir = "";
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "netcheck-oci-"));
  });
  after(() => rmSync(dir, { recursive: true }));

  it("hold layers that tar reads, with parents, modes, links and long names", () => {
    const long = `${"folder-of-a-long-name/".repeat(6)}file`;
    const layer = new Layer()
      .file("bin/sh", "#!", 0o755)
      .link("bin/ash", "/bin/sh")
      .folder("tmp", 0o1777)
      .file(long, "x");
    writeFileSync(join(dir, "layer.tar"), layer.tar());
    execFileSync("tar", ["-xf", "layer.tar"], { cwd: dir });
    assert.equal(readFileSync(join(dir, "bin/sh"), "utf8"), "#!");
    assert.equal(statSync(join(dir, "bin/sh")).mode & 0o777, 0o755);
    assert.equal(readFileSync(join(dir, long), "utf8"), "x");
    assert.match(execFileSync("tar", ["-tvf", "layer.tar"], { cwd: dir, encoding: "utf8" }), /bin\/ash -> \/bin\/sh/);
  });

  it("keep the first of two entries of one path", () => {
    writeFileSync(join(dir, "twice.tar"), new Layer().file("a", "first").file("a", "second").tar());
    assert.equal(execFileSync("tar", ["-xOf", "twice.tar"], { cwd: dir, encoding: "utf8" }), "first");
  });

  it("name every blob by its checksum, from the index down to the layer", () => {
    writeImage(join(dir, "image.tar"), "netcheck.test/x:1", new Layer().file("a", "b"), { Cmd: ["/a"] });
    const read = (path: string): Buffer => execFileSync("tar", ["-xOf", "image.tar", path], { cwd: dir });
    const blob = (digest: string): Buffer => {
      const data = read(`blobs/${digest.replace(":", "/")}`);
      assert.equal(`sha256:${createHash("sha256").update(data).digest("hex")}`, digest);
      return data;
    };
    const [entry] = JSON.parse(read("index.json").toString()).manifests;
    assert.equal(entry.annotations["io.containerd.image.name"], "netcheck.test/x:1");
    const manifest = JSON.parse(blob(entry.digest).toString());
    const config = JSON.parse(blob(manifest.config.digest).toString());
    assert.deepEqual(config.config, { Cmd: ["/a"] });
    blob(manifest.layers[0].digest);
    assert.deepEqual(config.rootfs.diff_ids, [manifest.layers[0].digest]);
  });
});
