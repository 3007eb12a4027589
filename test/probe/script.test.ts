/** The script of the probes under a real shell, against servers on loopback: with curl, and with wget and nc in its place. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { failureOf, type ProbeTarget, verdictOfProbe } from "../../src/model/probe-results.ts";
import { resultsOf } from "../../src/probe/parse.ts";
import { scriptFor, targetLines } from "../../src/probe/script.ts";
import { target, vantage } from "./support.ts";

const MARKING = { run: "0a1b2c3d", place: 1, query: true };
const folder = mkdtempSync(join(tmpdir(), "netcheck-script-"));
const http = createServer((request, response) => {
  response.statusCode = request.url === "/broken" ? 503 : 200;
  response.end(request.headers["x-secret"] ?? "hello");
});
const closed = createTcp();
let port = 0;
let nobody = 0;

/** A folder with nothing but these programs, as in a small image. */
function only(...names: readonly string[]): string {
  const path = join(folder, names.join("-") || "none");
  const made = spawnSyncOrThrow("mkdir", ["-p", path]);
  assert.equal(made, 0);
  for (const name of ["dash", "grep", "head", "tr", "cat", ...names])
    for (const place of ["/usr/bin", "/bin"])
      try {
        symlinkSync(join(place, name), join(path, name));
        break;
      } catch {
        // It is there already, by the other path.
      }
  return path;
}

function spawnSyncOrThrow(command: string, args: readonly string[]): number | null {
  return process.getBuiltinModule("node:child_process").spawnSync(command, args).status;
}

function run(path: string, script: string): Promise<string> {
  const child = spawn("/usr/bin/dash", [], { env: { PATH: path }, stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += String(chunk);
  });
  child.stdin.end(script);
  return new Promise((resolve) => child.once("close", () => resolve(text)));
}

async function tried(path: string, targets: readonly ProbeTarget[], headers: readonly string[] = []) {
  const script = scriptFor({ run: "0a1b2c3d", targets: targetLines(targets, MARKING), headers });
  return resultsOf(await run(path, script), targets, vantage());
}

const here = (given: Partial<ProbeTarget> = {}): ProbeTarget =>
  target({ host: "127.0.0.1", port, guessed: false, ...given });

before(async () => {
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  port = (http.address() as AddressInfo).port;
  nobody = (closed.address() as AddressInfo).port;
  await new Promise<void>((resolve) => closed.close(() => resolve()));
});

after(() => {
  http.close();
  rmSync(folder, { recursive: true });
});

describe("the script on the standard input of a shell", () => {
  it("tries each target twice with curl, and tells status, refusal and bare TCP apart", async () => {
    const targets = [here(), here({ path: "/broken" }), here({ port: nobody }), here({ scheme: "tcp" })];
    const results = await tried(only("curl"), targets);
    assert.deepEqual(
      results.map(({ attempts }) => attempts.map(({ class: found, status }) => status ?? found)),
      [
        [200, 200],
        [503, 503],
        ["refused", "refused"],
        ["ok", "ok"],
      ],
    );
    assert.match(results[2]?.attempts[0]?.evidence ?? "", /curl exit 7, never connected, "Connection refused"/);
  });

  it("does the same with wget alone, and leaves open what wget does not tell", async () => {
    const results = await tried(only("wget"), [here(), here({ path: "/broken" }), here({ port: nobody })]);
    assert.deepEqual(
      results.map(({ attempts }) => attempts.map(({ class: found, status }) => status ?? found)),
      [
        [200, 200],
        [503, 503],
        ["refused", "refused"],
      ],
    );
    assert.equal(results[2]?.attempts[0]?.evidence, 'wget, "Connection refused"');
    const [tcp] = await tried(only("wget"), [here({ scheme: "tcp" })]);
    assert.equal(tcp === undefined ? "" : verdictOfProbe(tcp), "unclear");
  });

  it("asks UDP ports by nslookup where nc cannot: an answer, a refusal, silence", async () => {
    const fake = only("curl", "nslookup-fake");
    const told = [
      "** server can't find netcheck.invalid.: NXDOMAIN",
      "nslookup: write to '127.0.0.1': Connection refused\n;; connection timed out; no servers could be reached",
      ";; connection timed out; no servers could be reached",
    ];
    const cases = told.map((text, i) => `*port=${i + 1}) cat <<'T'\n${text}\nT\n;;`).join("\n");
    writeFileSync(join(fake, "nslookup"), `#!/usr/bin/dash\ncase "$1" in\n${cases}\nesac\n`, { mode: 0o755 });
    const results = await tried(
      fake,
      [1, 2, 3].map((at) => here({ scheme: "udp", port: at })),
    );
    assert.deepEqual(
      results.map(({ attempts }) => attempts.map(({ class: found }) => found)),
      [
        ["ok", "ok"],
        ["refused", "refused"],
        ["udp-silent", "udp-silent"],
      ],
    );
    const [none] = await tried(only("curl"), [here({ scheme: "udp" })]);
    assert.deepEqual(
      [none?.attempts[0]?.class, none?.attempts[0]?.evidence],
      ["unclear", 'nc -u, "no tool in the image sends UDP"'],
    );
  });

  it("says that it has no tools, instead of results", async () => {
    const script = scriptFor({ run: "0a1b2c3d", targets: targetLines([here()], MARKING), headers: [] });
    assert.equal(await run(only(), script), "NETCHECK-NO-TOOLS\n");
  });

  it("lets no path, header or quote of the user's become a command", async () => {
    const mean = "'; echo OWNED; '$(echo OWNED)`echo OWNED`";
    const targets = [here({ path: `/${mean}` })];
    const script = scriptFor({
      run: "0a1b2c3d",
      targets: targetLines(targets, MARKING),
      headers: [`X-Secret: ${mean}`],
    });
    const text = await run(only("curl"), script);
    assert.doesNotMatch(text, /^OWNED/m);
    assert.equal(failureOf(resultsOf(text, targets, vantage())[0] ?? assert.fail("no result")), undefined);
  });
});
