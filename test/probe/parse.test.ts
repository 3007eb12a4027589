/** The classes of §11.6 on what curl really printed: `fixtures/curl-7.88-loopback.txt` is the script's output against servers on loopback. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { describeProbe, failureOf, type ProbeTarget, verdictOfProbe } from "../../src/model/probe-results.ts";
import { resultsOf } from "../../src/probe/parse.ts";
import { target } from "./support.ts";

const OUTPUT = readFileSync(new URL("./fixtures/curl-7.88-loopback.txt", import.meta.url), "utf8");
const VANTAGE = { kind: "pod", label: "test pod on node1", node: "node1" } as const;

interface Recorded {
  readonly server: string;
  readonly target: ProbeTarget;
  readonly expect: string;
}

const at = (port: number, more: Partial<ProbeTarget> = {}): ProbeTarget => target({ host: "127.0.0.1", port, ...more });

/** In the order in which the script was given them. */
const RECORDED: readonly Recorded[] = [
  { server: "HTTP 200", target: at(18001), expect: "ok 200" },
  { server: "HTTP 503", target: at(18001, { path: "/?s=503" }), expect: "ok 503 body text" },
  { server: "nobody", target: at(18099), expect: "refused" },
  { server: "greets like SMTP", target: at(18002), expect: "not-http" },
  { server: "closes after the request", target: at(18003), expect: "empty-reply" },
  { server: "resets after the request", target: at(18004), expect: "reset-connect" },
  { server: "never answers", target: at(18005), expect: "timeout-response" },
  { server: "resets at once", target: at(18006), expect: "reset-connect" },
  { server: "TLS, guessed as http", target: at(18007), expect: "ok 200 speaks https" },
  { server: "wants a client certificate", target: at(18008, { scheme: "https" }), expect: "tls-alert" },
  { server: "plain, guessed as https", target: at(18001, { scheme: "https" }), expect: "ok 200 speaks http" },
  { server: "plain, said to be https", target: at(18001, { scheme: "https", guessed: false }), expect: "tls-on-plain" },
  { server: "TLS, said to be http", target: at(18007, { guessed: false }), expect: "empty-reply" },
  { server: "SMTP as plain TCP", target: at(18002, { scheme: "tcp" }), expect: "ok" },
  { server: "silent as plain TCP", target: at(18005, { scheme: "tcp" }), expect: "ok" },
  { server: "nobody as plain TCP", target: at(18099, { scheme: "tcp" }), expect: "refused" },
  { server: "no such name", target: at(80, { host: "nosuch.invalid" }), expect: "dns" },
  { server: "a path full of shell", target: at(18001, { path: '/a b|c$(id)`id`"x' }), expect: "ok 200" },
];

const results = resultsOf(
  OUTPUT,
  RECORDED.map((one) => one.target),
  VANTAGE,
);

describe("the test pod's output", () => {
  RECORDED.forEach(({ server, expect }, i) => {
    it(`${server}: ${expect}`, () => {
      const found = results[i];
      assert.ok(found);
      for (const attempt of found.attempts) {
        const words = [
          attempt.class,
          attempt.status,
          attempt.body,
          attempt.speaks === undefined ? undefined : `speaks ${attempt.speaks}`,
        ];
        assert.equal(words.filter((word) => word !== undefined).join(" "), expect);
      }
      assert.equal(found.attempts.length, 2);
    });
  });

  it("keeps the evidence in curl's words", () => {
    assert.equal(results[2]?.attempts[0]?.evidence, 'curl exit 7, never connected, "Connection refused"');
  });

  it("survives a termination message that was cut in the middle of a line", () => {
    const cut = OUTPUT.slice(0, OUTPUT.length - 60);
    assert.equal(
      resultsOf(
        cut,
        RECORDED.map((one) => one.target),
        VANTAGE,
      ).length,
      RECORDED.length,
    );
  });

  it("takes no line for a target that was never asked, nor any other text", () => {
    const foreign =
      'NETCHECK {"id":"99","try":1,"exit":0,"http":"200","nc":1}\nsh: curl: not found\nNETCHECK {"id":null}\n';
    assert.deepEqual(resultsOf(foreign, [at(1)], VANTAGE), []);
  });

  it("calls it mixed when one try of several gets through, and names the failure", () => {
    const line = (turn: number, rest: string): string => `NETCHECK {"id":"0","try":${turn},"speaks":"",${rest}}`;
    const refused = '"said":"Connection refused","body":"","exit":7,"http":"000","nc":0,"tc":0,"tt":0.001';
    const fine = '"said":"","body":"","exit":0,"http":"200","nc":1,"tc":0.001,"tt":0.002';
    const [mixed] = resultsOf([line(1, fine), line(2, refused), line(3, fine)].join("\n"), [at(80)], VANTAGE);
    assert.ok(mixed);
    assert.equal(verdictOfProbe(mixed), "mixed");
    assert.equal(failureOf(mixed), "refused");
    assert.equal(describeProbe(mixed), "HTTP 200 (2 of 3 tries), connection refused (1 of 3 tries)");
  });
});
