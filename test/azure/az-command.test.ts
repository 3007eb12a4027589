/** How az is started, on Windows above all: it is a batch file there, and its arguments pass a shell. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { azCommand } from "../../src/azure/az-command.ts";

const ARGS = ["network", "lb", "list", "-g", "MC_rg_(a)"];
const having =
  (...paths: readonly string[]) =>
  (path: string): boolean =>
    paths.includes(path);

describe("starting az", () => {
  it("by its name on the PATH", () => {
    const found = azCommand(undefined, ARGS, {
      platform: "linux",
      env: { PATH: "/usr/local/bin:/usr/bin" },
      exists: having("/usr/bin/az"),
    });
    assert.deepEqual(found, { file: "/usr/bin/az", args: ARGS, verbatim: false });
  });

  it("on Windows through cmd.exe, with its full path, every word quoted", () => {
    const cli = "C:\\Program Files\\Microsoft SDKs\\Azure\\CLI2\\wbin";
    const found = azCommand(undefined, ARGS, {
      platform: "win32",
      env: { Path: `C:\\Windows;"${cli}"`, ComSpec: "C:\\Windows\\system32\\cmd.exe" },
      exists: having(`${cli}\\az.cmd`),
    });
    assert.deepEqual(found, {
      file: "C:\\Windows\\system32\\cmd.exe",
      args: ["/d", "/s", "/c", `""${cli}\\az.cmd" "network" "lb" "list" "-g" "MC_rg_(a)""`],
      verbatim: true,
    });
  });

  it("never from the current folder, which may be anybody's", () => {
    const everywhere = (): boolean => true;
    for (const [platform, path] of [
      ["linux", ".:bin::"],
      ["win32", ".;bin;;"],
    ] as const)
      assert.equal(azCommand(undefined, ARGS, { platform, env: { PATH: path }, exists: everywhere }), undefined);
  });

  it("not installed, or no PATH at all", () => {
    for (const env of [{}, { PATH: "/usr/bin" }])
      assert.equal(azCommand(undefined, ARGS, { platform: "linux", env, exists: () => false }), undefined);
  });
});
