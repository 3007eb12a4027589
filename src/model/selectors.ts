import type { LabelSelector, Labels, Pod, Service } from "./kube.ts";

/**
 * Whether a Service selects a pod: same namespace, and every pair of a non-empty `spec.selector` is in the pod's labels,
 * byte for byte. An empty selector selects nothing (the slices are then somebody else's).
 * Source: core/v1 ServiceSpec.selector; endpointslice controller `ShouldPodBeInEndpoints` decides the rest.
 */
export function selects(service: Service, pod: Pod): boolean {
  const pairs = Object.entries(service.spec?.selector ?? {});
  if (pairs.length === 0 || service.spec?.type === "ExternalName") return false;
  if (service.metadata.namespace !== pod.metadata.namespace) return false;
  return matchesPairs(pairs, pod.metadata.labels ?? {});
}

/** Whether every key=value pair is in `labels`, exactly and case-sensitively. */
export function matchesPairs(
  pairs: readonly (readonly [string, string | undefined])[],
  labels: { readonly [key: string]: string | undefined },
): boolean {
  return pairs.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

/**
 * metav1.LabelSelector against labels: matchLabels and matchExpressions are ANDed; `{}` matches everything. `NotIn` holds for an
 * absent key. An operator this code does not know matches nothing.
 * Source: apimachinery `LabelSelectorAsSelector`. What a missing selector means is the caller's field to decide.
 */
export function matchesSelector(
  selector: LabelSelector,
  labels: Labels | { readonly [key: string]: string | undefined },
): boolean {
  if (!matchesPairs(Object.entries(selector.matchLabels ?? {}), labels)) return false;
  return (selector.matchExpressions ?? []).every((expression) => {
    const key = expression.key ?? "";
    const present = Object.hasOwn(labels, key);
    const value = labels[key];
    const listed = value !== undefined && (expression.values ?? []).includes(value);
    switch (expression.operator) {
      case "In":
        return present && listed;
      case "NotIn":
        return !present || !listed;
      case "Exists":
        return present;
      case "DoesNotExist":
        return !present;
      default:
        return false;
    }
  });
}

/** How one pod's labels compare with a selector's pairs: for the near-miss table and the hint under it. */
export interface LabelComparison {
  readonly key: string;
  readonly wanted: string;
  /** The pod's value, or undefined when the key is missing. */
  readonly found: string | undefined;
  readonly match: boolean;
}

/** Compares each pair of `selector` with `labels`, in the selector's own order. */
export function compareLabels(
  selector: { readonly [key: string]: string | undefined },
  labels: { readonly [key: string]: string | undefined },
): readonly LabelComparison[] {
  return Object.entries(selector).map(([key, wanted]) => {
    const found = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return { key, wanted: wanted ?? "", found, match: found !== undefined && found === wanted };
  });
}
