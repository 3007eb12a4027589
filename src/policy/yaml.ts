/** Just enough YAML to print a policy that can be piped into kubectl: maps, lists, strings and numbers. */
import type { YamlValue } from "../model/flow-report.ts";

/** Words that a YAML 1.1 reader takes for something else than a string. */
const RESERVED = /^(true|false|null|yes|no|on|off|y|n)$/i;

/** A string as a plain scalar when every YAML reader takes it for a string, else in double quotes (JSON's escapes are YAML's). */
function scalar(text: string): string {
  return /^[A-Za-z][A-Za-z0-9._/-]*$/.test(text) && !RESERVED.test(text) ? text : JSON.stringify(text);
}

function isEmpty(value: YamlValue): boolean {
  return typeof value === "object" && Object.keys(value).length === 0;
}

function lines(value: YamlValue): readonly string[] {
  if (typeof value === "string") return [scalar(value)];
  if (typeof value === "number") return [String(value)];
  if (isEmpty(value)) return [Array.isArray(value) ? "[]" : "{}"];
  if (Array.isArray(value)) {
    return (value as readonly YamlValue[]).flatMap((item) =>
      lines(item).map((line, i) => `${i === 0 ? "- " : "  "}${line}`),
    );
  }
  return Object.entries(value as { readonly [key: string]: YamlValue | undefined }).flatMap(([key, item]) =>
    item === undefined ? [] : entry(scalar(key), item),
  );
}

function entry(key: string, item: YamlValue): readonly string[] {
  const inner = lines(item);
  if (typeof item !== "object" || isEmpty(item)) return [`${key}: ${inner[0]}`];
  return [`${key}:`, ...inner.map((line) => `  ${line}`)];
}

/** `value` as a YAML document without a final line break. Fields that are undefined are left out. */
export function toYaml(value: YamlValue): string {
  return lines(value).join("\n");
}
