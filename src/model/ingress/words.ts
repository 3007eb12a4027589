import type { LabelSelector } from "../kube.ts";

/** A label selector as people write it: `app=web,tier in (a, b)`; "any label" for an empty one. */
export function labelSelectorWords(selector: LabelSelector): string {
  const pairs = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value ?? ""}`);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) => {
    const all = values ?? [];
    if (operator === "In" && all.length === 1) return `${key}=${all[0]}`;
    return `${key} ${(operator ?? "").toLowerCase()} (${all.join(", ")})`;
  });
  const words = [...pairs, ...expressions];
  return words.length === 0 ? "any label" : words.join(",");
}
