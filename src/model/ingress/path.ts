/**
 * Whether a `Prefix` path takes a request path: compared element by element, so `/foo` takes `/foo`, `/foo/` and `/foo/x`, not `/foobar`; a trailing slash of
 * the rule means nothing. Case counts. Source: networking/v1 HTTPIngressPath.pathType.
 */
export function matchPrefix(rule: string, path: string): boolean {
  const wanted = elements(rule);
  const asked = elements(path);
  return wanted.length <= asked.length && wanted.every((element, i) => asked[i] === element);
}

function elements(path: string): readonly string[] {
  const trimmed = path.replace(/^\/+/, "").replace(/\/+$/, "");
  return trimmed === "" ? [] : trimmed.split("/");
}

/** The number of capture groups of a regular expression, or undefined when it does not compile here. */
export function captureGroups(pattern: string): number | undefined {
  try {
    return (new RegExp(`${pattern}|`).exec("")?.length ?? 1) - 1;
  } catch {
    return undefined;
  }
}

/**
 * Whether nginx's `location ~* "^PATTERN"` takes the path: case-insensitive, anchored at the start only. Undefined when the pattern is not
 * one that both PCRE and this engine read alike, so that nothing is claimed.
 * Source: ingress-nginx docs/user-guide/ingress-path-matching.md.
 */
export function matchNginxRegex(pattern: string, path: string): boolean | undefined {
  // Possessive quantifiers, atomic groups, named classes, inline flags and \A \z \K are PCRE only.
  if (/\(\?[^:=!<]|\(\?<[^=!a-zA-Z]|[*+?}]\+|\[:|\\[AZzKGQERXN]/.test(pattern)) return undefined;
  try {
    return new RegExp(`^(?:${pattern})`, "i").test(path);
  } catch {
    return undefined;
  }
}
