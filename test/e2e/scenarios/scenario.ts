/** One state of the world on the real cluster, and what netcheck must and must not say about it. */
export interface Scenario {
  /** The number in the catalogue of scenarios. */
  readonly id: string;
  readonly title: string;
  /** Objects applied into a namespace of the scenario's own; those with a namespace `other` go into a second one. */
  readonly objects: readonly object[];
  /** What is done once the objects are applied, e.g. to complete a status. */
  readonly afterwards?: (
    kubectl: (args: readonly string[], input?: string) => Promise<string>,
    namespace: string,
  ) => Promise<void>;
  /** Arguments of netcheck, without the namespace. */
  readonly command: readonly string[];
  /** Ids of the root findings, first ones first. Later findings are free unless named in `never`. */
  readonly first: readonly string[];
  /** Ids that must be there as a consequence of the first. */
  readonly consequences?: readonly string[];
  /** Ids or prefixes ending in `*` that must not be reported; with ` warning` or ` error`: not with that severity. */
  readonly never: readonly string[];
  readonly exit: number;
  /** How long the state may take to come about; 60 unless said. */
  readonly seconds?: number;
}
