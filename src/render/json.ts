import type { Report } from "../model/report.ts";
import { escapeQuoted } from "./sanitise.ts";

/** What `-o json` and `-o yaml` print for several targets at once. */
export interface ReportList {
  readonly apiVersion: "netcheck/v1";
  readonly kind: "ReportList";
  readonly items: readonly Report[];
}

/** One report as it is, several as a list; `list` makes one a list too, so that a script need not count. */
export function envelope(reports: readonly Report[], list = false): Report | ReportList {
  const [only] = reports;
  return reports.length === 1 && only !== undefined && !list
    ? only
    : { apiVersion: "netcheck/v1", kind: "ReportList", items: reports };
}

/** Any of our data as indented JSON, ending in a line end. No control or direction-changing character is in it raw. */
export function toJson(data: unknown): string {
  return `${escapeQuoted(JSON.stringify(data, null, 2), "json")}\n`;
}

/** `-o json`: one Report, or a ReportList. The schema is `report.schema.json`. */
export function renderJson(reports: readonly Report[], list = false): string {
  return toJson(envelope(reports, list));
}
