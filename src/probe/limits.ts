/** CPU and memory of the test pod's container, as quantities. */
export interface Amounts {
  readonly cpu: string;
  readonly memory: string;
}

export interface Resources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** Both, so that a ResourceQuota admits it. */
export const USUAL: Resources = {
  requests: { cpu: "10m", memory: "32Mi" },
  limits: { cpu: "250m", memory: "128Mi" },
};

/**
 * Resources that a LimitRange admits, by what it says of those it refused; undefined when it says nothing of the kind. What lies beyond a
 * minimum or a maximum becomes that, a ratio makes request and limit equal. Source: plugin/pkg/admission/limitranger minConstraint, maxConstraint, limitRequestRatioConstraint.
 */
export function fitted(given: Resources, refusal: string): Resources | undefined {
  let { requests, limits } = given;
  let changed = false;
  for (const [, what, of, , amount] of refusal.matchAll(
    /\b(minimum|maximum) (cpu|memory) usage per (Container|Pod) is ([0-9.]+[a-zA-Z]*)/g,
  )) {
    if (what === undefined || of === undefined || amount === undefined) continue;
    changed = true;
    const key = of as keyof Amounts;
    const beyond = (value: string): boolean =>
      what === "minimum" ? amountOf(value) < amountOf(amount) : amountOf(value) > amountOf(amount);
    if (beyond(requests[key])) requests = { ...requests, [of]: amount };
    if (beyond(limits[key])) limits = { ...limits, [of]: amount };
  }
  for (const [, of] of refusal.matchAll(/\b(cpu|memory) max limit to request ratio per/g)) {
    if (of === undefined) continue;
    changed = true;
    requests = { ...requests, [of]: limits[of as keyof Amounts] };
  }
  return changed ? { requests, limits } : undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** A quantity as a number; 0 for units that no container of ours has. Source: apimachinery api/resource Quantity. */
function amountOf(text: string): number {
  const [, number = "0", unit = ""] = /^([0-9.]+)([a-zA-Z]*)$/.exec(text) ?? [];
  return Number(number) * (UNITS[unit] ?? 0);
}
