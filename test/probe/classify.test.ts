/** Rows of the table in §11.6 that cannot be made on loopback: the text is what curl prints, from its source or from other versions. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CurlEvidence, classifyCurl } from "../../src/probe/classify.ts";

function said(given: Partial<CurlEvidence>): CurlEvidence {
  return { exit: 0, http: "000", connects: 0, connect: 0, total: 1, said: "", body: "", plainTcp: false, ...given };
}

const ROWS: readonly (readonly [string, Partial<CurlEvidence>, string])[] = [
  ["no route", { exit: 7, said: "No route to host" }, "no-route"],
  ["network unreachable", { exit: 7, said: "Network is unreachable" }, "no-route"],
  ["the kernel gave up connecting", { exit: 7, said: "Connection timed out" }, "timeout-connect"],
  ["a reset in the handshake leaves no text", { exit: 7 }, "reset-connect"],
  ["dropped packets", { exit: 28, said: "Connection timeout" }, "timeout-connect"],
  ["connected, then silence", { exit: 28, connects: 1, said: "Operation timed out" }, "timeout-response"],
  ["the DNS server is silent", { exit: 28, said: "Resolving timed out" }, "dns-timeout"],
  ["a server that closes in the TLS handshake", { exit: 35, connects: 1, said: "SSL_ERROR_SYSCALL" }, "reset-connect"],
  ["no such SNI", { exit: 35, connects: 1, said: "alert unrecognized name" }, "tls-alert"],
  ["packet length too long", { exit: 35, connects: 1, said: "packet length too long" }, "tls-on-plain"],
  ["untrusted certificate", { exit: 60, connects: 1 }, "tls-verify"],
  ["untrusted certificate, before curl 7.62", { exit: 51, connects: 1 }, "tls-verify"],
  [
    "nginx on its TLS port",
    { http: "400", connects: 1, body: "The plain HTTP request was sent to HTTPS port" },
    "plain-on-tls",
  ],
  [
    "Go on its TLS port",
    { http: "400", connects: 1, body: "Client sent an HTTP request to an HTTPS server." },
    "plain-on-tls",
  ],
  ["an app that dislikes the request", { http: "400", connects: 1, body: "missing tenant" }, "ok"],
  ["FTP greets in its own way", { exit: 8, connects: 1 }, "not-http"],
  ["an exit code that says nothing about the way", { exit: 23, connects: 1 }, "unclear"],
  ["TCP connects, whatever comes after", { exit: 28, connects: 1, plainTcp: true }, "ok"],
];

describe("classes of curl's evidence", () => {
  for (const [name, evidence, expected] of ROWS) {
    it(`${name}: ${expected}`, () => assert.equal(classifyCurl(said(evidence)), expected));
  }
});
