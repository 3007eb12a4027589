import { shapeProblem } from "./shape.ts";
import { METADATA, SHAPES } from "./shapes.ts";
import type { AnyObject } from "./source.ts";

/** An object that could not be used: where it stood and what is wrong with it. */
export interface DecodeIssue {
  /** `file:line`, with the document or the object when known. */
  readonly where: string;
  readonly problem: string;
}

/** No Kubernetes object nests deeper; what does would exhaust the stack of every reader. */
const MAX_DEPTH = 100;

class TooDeep extends Error {}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Go writes an empty list as null, and a hand-written manifest has keys without a value: both mean "absent". A null in a list is dropped, but for the
 * rules of a NetworkPolicy: there `ingress: [null]` is what `- ` decodes to, an empty rule, which allows everything. What has no nulls, nearly
 * everything that an API server sends, is returned as it is: copying ten thousand pods costs more memory than keeping them.
 */
function withoutNulls(value: unknown, key: string, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new TooDeep();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return listWithoutNulls(value, key === "ingress" || key === "egress", depth);
  const object = value as Record<string, unknown>;
  let changed: Map<string, unknown> | undefined;
  for (const name of Object.keys(object)) {
    const before = object[name];
    const dropped = before === null || before === undefined || name === "__proto__";
    const after = dropped ? undefined : withoutNulls(before, name, depth + 1);
    if (!dropped && after === before) continue;
    changed ??= new Map();
    changed.set(name, after);
  }
  if (changed === undefined) return object;
  const after = Object.entries({ ...object, ...Object.fromEntries(changed) });
  return Object.fromEntries(after.filter(([, item]) => item !== undefined));
}

function listWithoutNulls(list: readonly unknown[], rules: boolean, depth: number): readonly unknown[] {
  let same = true;
  const clean: unknown[] = [];
  for (const item of list) {
    const kept = item ?? (rules ? {} : undefined);
    const after = kept === undefined ? undefined : withoutNulls(kept, "", depth + 1);
    same &&= after === item;
    if (after !== undefined) clean.push(after);
  }
  return same ? list : clean;
}

/**
 * The one door for foreign bytes: makes `value` a decoded object or says why it is none. `kind` is the list's item kind, since items of a typed list
 * carry none. Checked are the shapes our code relies on (`shapes.ts`), and a name. Nulls are dropped, and `metadata.managedFields`, often half of an
 * object; of the kinds of which it matters who wrote them and when, that much is kept.
 */
export function decodeObject(value: unknown, kind: string, where: string): AnyObject | DecodeIssue {
  const problem = (text: string): DecodeIssue => ({ where, problem: text });
  if (!isRecord(value))
    return problem(
      `expected an object, found ${value === null ? "null" : Array.isArray(value) ? "a list" : typeof value}`,
    );
  if (!isRecord(value["metadata"])) return problem("metadata is missing");
  const { managedFields, ...kept } = value["metadata"];
  const own = typeof value["kind"] === "string" && value["kind"] !== "" ? value["kind"] : kind;
  const writers = WRITTEN_BY.has(own) ? writersOf(managedFields) : {};
  let clean: Record<string, unknown>;
  try {
    clean = withoutNulls({ ...value, metadata: { ...kept, ...writers } }, "", 0) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof TooDeep) return problem(`nested more than ${MAX_DEPTH} levels deep`);
    throw error;
  }
  const metadata = clean["metadata"] as Record<string, unknown>;
  const { name, namespace = "" } = metadata;
  if (typeof name !== "string" || name === "") return problem("metadata.name is missing");
  const malformed =
    shapeProblem(metadata, METADATA, "metadata") ??
    shapeProblem(clean, Object.hasOwn(SHAPES, own) ? (SHAPES[own] ?? {}) : {}, "");
  if (malformed !== undefined) return problem(malformed);
  // `namespace` passed the shape of METADATA; `name` was looked at above.
  return { ...clean, kind: own, metadata: { ...metadata, name, namespace: String(namespace) } };
}

/** What `fromProtobuf` made of an item: its shapes are those of the schema, whatever the bytes were. */
export interface TypedMetadata {
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The same door for an item that came as protobuf: only a name it may lack. */
export function decodeMetadata({ metadata }: TypedMetadata, kind: string, where: string): AnyObject | DecodeIssue {
  const { name, namespace = "" } = metadata;
  if (typeof name !== "string") return { where, problem: "metadata.name is missing" };
  return { kind, metadata: { ...metadata, name, namespace: String(namespace) } };
}

/** An autoscaler that put a workload to zero shows as who wrote its scale; whether an Ingress was edited since it was refused, by when it was written. */
const WRITTEN_BY: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "ReplicaSet", "Ingress"]);

/** The entries of `metadata.managedFields` without the fields. What is malformed is left out: no object is worth less for it. */
function writersOf(managed: unknown): { readonly managedFields?: readonly Record<string, string>[] } {
  if (!Array.isArray(managed)) return {};
  const known = ["manager", "operation", "subresource", "time"];
  const managedFields = managed.filter(isRecord).map((entry) =>
    Object.fromEntries(
      known.flatMap((key) => {
        const text = entry[key];
        return typeof text === "string" ? [[key, text]] : [];
      }),
    ),
  );
  return { managedFields };
}

/** Whether `decodeObject` refused. */
export function isIssue(decoded: AnyObject | DecodeIssue): decoded is DecodeIssue {
  return "problem" in decoded && "where" in decoded && !("metadata" in decoded);
}
