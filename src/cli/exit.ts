/** Exit codes, documented as stable (README): scripts rely on them. */
export const EXIT = {
  /** healthy or degraded */
  fine: 0,
  /** broken; with `--fail-on=warning` degraded too */
  broken: 1,
  /** the command could not do its work: usage, object not found, API unreachable, unreadable dump */
  failed: 2,
  /** no error found, but something essential could not be read */
  unknown: 3,
  interrupted: 130,
} as const;
