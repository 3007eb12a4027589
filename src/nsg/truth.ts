/** Kleene's three values: a match that depends on facts nobody gave is neither yes nor no. */
export type Truth = boolean | "unknown";

/** False when any is false, else unknown when any is unknown. */
export function and3(...values: readonly Truth[]): Truth {
  if (values.includes(false)) return false;
  return values.includes("unknown") ? "unknown" : true;
}

/** True when any is true, else unknown when any is unknown. */
export function or3(values: readonly Truth[]): Truth {
  if (values.includes(true)) return true;
  return values.includes("unknown") ? "unknown" : false;
}
