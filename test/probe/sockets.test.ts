import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isLoopback, isWildcard, parseProcNet, takesFamily } from "../../src/model/probe-sockets.ts";

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const line = (local: string, state: string): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 41377 1 0 100 0 0 10 0`;

describe("/proc/net tables", () => {
  it("reads addresses as little-endian words", () => {
    const text = [HEAD, line("0100007F:1F90", "0A"), line("00000000:0BB8", "0A"), line("0F01F40A:0050", "0A")].join(
      "\n",
    );
    assert.deepEqual(
      parseProcNet("tcp", text).map((socket) => `${socket.protocol} ${socket.address} ${socket.port}`),
      ["TCP 127.0.0.1 8080", "TCP 0.0.0.0 3000", "TCP 10.244.1.15 80"],
    );
  });

  it("reads IPv6, its wildcard, its loopback, and IPv4 mapped into it", () => {
    const text = [
      line("00000000000000000000000000000000:1F90", "0A"),
      line("00000000000000000000000001000000:1F91", "0A"),
      line("0000000000000000FFFF00000F01F40A:1F92", "0A"),
      line("B80D01200000000000000000010000A0:1F93", "0A"),
    ].join("\n");
    assert.deepEqual(
      parseProcNet("tcp6", text).map(({ family, address }) => `${family} ${address}`),
      ["6 ::", "6 ::1", "4 10.244.1.15", "6 2001:db8::a000:1"],
    );
  });

  it("takes listeners only: no established connection, no header, no half line", () => {
    const text = [HEAD, line("0100007F:1F90", "01"), line("0100007F:1F91", "06"), "  3: 0100007F:1F", ""].join("\n");
    assert.deepEqual(parseProcNet("tcp", text), []);
  });

  it("counts a bound UDP socket", () => {
    assert.deepEqual(parseProcNet("udp", line("00000000:0035", "07")), [
      { protocol: "UDP", family: 4, address: "0.0.0.0", port: 53 },
    ]);
  });

  it("knows who can reach a socket: :: counts for both families, an address of the pod for its own", () => {
    const socket = (address: string, family: 4 | 6) => ({ protocol: "TCP" as const, family, address, port: 1 });
    assert.equal(takesFamily(socket("::", 6), 4, []), true);
    assert.equal(takesFamily(socket("0.0.0.0", 4), 6, []), false);
    assert.equal(takesFamily(socket("10.244.1.15", 4), 4, ["10.244.1.15"]), true);
    assert.equal(takesFamily(socket("127.0.0.1", 4), 4, ["10.244.1.15"]), false);
    assert.equal(isLoopback(socket("127.0.1.1", 4)), true);
    assert.equal(isWildcard(socket("10.0.0.1", 4)), false);
  });
});
