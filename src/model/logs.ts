/** The decisive lines of one container's log, current or of its previous run. */
export interface LogExcerpt {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** True for `kubectl logs --previous`: the run that ended last. */
  readonly previous: boolean;
  /** Newest last; raw cluster text, sanitised only when rendered. Empty when `unreadable` is set or the log is empty. */
  readonly lines: readonly string[];
  /** Why the log could not be read (403, container not started, log rotated away). */
  readonly unreadable?: string;
}
