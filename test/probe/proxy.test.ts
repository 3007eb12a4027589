import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { classifyError } from "../../src/probe/local.ts";
import { classifyProxied, isOwnRefusal } from "../../src/probe/proxy.ts";
import { refusalOf, wantsProbes } from "../../src/probe/refusal.ts";

const status = (code: number, message: string): string =>
  JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", message, code });
const dialled = (words: string): string => status(503, `error trying to reach service: ${words}`);

describe("the API server's proxy", () => {
  const rows: readonly (readonly [string, number, string, string])[] = [
    ["the app's own 200", 200, "hello", "ok"],
    ["the app's own 503", 503, "overloaded", "ok"],
    ["the app's own JSON error", 500, '{"error":"boom"}', "ok"],
    ["refused", 503, dialled("dial tcp 10.244.0.93:8080: connect: connection refused"), "refused"],
    ["dropped", 503, dialled("dial tcp 10.244.0.93:8080: i/o timeout"), "timeout-connect"],
    ["no route", 503, dialled("dial tcp 10.244.0.93:8080: connect: no route to host"), "no-route"],
    ["not TLS", 503, dialled("http: server gave HTTP response to HTTPS client"), "tls-on-plain"],
    [
      "not HTTP",
      503,
      dialled('net/http: HTTP/1.x transport connection broken: malformed HTTP response "220"'),
      "not-http",
    ],
    ["closed", 503, dialled("EOF"), "empty-reply"],
    ["something new", 503, dialled("proxy error from 10.0.0.1"), "unclear"],
  ];
  for (const [name, code, text, expected] of rows) {
    it(`${name}: ${expected}`, () => assert.equal(classifyProxied(code, text).class, expected));
  }

  it("tells our missing permission from the app's own 403", () => {
    const own = status(
      403,
      'pods "web:8080" is forbidden: User "dev" cannot get resource "pods/proxy" in API group ""',
    );
    assert.equal(isOwnRefusal(403, own), true);
    assert.equal(isOwnRefusal(403, "<html>Forbidden</html>"), false);
  });
});

describe("why a test pod was not taken", () => {
  it("RBAC and admission both say 403: the sentence tells them apart", () => {
    const rbac = status(
      403,
      'pods is forbidden: User "dev" cannot create resource "pods" in API group "" in the namespace "shop"',
    );
    assert.equal(refusalOf(403, rbac).kind, "forbidden");
    const security = status(403, 'pods "netcheck-1" is forbidden: violates PodSecurity "restricted:latest": …');
    assert.equal(refusalOf(403, security).kind, "denied");
    const quota = status(
      403,
      'pods "netcheck-1" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    );
    assert.equal(refusalOf(403, quota).kind, "denied");
    assert.equal(refusalOf(500, "etcd is down").kind, "failed");
  });

  it("hears when a policy wants probes", () => {
    const asked =
      'admission webhook "validation.gatekeeper.sh" denied the request: Container <probe> has no <readinessProbe>';
    assert.equal(wantsProbes(refusalOf(403, status(403, asked))), true);
    assert.equal(
      wantsProbes(refusalOf(403, status(403, 'User "dev" cannot create resource "pods" (readiness)'))),
      false,
    );
  });
});

describe("errors of this machine", () => {
  const rows: readonly (readonly [string, string, boolean, string])[] = [
    ["ECONNREFUSED", "connect ECONNREFUSED", false, "refused"],
    ["LIMIT", "no connection within 5 s", false, "timeout-connect"],
    ["LIMIT", "no answer within 8 s", true, "timeout-response"],
    ["ECONNRESET", "socket hang up", true, "empty-reply"],
    ["ECONNRESET", "read ECONNRESET", true, "reset-connect"],
    ["HPE_INVALID_CONSTANT", "Parse Error", true, "not-http"],
    ["EPROTO", "tlsv1 alert unrecognized name", true, "tls-alert"],
    ["ENOTFOUND", "getaddrinfo ENOTFOUND", false, "dns"],
    ["ESOMETHING", "?", false, "unclear"],
  ];
  for (const [code, message, connected, expected] of rows) {
    it(`${code} ${message}: ${expected}`, () => assert.equal(classifyError(code, message, connected), expected));
  }
});
