/** Command lines over a dump: what they propose carries the dump with it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { netcheck } from "../support/command.ts";
import { node, pod, service, slice } from "../support/objects.ts";

const dir = mkdtempSync(join(tmpdir(), "netcheck dump-"));
after(() => rmSync(dir, { recursive: true }));

const versions: Readonly<Record<string, string>> = { EndpointSlice: "discovery.k8s.io/v1" };
const file = join(dir, "shop.json");
const objects = [service(), pod(), slice(), node()].map((object) => ({
  apiVersion: versions[object.kind ?? ""] ?? "v1",
  ...object,
}));
writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));

describe("a target that is not in the dump", () => {
  it("near names come with the -f of the command line, quoted", async () => {
    const { code, err } = await netcheck(["svc", "wbe", "-f", file]);
    assert.equal(code, 2);
    assert.ok(err.includes(`Near name in shop: kubectl netcheck -n shop svc web -f '${file}'\n`), err);
  });

  it("another namespace was asked for: the one that holds it is named", async () => {
    const { code, err } = await netcheck(["svc", "web", "-n", "stage", "-f", file]);
    assert.equal(code, 2);
    assert.ok(err.includes(`It exists in namespace shop: kubectl netcheck -n shop svc web -f '${file}'\n`), err);
  });
});
