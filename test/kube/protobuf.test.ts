/** Answers in protobuf, and bytes that only look like them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromProtobuf, MalformedProtobuf } from "../../src/kube/protobuf.ts";
import { enveloped, type Field, type Metadata, message, metadataList, refusal } from "../support/protobuf.ts";

const items = (bytes: Buffer): unknown => fromProtobuf(bytes)["items"];
const listWith = (fields: readonly Field[]): Buffer =>
  enveloped("meta.k8s.io/v1", "PartialObjectMetadataList", [[2, [[1, fields]]]]);
const malformed = (bytes: Buffer, words: RegExp): void =>
  assert.throws(
    () => fromProtobuf(bytes),
    (error) => error instanceof MalformedProtobuf && words.test(error.message),
  );

const FULL: Metadata = {
  name: "web-7d4b9c-x2x7p",
  generateName: "web-7d4b9c-",
  namespace: "shop",
  uid: "0f0e7f6a-5f4e-4f57-8f2c-95a3b1c1d1e1",
  resourceVersion: "123456789",
  generation: 3,
  creationTimestamp: "2026-11-30T18:25:09Z",
  deletionTimestamp: "2026-11-30T18:26:09Z",
  deletionGracePeriodSeconds: 0,
  labels: { app: "web", empty: "", "app.kubernetes.io/name": "büro" },
  annotations: { note: "x".repeat(300) },
  ownerReferences: [
    {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "web-7d4b9c",
      uid: "u",
      controller: true,
      blockOwnerDeletion: false,
    },
  ],
  finalizers: ["example.com/hold", "example.com/too"],
};

describe("fromProtobuf: lists of metadata", () => {
  it("reads all of an object's metadata but its managedFields", () => {
    assert.deepEqual(items(metadataList([FULL])), [{ metadata: FULL }]);
  });

  it("leaves out what is not set, as the JSON does", () => {
    assert.deepEqual(items(metadataList([{ name: "web" }])), [{ metadata: { name: "web" } }]);
  });

  it("keeps objects in order, and the token of the next page", () => {
    const list = fromProtobuf(metadataList([{ name: "a" }, { name: "b" }], "token"));
    assert.deepEqual(list, {
      kind: "PartialObjectMetadataList",
      metadata: { resourceVersion: "1000", continue: "token" },
      items: [{ metadata: { name: "a" } }, { metadata: { name: "b" } }],
    });
  });

  it("reads an empty list", () => {
    assert.deepEqual(items(metadataList([])), []);
  });

  it("steps over fields that it does not know, of every wire type", () => {
    const unknown = Buffer.concat([
      message([
        [1, "web"],
        [99, 5],
        [98, "later"],
        [97, 2 ** 52],
      ]),
      Buffer.from([(96 % 16) * 8 + 1 + 128, 96 >> 4, 1, 2, 3, 4, 5, 6, 7, 8]),
      Buffer.from([(95 % 16) * 8 + 5 + 128, 95 >> 4, 1, 2, 3, 4]),
      message([[3, "shop"]]),
    ]);
    const list = enveloped("meta.k8s.io/v1", "PartialObjectMetadataList", [[2, [[1, unknown]]]]);
    assert.deepEqual(items(list), [{ metadata: { name: "web", namespace: "shop" } }]);
  });

  it("takes a label called __proto__ for nothing but a label", () => {
    const [one] = items(metadataList([{ name: "web", labels: JSON.parse('{"__proto__":"x","app":"web"}') }])) as [
      { readonly metadata: Metadata },
    ];
    assert.equal(Object.getPrototypeOf(one.metadata["labels"]), Object.prototype);
    assert.equal((one.metadata["labels"] as Metadata)["app"], "web");
  });
});

describe("fromProtobuf: refusals", () => {
  it("reads the server's words and reason", () => {
    assert.deepEqual(fromProtobuf(refusal(403, "Forbidden", "pods is forbidden")), {
      kind: "Status",
      status: "Failure",
      message: "pods is forbidden",
      reason: "Forbidden",
      code: 403,
    });
  });
});

describe("fromProtobuf: bytes that are something else", () => {
  const whole = metadataList([FULL]);

  it("refuses what has no envelope", () => {
    malformed(Buffer.from('{"kind":"PodList"}'), /envelope/);
    malformed(Buffer.alloc(0), /envelope/);
  });

  it("refuses a list of whole objects, which it would read wrongly", () => {
    malformed(enveloped("v1", "PodList", [[2, [[1, [[1, "web"]]]]]]), /a PodList/);
    malformed(enveloped("v1", "", [[1, "web"]]), /nameless/);
  });

  it("refuses an answer that was cut off, wherever", () => {
    // The envelope ends with two empty fields of two bytes each, which nobody misses.
    for (let length = 0; length < whole.length - 4; length += 1) malformed(whole.subarray(0, length), /./);
  });

  it("refuses numbers without an end, groups and impossible times", () => {
    malformed(listWith([[1, "web"]]).subarray(0, 4), /nothing in it/);
    malformed(Buffer.concat([Buffer.from("k8s\0"), Buffer.alloc(11, 255)]), /ten bytes/);
    malformed(Buffer.concat([Buffer.from("k8s\0"), Buffer.from([0x0b])]), /wire type 3/);
    malformed(listWith([[8, [[1, 2 ** 52]]]]), /calendars/);
  });
});
