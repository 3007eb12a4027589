/** az is the user's own program: whatever it does, the answer is data, soon, with the next step. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { azRunner } from "../../src/azure/az.ts";
import type { AzFailure } from "../../src/azure/runner.ts";
import { type Behaviour, standIn } from "./stand-in.ts";

async function failure(
  behaviour: Behaviour,
  args: readonly string[] = ["account", "show", "--subscription", "s-1"],
): Promise<AzFailure> {
  const answer = await azRunner({ program: standIn(behaviour).program })(args);
  assert.ok(answer.state === "failed", JSON.stringify(answer));
  return answer;
}
const says = (text: string, code = 1): Behaviour => ({ script: `echo '${text}' >&2; exit ${code}` });

describe("running az", () => {
  it("gives its JSON, asked for without noise", async () => {
    const az = standIn({ answers: [["account show", { id: "s-1" }]] });
    const answer = await azRunner({ program: az.program })(["account", "show"]);
    assert.deepEqual(answer, { state: "ok", json: { id: "s-1" } });
    assert.deepEqual(az.calls(), ["account show -o json --only-show-errors"]);
  });

  it("not installed", async () => {
    const answer = await azRunner({ program: "/nonexistent/az" })(["account", "show"]);
    assert.ok(answer.state === "failed");
    assert.equal(answer.kind, "missing");
    assert.match(answer.next[0] ?? "", /--azure-dump/);
  });

  const failures: readonly (readonly [string, Behaviour, AzFailure["kind"], RegExp])[] = [
    ["not logged in", says("ERROR: Please run az login to setup account."), "not-logged-in", /^az login$/],
    [
      "an expired login",
      says("ERROR: AADSTS700082: The refresh token has expired due to inactivity."),
      "not-logged-in",
      /^az login$/,
    ],
    [
      "another subscription",
      says("ERROR: The subscription of s-1 doesn\\047t exist in cloud AzureCloud."),
      "wrong-subscription",
      /^az account set --subscription s-1$/,
    ],
    [
      "a login to another tenant",
      says("ERROR: Subscription \\047s-1\\047 not found. Check the spelling and casing and try again."),
      "wrong-subscription",
      /^az account set --subscription s-1$/,
    ],
    [
      "a token that ran out",
      says("ERROR: (ExpiredAuthenticationToken) The access token expiry UTC time is earlier than current UTC time"),
      "not-logged-in",
      /^az login$/,
    ],
    [
      "an az that does not know the command",
      says("ERROR: \\047lb\\047 is misspelled or not recognized by the system.", 2),
      "outdated",
      /^az upgrade$/,
    ],
    [
      "an az that does not know an option",
      says("az: error: unrecognized arguments: --only-show-errors", 2),
      "outdated",
      /^az upgrade$/,
    ],
    [
      "no way to Azure",
      says("ERROR: HTTPSConnectionPool(host=\\047x\\047, port=443): Max retries exceeded with url: /"),
      "unreachable",
      /proxy/,
    ],
    ["a warning before the error", says("WARNING: beta\\nERROR: (AuthorizationFailed) no"), "forbidden", /role Reader/],
    [
      "a 403",
      says('ERROR: (AuthorizationFailed) The client "me" does not have authorization to perform action "read"'),
      "forbidden",
      /role Reader/,
    ],
    [
      "nothing there",
      says("ERROR: (ResourceGroupNotFound) Resource group MC_rg could not be found.", 3),
      "not-found",
      /^az account show/,
    ],
    ["something else", says("ERROR: boom"), "other", /^az account show/],
    ["silence", says("", 7), "other", /^az account show/],
    ["HTML for JSON", { script: 'echo "<html>proxy</html>"; exit 0' }, "garbage", /^az account show/],
    ["nothing for JSON", { script: "exit 0" }, "garbage", /^az account show/],
  ];
  for (const [name, behaviour, kind, next] of failures)
    it(`${name}: ${kind}, and what to do`, async () => {
      const answer = await failure(behaviour);
      assert.equal(answer.kind, kind, answer.detail);
      assert.match(answer.next[0] ?? "", next);
      assert.ok(!answer.detail.includes("\n"));
    });

  it("warnings on stderr and a banner before the JSON do not matter", async () => {
    const banner = "echo 'WARNING: this command is in preview' >&2; echo 'Welcome to example corp'; echo";
    const az = standIn({ script: banner, answers: [["account show", { id: "s-1" }]] });
    assert.deepEqual(await azRunner({ program: az.program })(["account", "show"]), {
      state: "ok",
      json: { id: "s-1" },
    });
    const list = standIn({ script: "echo hello", answers: [["aks list", [{ name: "a" }]]] });
    assert.deepEqual(await azRunner({ program: list.program })(["aks", "list"]), {
      state: "ok",
      json: [{ name: "a" }],
    });
  });

  it("what is cut off in the middle is no answer", async () => {
    const answer = await failure({ script: `printf '[{"name": "a"}, {"na'; exit 0` });
    assert.equal(answer.kind, "garbage");
    assert.match(answer.detail, /^what az printed is no JSON: \[\{"name"/);
  });

  it("a large answer is read whole; one without an end is cut off", async () => {
    const rules = Array.from({ length: 40_000 }, (_, i) => ({ name: `rule-${i}`, text: "x".repeat(100) }));
    const az = standIn({ answers: [["aks list", rules]] });
    const answer = await azRunner({ program: az.program })(["aks", "list"]);
    assert.ok(answer.state === "ok" && Array.isArray(answer.json));
    assert.equal(answer.json.length, 40_000);
    const endless = await failure({ script: "exec yes '{\"a\":1},'" });
    assert.match(endless.detail, /does not come to an end/);
  });

  it("hanging: ended with its children at the limit, and it says so", async () => {
    const az = standIn({ script: "sleep 600 & echo $! >> $0.pid; wait" });
    const answer = await azRunner({ program: az.program, limitMs: 400 })(["account", "show"]);
    assert.ok(answer.state === "failed");
    assert.equal(answer.kind, "timeout");
    assert.match(answer.detail, /no answer within 0\.4 s/);
    const { readFileSync } = await import("node:fs");
    const pid = Number(readFileSync(`${az.program}.pid`, "utf8"));
    // A killed process stays a moment until its parent takes note: wait until it runs no longer.
    while (running(pid)) await new Promise((go) => setTimeout(go, 20));
  });

  it("interrupted: at once", async () => {
    const abort = new AbortController();
    const asked = azRunner({ program: standIn({ script: "sleep 600" }).program, signal: abort.signal })([
      "account",
      "show",
    ]);
    abort.abort();
    const answer = await asked;
    assert.ok(answer.state === "failed");
    assert.equal(answer.detail, "interrupted");
  });

  it("after an interruption nothing is started any more", async () => {
    const az = standIn({ answers: [["account show", {}]] });
    const signal = AbortSignal.abort();
    const answer = await azRunner({ program: az.program, signal })(["account", "show"]);
    assert.ok(answer.state === "failed");
    assert.deepEqual(az.calls(), []);
  });

  it("when all calls together take too long, the rest are not made", async () => {
    const az = standIn({ answers: [["account show", {}]] });
    const ask = azRunner({ program: az.program, totalMs: 0 });
    const answer = await ask(["account", "show"]);
    assert.ok(answer.state === "failed");
    assert.equal(answer.kind, "timeout");
    assert.deepEqual(az.calls(), []);
  });

  it("no text that a shell could read passes as an argument", async () => {
    const az = standIn({});
    const answer = await azRunner({ program: az.program })(["vmss", "show", "--ids", "/x;reboot"]);
    assert.ok(answer.state === "failed");
    assert.deepEqual(az.calls(), []);
  });
});

/** Whether the process still runs; a zombie does not. */
function running(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(process.getBuiltinModule("node:fs").readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
