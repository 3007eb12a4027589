import type { AnyObject } from "../source.ts";

/** Whether one object fits; or why the selector cannot be answered. */
export type Matcher = { readonly matches: (object: AnyObject) => boolean } | { readonly refused: string };

type Labels = { readonly [key: string]: string | undefined };

const SET_BASED = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUALITY = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/;
const EXISTS = /^(!?)\s*([^\s!=,()]+)$/;

/** Splits at commas outside parentheses. */
function requirements(selector: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let current = "";
  for (const character of selector) {
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === "," && depth === 0) {
      parts.push(current.trim());
      current = "";
    } else current += character;
  }
  parts.push(current.trim());
  return parts;
}

/** One requirement; `!=` and `notin` hold for an absent key too. */
function requirement(text: string): ((labels: Labels) => boolean) | undefined {
  const set = SET_BASED.exec(text);
  if (set !== null) {
    const key = set[1] ?? "";
    const values = (set[3] ?? "").split(",").map((value) => value.trim());
    const listed = (labels: Labels) => Object.hasOwn(labels, key) && values.includes(labels[key] ?? "");
    return set[2] === "in" ? listed : (labels) => !listed(labels);
  }
  const equality = EQUALITY.exec(text);
  if (equality !== null) {
    const key = equality[1] ?? "";
    const value = equality[3] ?? "";
    const equal = (labels: Labels) => Object.hasOwn(labels, key) && labels[key] === value;
    return equality[2] === "!=" ? (labels) => !equal(labels) : equal;
  }
  const exists = EXISTS.exec(text);
  if (exists === null) return undefined;
  const key = exists[2] ?? "";
  return exists[1] === "!" ? (labels) => !Object.hasOwn(labels, key) : (labels) => Object.hasOwn(labels, key);
}

/**
 * A label selector as kubectl and the API write it: `=`, `==`, `!=`, `in (…)`, `notin (…)`, `key`, `!key`, joined by commas (AND).
 * Source: apimachinery pkg/labels/selector.go. What does not parse is refused, never taken for "all".
 */
export function labelMatcher(selector: string): Matcher {
  if (selector.trim() === "") return { matches: () => true };
  const tests: ((labels: Labels) => boolean)[] = [];
  for (const text of requirements(selector)) {
    const test = requirement(text);
    if (test === undefined) return { refused: `label selector ${JSON.stringify(selector)} is malformed` };
    tests.push(test);
  }
  return {
    matches: (object) => {
      const labels: Labels = object.metadata.labels ?? {};
      return tests.every((test) => test(labels));
    },
  };
}

/** The fields that API servers select by, for the kinds we ask with them. */
const FIELDS = new Set([
  "metadata.name",
  "metadata.namespace",
  "spec.nodeName",
  "status.phase",
  "status.podIP",
  "type",
  "reason",
  "involvedObject.kind",
  "involvedObject.namespace",
  "involvedObject.name",
  "involvedObject.uid",
  "involvedObject.apiVersion",
  "involvedObject.fieldPath",
]);

function fieldOf(object: unknown, path: string): string {
  let value: unknown = object;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return "";
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return typeof value === "string" ? value : "";
}

/**
 * A field selector: `field=value`, `==`, `!=`, joined by commas. An absent field equals "", as on the server.
 * An unknown field is refused (a server answers 400): silently selecting all would be a wrong answer.
 */
export function fieldMatcher(selector: string): Matcher {
  const tests: ((object: AnyObject) => boolean)[] = [];
  for (const text of selector.split(",").filter((part) => part.trim() !== "")) {
    const match = /^\s*([^=!\s]+)\s*(==|=|!=)\s*(.*?)\s*$/.exec(text);
    const field = match?.[1] ?? "";
    if (match === null || !FIELDS.has(field))
      return { refused: `field selector ${JSON.stringify(text.trim())} cannot be answered from a dump` };
    const value = match[3] ?? "";
    tests.push((object) => (fieldOf(object, field) === value) === (match[2] !== "!="));
  }
  return { matches: (object) => tests.every((test) => test(object)) };
}
