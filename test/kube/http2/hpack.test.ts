import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeFields, encodeFields, type Field } from "../../../src/kube/http2/hpack.ts";
import { huffmanDecoded } from "../../../src/kube/http2/huffman.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("Huffman strings of HPACK", () => {
  const examples: readonly (readonly [code: string, text: string, where: string])[] = [
    ["f1e3 c2e5 f23a 6ba0 ab90 f4ff", "www.example.com", "C.4.1"],
    ["a8eb 1064 9cbf", "no-cache", "C.4.2"],
    ["25a8 49e9 5ba9 7d7f", "custom-key", "C.4.3"],
    ["6402", "302", "C.6.1"],
    ["aec3 771a 4b", "private", "C.6.1"],
    ["d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff", "Mon, 21 Oct 2013 20:13:21 GMT", "C.6.1"],
    ["9d29 ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3", "https://www.example.com", "C.6.1"],
    [
      "94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
      "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
      "C.6.3",
    ],
    ["", "", "nothing"],
  ];
  for (const [code, text, where] of examples) {
    it(`reads ${JSON.stringify(text)} (RFC 7541, ${where})`, () => assert.equal(huffmanDecoded(hex(code)), text));
  }

  it("refuses a wrong filling, one of a whole byte, and the end of the string in its middle", () => {
    assert.throws(() => huffmanDecoded(hex("a8eb 1064 9cbe")), /filled up/);
    assert.throws(() => huffmanDecoded(hex("6402 ff")), /filled up/);
    assert.throws(() => huffmanDecoded(hex("ffff fffc")), /end of a string/);
  });
});

describe("header fields", () => {
  it("are the same when they were decoded before, and a plain text is not taken for a code", () => {
    const decoded = new Map<string, string>();
    // A Huffman code for 302, and the same two bytes as they are.
    const block = hex("0f0d 82 6402 0f0d 02 6402");
    const fields = decodeFields(block, decoded);
    assert.deepEqual(fields, [
      ["content-length", "302"],
      ["content-length", "d\u0002"],
    ]);
    assert.deepEqual([...decoded], [["d\u0002", "302"]]);
    assert.deepEqual(decodeFields(block, decoded), fields);
  });

  it("do not fill the memory, however many different texts come", () => {
    const decoded = new Map<string, string>();
    for (let i = 0; i < 1000; i += 1) {
      // Five-bit codes of 0, 1, 2 and a filling of one bit: the digits of i to the base 3.
      const digits = [
        i % 3,
        Math.floor(i / 3) % 3,
        Math.floor(i / 9) % 3,
        Math.floor(i / 27) % 3,
        Math.floor(i / 81) % 3,
        Math.floor(i / 243) % 3,
      ];
      const bits = `${digits.map((digit) => digit.toString(2).padStart(5, "0")).join("")}11`;
      const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
      const [field] = decodeFields(Buffer.from([0x0f, 0x0d, 0x80 | bytes.length, ...bytes]), decoded);
      assert.deepEqual(field, ["content-length", digits.join("")]);
    }
    assert.equal(decoded.size, 200);
  });

  it("come from the static table, whole or by name, or as they are (RFC 7541, C.2 and C.3.1)", () => {
    const of = (text: string): readonly Field[] => decodeFields(hex(text));
    assert.deepEqual(of("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"), [
      ["custom-key", "custom-header"],
    ]);
    assert.deepEqual(of("040c 2f73 616d 706c 652f 7061 7468"), [[":path", "/sample/path"]]);
    assert.deepEqual(of("1008 7061 7373 776f 7264 0673 6563 7265 74"), [["password", "secret"]]);
    assert.deepEqual(of("8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d"), [
      [":method", "GET"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "www.example.com"],
    ]);
    assert.deepEqual(of("20 88"), [[":status", "200"]], "a table of size 0 is what was asked for");
    assert.deepEqual(of(""), []);
  });

  it("that need a table, end in the middle or are without end are refused", () => {
    assert.throws(() => decodeFields(hex("be")), /no header 62/);
    assert.throws(() => decodeFields(hex("80")), /no header 0/);
    assert.throws(() => decodeFields(hex("3f e1 1f")), /remembers headers/);
    assert.throws(() => decodeFields(hex("04 0c 2f")), /end in the middle/);
    assert.throws(() => decodeFields(hex("04")), /end in the middle/);
    assert.throws(() => decodeFields(hex("ff ff ff ff ff ff ff")), /too big/);
    const long = encodeFields([["x", "y".repeat(1024 * 1024)]]);
    assert.throws(() => decodeFields(long), /too long/);
  });

  it("are read back as they were written, of every length", () => {
    const fields: readonly Field[] = [
      [":method", "GET"],
      [":method", "DELETE"],
      [":path", "/api/v1/pods?limit=500"],
      ["authorization", "Bearer abc"],
      ["impersonate-group", "a"],
      ["impersonate-group", "b"],
      ["accept", ""],
      ...[126, 127, 128, 254, 255, 16_384, 70_000].map((length): Field => ["x-long", "z".repeat(length)]),
      ["x-latin", "\u00e9\u00ff"],
    ];
    assert.deepEqual(decodeFields(encodeFields(fields)), fields);
  });

  it("with a line break or a zero in them never go out", () => {
    for (const value of ["a\r\nb: c", "a\nb", "a\0b"])
      assert.throws(() => encodeFields([["x-user", value]]), /x-user has a line break/);
  });
});
