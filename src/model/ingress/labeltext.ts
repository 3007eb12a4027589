import type { Labels } from "../kube.ts";

const SET = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUAL = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/;
const EXISTS = /^(!?)\s*([^\s!=,()]+)$/;

/**
 * Whether labels fit a selector as flags write it: `a=b,c in (d,e),!f`. Undefined when it does not parse, so that nothing is claimed.
 * Source: apimachinery pkg/labels/selector.go.
 */
export function fitsText(
  selector: string,
  labels: Labels | { readonly [key: string]: string | undefined },
): boolean | undefined {
  const parts = selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const results = parts.map((part) => fitsOne(part, labels));
  return results.includes(undefined) ? undefined : results.every((fits) => fits === true);
}

function fitsOne(part: string, labels: { readonly [key: string]: string | undefined }): boolean | undefined {
  const set = SET.exec(part);
  if (set !== null) {
    const values = (set[3] ?? "").split(",").map((value) => value.trim());
    const listed = values.includes(labels[set[1] ?? ""] ?? "\0");
    return set[2] === "in" ? listed : !listed;
  }
  const equal = EQUAL.exec(part);
  if (equal !== null) {
    const same = labels[equal[1] ?? ""] === equal[3];
    return equal[2] === "!=" ? !same : same;
  }
  const exists = EXISTS.exec(part);
  if (exists === null) return undefined;
  const there = labels[exists[2] ?? ""] !== undefined;
  return exists[1] === "!" ? !there : there;
}
