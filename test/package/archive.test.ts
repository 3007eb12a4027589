import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { inflateRawSync } from "node:zlib";
import { tarGz, zip } from "../../scripts/package/archive.ts";

const ENTRIES = [
  { name: "kubectl-netcheck", bytes: Buffer.from("#!/bin/sh\necho hello\n"), executable: true },
  { name: "LICENSE", bytes: Buffer.from("x".repeat(512)), executable: false },
];
const folder = mkdtempSync(join(tmpdir(), "netcheck-archive-"));
after(() => rmSync(folder, { recursive: true }));

describe("tarGz", () => {
  it("unpacks with tar: content and modes", () => {
    writeFileSync(join(folder, "a.tar.gz"), tarGz(ENTRIES));
    assert.equal(spawnSync("tar", ["-xzf", "a.tar.gz"], { cwd: folder }).status, 0);
    assert.equal(readFileSync(join(folder, "LICENSE"), "utf8"), "x".repeat(512));
    assert.equal(statSync(join(folder, "kubectl-netcheck")).mode & 0o777, 0o755);
    assert.equal(statSync(join(folder, "LICENSE")).mode & 0o777, 0o644);
  });
  it("gives the same bytes each time", () => assert.deepEqual(tarGz(ENTRIES), tarGz(ENTRIES)));
});

describe("zip", () => {
  it("holds each entry where its directory says", () => {
    const bytes = zip(ENTRIES);
    const end = bytes.length - 22;
    assert.equal(bytes.readUInt32LE(end), 0x06054b50);
    assert.equal(bytes.readUInt16LE(end + 10), 2);
    const directory = bytes.readUInt32LE(end + 16);
    assert.equal(bytes.readUInt32LE(directory), 0x02014b50);
    const local = bytes.readUInt32LE(directory + 42);
    const nameLength = bytes.readUInt16LE(local + 26);
    assert.equal(bytes.toString("latin1", local + 30, local + 30 + nameLength), "kubectl-netcheck");
    const start = local + 30 + nameLength;
    const packed = bytes.subarray(start, start + bytes.readUInt32LE(local + 18));
    assert.deepEqual(inflateRawSync(packed), ENTRIES[0]?.bytes);
  });
  it("gives the same bytes each time", () => assert.deepEqual(zip(ENTRIES), zip(ENTRIES)));
});
