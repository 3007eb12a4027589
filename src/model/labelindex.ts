import { matchesPairs } from "./selectors.ts";

type Pairs = { readonly [key: string]: string | undefined };

interface Placed {
  readonly metadata: { readonly namespace: string };
}

/**
 * Objects by namespace and label pair, so that a selector costs what it selects and not what there is: in a list of all Services every
 * selector is asked of every pod of the cluster.
 */
export class LabelIndex<T extends Placed> {
  readonly #labelsOf: (object: T) => Pairs;
  /** By namespace, then by `key=value`; in the order in which the objects came. */
  readonly #places = new Map<string, Map<string, T[]>>();

  constructor(objects: readonly T[], labelsOf: (object: T) => Pairs) {
    this.#labelsOf = labelsOf;
    for (const object of objects) {
      const place = this.#places.get(object.metadata.namespace) ?? new Map<string, T[]>();
      this.#places.set(object.metadata.namespace, place);
      for (const [key, value] of Object.entries(labelsOf(object))) {
        const pair = `${key}=${value}`;
        const posted = place.get(pair);
        if (posted === undefined) place.set(pair, [object]);
        else posted.push(object);
      }
    }
  }

  /** The objects of a namespace that carry every pair, in their order. No pairs select nothing, as for a Service. */
  matching(namespace: string, selector: Pairs): readonly T[] {
    const place = this.#places.get(namespace);
    const pairs = Object.entries(selector);
    if (place === undefined || pairs.length === 0) return [];
    const posted = pairs.map(([key, value]) => place.get(`${key}=${value}`) ?? []);
    const fewest = posted.reduce((a, b) => (b.length < a.length ? b : a));
    return fewest.filter((object) => matchesPairs(pairs, this.#labelsOf(object)));
  }

  /** As `matching`, in every namespace but one. */
  elsewhere(namespace: string, selector: Pairs): readonly T[] {
    return [...this.#places.keys()].flatMap((place) => (place === namespace ? [] : this.matching(place, selector)));
  }
}

/** Groups objects by a key, in their order. */
export function byKey<T>(objects: readonly T[], keyOf: (object: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const object of objects) {
    const key = keyOf(object);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [object]);
    else group.push(object);
  }
  return groups;
}
