/** Careful looks into JSON that somebody else wrote. Nothing here throws. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The list, without nulls; empty for anything that is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.filter((item) => item !== null) : [];
}

/** The string, or "". */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The object with what stands under its `properties` beside its own fields: ARM nests there what `az` prints flat. */
export function flattened(value: JsonObject): JsonObject {
  const inner = value["properties"];
  return isObject(inner) ? { ...value, ...inner } : value;
}

/** Ids of a list of references. */
export function idsOf(value: unknown): readonly string[] {
  return listOf(value).flatMap((item) => (isObject(item) && textOf(item["id"]) !== "" ? [textOf(item["id"])] : []));
}
