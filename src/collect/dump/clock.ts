import { isRecord } from "../decode.ts";

/**
 * The time of a dump that carries none: plain manifests were never in a cluster. All ages are then undefined, since age comes from a creationTimestamp
 * and there is none; a check that compares another time with the clock (a certificate's dates) must stay silent when
 * `View.now` is 0.
 */
export const NO_CLOCK = "1970-01-01T00:00:00Z";

/** Fields that say when something happened. Deadlines (deletionTimestamp, notAfter, renewal times) lie in the future and are left out. */
const TIMES = new Set([
  "creationTimestamp",
  "lastTransitionTime",
  "lastProbeTime",
  "lastHeartbeatTime",
  "lastUpdateTime",
  "lastObservedTime",
  "firstTimestamp",
  "lastTimestamp",
  "eventTime",
  "startTime",
  "startedAt",
  "finishedAt",
  "completionTime",
  "lastScheduleTime",
  "lastSuccessfulTime",
  "acquireTime",
  "renewTime",
]);
/** The user's own keys. */
const FREE = new Set(["labels", "annotations", "data", "stringData", "binaryData", "matchLabels", "selector"]);
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

function managed(fields: unknown): number {
  if (!Array.isArray(fields)) return 0;
  const times = fields.map((entry: unknown) => (isRecord(entry) ? timeIn(entry["time"]) : 0));
  return Math.max(0, ...times);
}

function timeIn(value: unknown): number {
  if (typeof value !== "string" || !RFC3339.test(value)) return 0;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? 0 : ms;
}

/** The newest moment that `value` tells of, in ms since the epoch; 0 when it tells of none. */
export function newestTime(value: unknown, depth = 0): number {
  if (typeof value !== "object" || value === null || depth > 40) return 0;
  if (Array.isArray(value))
    return value.reduce((newest: number, item) => Math.max(newest, newestTime(item, depth + 1)), 0);
  let newest = 0;
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === "string") {
      if (TIMES.has(key)) newest = Math.max(newest, timeIn(item));
    } else if (key === "managedFields") newest = Math.max(newest, managed(item));
    else if (!FREE.has(key)) newest = Math.max(newest, newestTime(item, depth + 1));
  }
  return newest;
}

/** RFC 3339 in UTC with whole seconds, rounded up: nothing in the dump is then younger than its clock. */
export function clockOf(ms: number): string {
  return ms === 0 ? NO_CLOCK : new Date(Math.ceil(ms / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
