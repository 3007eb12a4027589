import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canonicalIp, contains, isPrivate, parseAddress, parseCidr } from "../../src/model/cidr.ts";

function within(cidr: string, address: string): boolean {
  const [prefix, ip] = [parseCidr(cidr), parseAddress(address)];
  assert.ok(prefix && ip);
  return contains(prefix, ip);
}

describe("addresses", () => {
  it("one address has one text", () => {
    assert.equal(canonicalIp("FD00:0:0::1"), "fd00::1");
    assert.equal(canonicalIp("::ffff:10.0.0.1"), "10.0.0.1");
    assert.equal(canonicalIp("2001:db8:0:1:0:0:0:1"), "2001:db8:0:1::1");
    assert.equal(canonicalIp("::"), "::");
    assert.equal(canonicalIp("fe80::"), "fe80::");
    assert.equal(canonicalIp("64:ff9b::192.0.2.1"), "64:ff9b::c000:201");
    assert.equal(canonicalIp("not-an-ip"), "not-an-ip");
  });

  it("refuses what is no address", () => {
    for (const text of [
      "",
      "10.0.0",
      "10.0.0.256",
      "10.0.0.01",
      "1:2:3:4:5:6:7",
      "::1::",
      "12345::",
      "10.0.0.1.5",
      ":",
    ]) {
      assert.equal(parseAddress(text), undefined, text);
    }
  });
});

describe("prefixes", () => {
  it("contain their own family only", () => {
    assert.equal(within("10.0.0.0/8", "10.255.255.255"), true);
    assert.equal(within("10.0.0.0/8", "11.0.0.0"), false);
    assert.equal(within("0.0.0.0/0", "fd00::1"), false);
    assert.equal(within("fd00::/8", "fdff::"), true);
    assert.equal(within("192.0.2.1/32", "192.0.2.1"), true);
  });

  it("say when host bits were set, and refuse a missing mask", () => {
    assert.equal(parseCidr("10.0.0.1/24")?.hostBits, true);
    assert.equal(parseCidr("10.0.0.0/24")?.hostBits, false);
    for (const text of ["10.0.0.0", "10.0.0.0/33", "fd00::/129", "/8", "10.0.0.0/"])
      assert.equal(parseCidr(text), undefined, text);
  });

  it("private is what a client on the internet cannot reach; documentation ranges are not", () => {
    const isPrivateText = (text: string): boolean => {
      const address = parseAddress(text);
      assert.ok(address);
      return isPrivate(address);
    };
    for (const text of ["10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "169.254.1.1", "fd12::1", "fe80::1"])
      assert.equal(isPrivateText(text), true, text);
    for (const text of ["172.32.0.1", "203.0.113.7", "8.8.8.8", "2001:db8::1"])
      assert.equal(isPrivateText(text), false, text);
  });
});
