import type { AnyObject } from "./source.ts";

/** An object that could not be used: where it stood and what is wrong with it. */
export interface DecodeIssue {
  readonly where: string;
  readonly problem: string;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Go writes an empty list as null and may put nulls in lists: neither means anything, and both crash careless readers. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null && item !== undefined)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

/** Fields that hold a list wherever a Kubernetes object we read has them: anything else there is malformed. */
const LISTS = new Set(
  (
    "conditions containers initContainers ephemeralContainers containerStatuses initContainerStatuses ports endpoints addresses rules " +
    "paths tls hosts podIPs ownerReferences finalizers ingress egress from to except matchExpressions policyTypes taints tolerations " +
    "readinessGates ipFamilies clusterIPs externalIPs loadBalancerSourceRanges schedulingGates"
  ).split(" "),
);
/** Fields that hold an object or nothing. */
const OBJECTS = new Set(
  "metadata spec status labels annotations selector matchLabels template state lastState".split(" "),
);

/**
 * The one door for foreign bytes: makes `value` a decoded object or says why it is none. `kind` is the list's item kind, since items of a typed list carry none.
 * Checked are the shapes our code relies on: records where objects, arrays where lists are expected, a name. Nulls are dropped.
 */
export function decodeObject(value: unknown, kind: string, where: string): AnyObject | DecodeIssue {
  const problem = (text: string): DecodeIssue => ({ where, problem: text });
  if (!isRecord(value))
    return problem(
      `expected an object, found ${value === null ? "null" : Array.isArray(value) ? "a list" : typeof value}`,
    );
  const clean = withoutNulls(value) as Record<string, unknown>;
  const { metadata } = clean;
  if (!isRecord(metadata)) return problem("metadata is missing");
  if (typeof metadata["name"] !== "string" || metadata["name"] === "") return problem("metadata.name is missing");
  const malformed = shapeProblem(clean, "");
  if (malformed !== undefined) return problem(malformed);
  const namespace = typeof metadata["namespace"] === "string" ? metadata["namespace"] : "";
  const own = typeof clean["kind"] === "string" && clean["kind"] !== "" ? clean["kind"] : kind;
  return { ...clean, kind: own, metadata: { ...metadata, name: metadata["name"], namespace } };
}

/** Whether `decodeObject` refused. */
export function isIssue(decoded: AnyObject | DecodeIssue): decoded is DecodeIssue {
  return "problem" in decoded;
}

/** Free-form maps whose keys are the user's own: a key there may have any name of ours. */
const FREE = new Set([
  "labels",
  "annotations",
  "matchLabels",
  "data",
  "stringData",
  "binaryData",
  "nodeSelector",
  "limits",
  "requests",
]);

function shapeProblem(record: Record<string, unknown>, path: string): string | undefined {
  for (const [key, value] of Object.entries(record)) {
    const here = path === "" ? key : `${path}.${key}`;
    if (LISTS.has(key) && !Array.isArray(value) && !(key === "ingress" && isRecord(value)))
      return `${here} should be a list`;
    if (OBJECTS.has(key) && !isRecord(value)) return `${here} should be an object`;
    if (FREE.has(key)) continue;
    const items = Array.isArray(value) ? value : [value];
    for (const item of items) {
      if (!isRecord(item)) continue;
      const inner = shapeProblem(item, here);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}
