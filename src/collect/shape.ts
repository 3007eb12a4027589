/** A shape and what fits it: `map` is a record of strings, `quantities` one of strings or numbers. */
export type Shape =
  | "string"
  | "number"
  | "boolean"
  | "int-or-string"
  | "object"
  | "map"
  | "quantities"
  | readonly [Shape]
  | { readonly [field: string]: Shape };

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return isRecord(value) ? "an object" : `a ${typeof value}`;
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function isMapOf(value: unknown, types: readonly string[]): boolean {
  if (!isRecord(value)) return false;
  for (const key in value) if (!types.includes(typeof value[key])) return false;
  return true;
}

function mapProblem(value: unknown, path: string, types: readonly string[]): string | undefined {
  if (!isRecord(value)) return `${path} should be an object, found ${nameOf(value)}`;
  const wrong = Object.entries(value).find(([, item]) => !types.includes(typeof item));
  return wrong === undefined
    ? undefined
    : `${path}.${wrong[0]} should be a ${types[0]}, found ${nameOf(wrong[1])}${isRecord(wrong[1]) ? "" : " (quote it)"}`;
}

/** The first place where `value` is not of `shape`, in words with its path; undefined when it fits. Absent fields fit. */
export function shapeProblem(value: unknown, shape: Shape, path: string): string | undefined {
  return fits(value, shape) ? undefined : misfit(value, shape, path);
}

/** The same as a yes or no: nearly everything fits, and no path has to be put together for it. */
function fits(value: unknown, shape: Shape): boolean {
  if (value === undefined) return true;
  if (typeof shape === "object") {
    if (isList(shape)) {
      if (!Array.isArray(value)) return false;
      for (const item of value) if (!fits(item, shape[0])) return false;
      return true;
    }
    if (!isRecord(value)) return false;
    for (const field in shape) if (!fits(value[field], shape[field] ?? "object")) return false;
    return true;
  }
  switch (shape) {
    case "object":
      return isRecord(value);
    case "map":
      return isMapOf(value, ["string"]);
    case "quantities":
      return isMapOf(value, ["string", "number"]);
    case "int-or-string":
      return typeof value === "number" || typeof value === "string";
    default:
      return typeof value === shape;
  }
}

function misfit(value: unknown, shape: Shape, path: string): string | undefined {
  const wanted = (text: string) => `${path} should be ${text}, found ${nameOf(value)}`;
  if (isList(shape)) {
    if (!Array.isArray(value)) return wanted("a list");
    for (const [index, item] of value.entries()) {
      const problem = shapeProblem(item, shape[0], `${path}[${index}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (typeof shape === "object") {
    if (!isRecord(value)) return wanted("an object");
    for (const [field, inner] of Object.entries(shape)) {
      const problem = shapeProblem(value[field], inner, path === "" ? field : `${path}.${field}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  switch (shape) {
    case "object":
      return isRecord(value) ? undefined : wanted("an object");
    case "map":
      return mapProblem(value, path, ["string"]);
    case "quantities":
      return mapProblem(value, path, ["string", "number"]);
    case "int-or-string":
      return typeof value === "number" || typeof value === "string" ? undefined : wanted("a number or a string");
    default:
      return typeof value === shape ? undefined : wanted(`a ${shape}`);
  }
}
