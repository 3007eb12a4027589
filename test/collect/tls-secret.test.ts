import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { tlsFacts } from "../../src/collect/tls-secret.ts";
import { coversHost } from "../../src/model/tls.ts";

const folder = mkdtempSync(join(tmpdir(), "netcheck-tls-"));
after(() => rmSync(folder, { recursive: true }));

/** A self-signed pair made by openssl, which every machine with git or ssh has. */
function made(name: string, san: string): { readonly crt: string; readonly key: string } {
  const [crt, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      ...ec,
      "-days",
      "10",
      "-subj",
      `/CN=${name}`,
      "-addext",
      `subjectAltName=${san}`,
      "-keyout",
      key,
      "-out",
      crt,
    ],
    { stdio: "ignore" },
  );
  return { crt: readFileSync(crt, "latin1"), key: readFileSync(key, "latin1") };
}

function secret(data: Readonly<Record<string, string>>, type = "kubernetes.io/tls") {
  const encoded = Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
  return {
    kind: "Secret",
    metadata: { name: "tls", namespace: "shop", annotations: { note: "do-not-tell" } },
    type,
    data: encoded,
  };
}

describe("what leaves a Secret", () => {
  const a = made("a", "DNS:a.example.com,DNS:*.b.example.com,IP:192.0.2.1");
  const other = made("other", "DNS:other.example.com");

  it("the public part of the certificates and whether the key fits, nothing else", () => {
    const facts = tlsFacts(secret({ "tls.crt": a.crt, "tls.key": a.key, password: "hunter2" }));
    assert.deepEqual(facts.certificates[0]?.dnsNames, ["a.example.com", "*.b.example.com"]);
    assert.deepEqual(facts.certificates[0]?.ipAddresses, ["192.0.2.1"]);
    assert.equal(facts.pair, "match");
    assert.deepEqual(facts.keys, ["password", "tls.crt", "tls.key"]);
    const text = JSON.stringify(facts);
    for (const value of [
      "hunter2",
      "PRIVATE KEY",
      "do-not-tell",
      a.key.split("\n")[1] ?? "?",
      Buffer.from(a.key).toString("base64").slice(0, 40),
    ]) {
      assert.ok(!text.includes(value), "a value of the Secret left it");
    }
  });

  it("a foreign key, and a chain in the wrong order", () => {
    assert.equal(tlsFacts(secret({ "tls.crt": a.crt, "tls.key": other.key })).pair, "mismatch");
    assert.equal(tlsFacts(secret({ "tls.crt": other.crt + a.crt, "tls.key": a.key })).pair, "wrong-order");
  });

  it("missing, empty and garbled parts are told apart, and nothing is claimed of a pair that cannot be read", () => {
    const states = (data: Readonly<Record<string, string>>) => {
      const { certificate, privateKey, pair } = tlsFacts(secret(data));
      return [certificate, privateKey, pair];
    };
    assert.deepEqual(states({}), ["missing", "missing", undefined]);
    assert.deepEqual(states({ "tls.crt": "", "tls.key": "" }), ["empty", "empty", undefined]);
    assert.deepEqual(states({ "tls.crt": "hello", "tls.key": "hello" }), ["not-pem", "not-pem", undefined]);
    assert.deepEqual(
      states({ "tls.crt": a.crt, "tls.key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" }),
      ["ok", "ok", undefined],
    );
  });

  it("a certificate covers its DNS names, a wildcard one label", () => {
    const certificate = tlsFacts(secret({ "tls.crt": a.crt })).certificates[0];
    assert.ok(certificate);
    const covered = [
      "a.example.com",
      "A.Example.com",
      "x.b.example.com",
      "b.example.com",
      "x.y.b.example.com",
      "a",
    ].filter((host) => coversHost(certificate, host));
    assert.deepEqual(covered, ["a.example.com", "A.Example.com", "x.b.example.com"]);
  });
});
