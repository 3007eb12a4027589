/** Writes Kubernetes' protobuf, as an API server does: what the reader in src/kube/protobuf.ts is tried with. */

/** A field's number and what stands in it: a number, text, or the fields of a message. */
export type Field = readonly [number, number | string | Buffer | readonly Field[]];

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

/** A message's bytes. */
export function message(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === "number") return [varint(number * 8), varint(value)];
      const bytes =
        typeof value === "string"
          ? Buffer.from(value)
          : Buffer.isBuffer(value)
            ? value
            : message(value as readonly Field[]);
      return [varint(number * 8 + 2), varint(bytes.length), bytes];
    }),
  );
}

/** `raw` in the envelope that every answer has. */
export function enveloped(apiVersion: string, kind: string, raw: readonly Field[]): Buffer {
  const envelope = message([
    [
      1,
      [
        [1, apiVersion],
        [2, kind],
      ],
    ],
    [2, message(raw)],
    [3, ""],
    [4, ""],
  ]);
  return Buffer.concat([Buffer.from("k8s\0"), envelope]);
}

/** The metadata of an object of any kind. */
export interface Metadata {
  readonly [key: string]: unknown;
}

type Texts = Readonly<Record<string, string | undefined>>;

const pairs = (number: number, map: unknown): readonly Field[] =>
  Object.entries((map ?? {}) as Texts).map(
    ([key, value]): Field => [
      number,
      [
        [1, key],
        [2, value ?? ""],
      ],
    ],
  );

const time = (number: number, value: unknown): readonly Field[] =>
  typeof value === "string"
    ? [
        [
          number,
          [
            [1, Date.parse(value) / 1000],
            [2, 0],
          ],
        ],
      ]
    : [];

const whole = (number: number, value: unknown): readonly Field[] =>
  typeof value === "number" ? [[number, value]] : [];
const yes = (number: number, value: unknown): readonly Field[] =>
  typeof value === "boolean" ? [[number, value ? 1 : 0]] : [];
/** Go writes every plain string, set or not. */
const text = (number: number, value: unknown): Field => [number, typeof value === "string" ? value : ""];

/** ObjectMeta, with an entry of `managedFields` as every object of a real server has. */
export function objectMeta(metadata: Metadata): readonly Field[] {
  const owners = (metadata["ownerReferences"] ?? []) as readonly Metadata[];
  return [
    text(1, metadata["name"]),
    text(2, metadata["generateName"]),
    text(3, metadata["namespace"]),
    text(4, metadata["selfLink"]),
    text(5, metadata["uid"]),
    text(6, metadata["resourceVersion"]),
    [7, typeof metadata["generation"] === "number" ? metadata["generation"] : 0],
    ...(metadata["creationTimestamp"] === undefined ? ([[8, []]] as const) : time(8, metadata["creationTimestamp"])),
    ...time(9, metadata["deletionTimestamp"]),
    ...whole(10, metadata["deletionGracePeriodSeconds"]),
    ...pairs(11, metadata["labels"]),
    ...pairs(12, metadata["annotations"]),
    ...owners.map(
      (owner): Field => [
        13,
        [
          text(1, owner["kind"]),
          text(3, owner["name"]),
          text(4, owner["uid"]),
          text(5, owner["apiVersion"]),
          ...yes(6, owner["controller"]),
          ...yes(7, owner["blockOwnerDeletion"]),
        ],
      ],
    ),
    ...((metadata["finalizers"] ?? []) as readonly string[]).map((one): Field => [14, one]),
    [
      17,
      [
        [1, "kube-controller-manager"],
        [2, "Update"],
        [7, [[1, '{"f:metadata":{}}']]],
      ],
    ],
  ];
}

/** A PartialObjectMetadataList; `next` is the token of the next page. */
export function metadataList(items: readonly Metadata[], next = ""): Buffer {
  return enveloped("meta.k8s.io/v1", "PartialObjectMetadataList", [
    [1, [[1, ""], [2, "1000"], [3, next], ...(next === "" ? [] : ([[4, 7]] as const))]],
    ...items.map((one): Field => [2, [[1, objectMeta(one)]]]),
  ]);
}

/** A Status that refuses. */
export function refusal(code: number, reason: string, words: string): Buffer {
  return enveloped("v1", "Status", [
    [
      1,
      [
        [1, ""],
        [2, ""],
        [3, ""],
      ],
    ],
    [2, "Failure"],
    [3, words],
    [4, reason],
    [
      5,
      [
        [1, "web"],
        [3, "pods"],
      ],
    ],
    [6, code],
  ]);
}
