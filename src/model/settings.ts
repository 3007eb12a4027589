/** Time windows of the checks, in milliseconds (catalogue §1.2). */
export interface Settings {
  /** Objects younger than this are starting, not broken. */
  readonly settle: number;
  /** ContainerCreating or PodInitializing for longer than this is suspicious. */
  readonly creating: number;
  /** A LoadBalancer without an address is an error after this. */
  readonly lbGrace: number;
  /** A restart counts as recent within this. */
  readonly restartRecent: number;
  /** From this many restarts on, recent ones are reported. A count, not a time. */
  readonly restartMany: number;
  /** A certificate that ends within this is about to expire. */
  readonly certSoon: number;
  /** A controller may lag this long behind `metadata.generation`, or a slice behind its pods. */
  readonly statusLag: number;
  /** An Ingress without an address is reported after this. */
  readonly ingressAddr: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

export const DEFAULT_SETTINGS: Settings = {
  settle: 30 * SECOND,
  creating: 2 * MINUTE,
  lbGrace: 5 * MINUTE,
  restartRecent: 10 * MINUTE,
  restartMany: 3,
  certSoon: 14 * DAY,
  statusLag: 60 * SECOND,
  ingressAddr: 3 * MINUTE,
};
