import { DEFAULT_SCALAR_STYLE_RULES, dump, SCALAR_STYLE, type ScalarStyleRule } from "js-yaml";
import type { Report } from "../model/report.ts";
import { envelope } from "./json.ts";
import { escapeQuoted, isHostile } from "./sanitise.ts";

/** Only double quotes can hold an escape: a string with a control or direction-changing character goes there. */
const quoteHostile: ScalarStyleRule = (layout) => {
  if (isHostile(layout.node.value)) layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
};

/** Any of our data as YAML. Reads back as the same data; no character that a terminal obeys is in it raw. */
export function toYaml(data: unknown): string {
  const scalarStyleRules = [...Object.values(DEFAULT_SCALAR_STYLE_RULES), quoteHostile];
  // Long lines stay whole and repeated objects are written out: the output is read by scripts and diffed.
  return escapeQuoted(dump(data, { lineWidth: -1, noRefs: true, scalarStyleRules }), "yaml");
}

/** `-o yaml`: one Report, or a ReportList, with the same schema as `-o json`. */
export function renderYaml(reports: readonly Report[], list = false): string {
  return toYaml(envelope(reports, list));
}
