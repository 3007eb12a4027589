/** Which proxy a server is reached through: Go's rules, since kubectl's users have set their environment for those. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { proxyFor } from "../../src/kube/proxy.ts";

const chosen = (server: string, env: Record<string, string>, proxyUrl?: string): string | undefined =>
  proxyFor(new URL(server), proxyUrl, env)?.href;

describe("proxy", () => {
  const HTTPS_PROXY = "http://proxy:3128";

  it("HTTPS_PROXY for https, HTTP_PROXY for http", () => {
    const env = { HTTPS_PROXY, HTTP_PROXY: "http://plain:3128" };
    assert.equal(chosen("https://api.example:6443", env), "http://proxy:3128/");
    assert.equal(chosen("http://api.example", env), "http://plain:3128/");
  });
  it("lower-case names count too, after the upper-case ones", () => {
    assert.equal(chosen("https://api.example", { https_proxy: "http://low:1" }), "http://low:1/");
    assert.equal(chosen("https://api.example", { HTTPS_PROXY, https_proxy: "http://low:1" }), "http://proxy:3128/");
  });
  it("a bare host is an http proxy", () =>
    assert.equal(chosen("https://api.example", { HTTPS_PROXY: "proxy:3128" }), "http://proxy:3128/"));
  it("loopback is never proxied by the environment", () => {
    for (const server of [
      "https://localhost:6443",
      "https://127.0.0.1:6443",
      "https://127.9.9.9",
      "https://[::1]:6443",
    ])
      assert.equal(chosen(server, { HTTPS_PROXY }), undefined, server);
  });
  it("proxy-url wins over the environment, and over NO_PROXY", () =>
    assert.equal(chosen("https://127.0.0.1", { HTTPS_PROXY, NO_PROXY: "*" }, "socks5://s:1"), "socks5://s:1"));
  it("proxy-url of an unknown kind is refused, without its password", () => {
    assert.throws(() => chosen("https://a.example", {}, "ftp://me:secret@x"), {
      message: "proxy-url in the kubeconfig is not the address of a proxy that can be used",
    });
  });

  it("a password with a bare percent sign is no URL", () => {
    assert.throws(() => chosen("https://a.example", { HTTPS_PROXY: "http://me:100%@proxy:3128" }), {
      message: "HTTPS_PROXY is not the address of a proxy that can be used",
    });
  });

  const exempt: readonly [rule: string, server: string, isExempt: boolean][] = [
    ["*", "https://api.example", true],
    ["example", "https://api.example", true],
    ["api.example", "https://api.example", true],
    [".example", "https://api.example", true],
    [".api.example", "https://api.example", false],
    ["*.example", "https://api.example", true],
    ["ample", "https://api.example", false],
    ["API.Example", "https://api.example", true],
    ["other, api.example:6443", "https://api.example:6443", true],
    ["api.example:443", "https://api.example:6443", false],
    ["api.example:443", "https://api.example", true],
    ["10.0.0.0/8", "https://10.1.2.3", true],
    ["10.0.0.0/8", "https://11.1.2.3", false],
    ["10.0.0.0/8", "https://ten.example", false],
    ["10.1.2.3", "https://10.1.2.3:6443", true],
    ["fd00::/8", "https://[fd00::1]:6443", true],
    ["[fd00::1]:6443", "https://[fd00::1]:6443", true],
    ["", "https://api.example", false],
    ["10.0.0.0/99", "https://10.1.2.3", false],
  ];
  for (const [rule, server, isExempt] of exempt)
    it(`NO_PROXY="${rule}" ${isExempt ? "exempts" : "does not exempt"} ${server}`, () =>
      assert.equal(chosen(server, { HTTPS_PROXY, NO_PROXY: rule }), isExempt ? undefined : "http://proxy:3128/"));
});
