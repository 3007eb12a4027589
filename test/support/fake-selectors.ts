/** Label and field selectors as the API server takes them in a query, for the fake one. */
interface Selectable {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly labels?: Readonly<Record<string, string | undefined>> | undefined;
  };
}

type Predicate = (value: string | undefined) => boolean;

/** Splits at commas that stand outside of parentheses. */
function terms(selector: string): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== "");
}

function labelTerm(term: string): { readonly key: string; readonly matches: Predicate } {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  if (set !== null) {
    const values = (set[3] ?? "").split(",").map((value) => value.trim());
    const isIn = set[2] === "in";
    return {
      key: set[1] ?? "",
      matches: (value) => (isIn ? value !== undefined && values.includes(value) : !values.includes(value ?? "\0")),
    };
  }
  const equals = /^([^=!]+)(==|=|!=)(.*)$/.exec(term);
  if (equals !== null) {
    const wanted = (equals[3] ?? "").trim();
    return {
      key: (equals[1] ?? "").trim(),
      matches: (value) => (equals[2] === "!=" ? value !== wanted : value === wanted),
    };
  }
  return term.startsWith("!")
    ? { key: term.slice(1), matches: (value) => value === undefined }
    : { key: term, matches: (value) => value !== undefined };
}

function fieldValue(object: object, path: string): string | undefined {
  let at: unknown = object;
  for (const part of path.split("."))
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[part] : undefined;
  return at === undefined || at === null ? "" : String(at);
}

/** Whether an object satisfies both selectors; "" selects everything. Any field path works, e.g. `involvedObject.name`. */
export function parseSelectors(labelSelector: string, fieldSelector: string): (object: Selectable) => boolean {
  const labels = terms(labelSelector).map(labelTerm);
  const fields = terms(fieldSelector).map(labelTerm);
  return (object) =>
    labels.every(({ key, matches }) => matches(object.metadata.labels?.[key])) &&
    fields.every(({ key, matches }) => matches(fieldValue(object, key)));
}
