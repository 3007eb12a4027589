import type { PathHop, Report, Verdict } from "../model/report.ts";
import type { Style, TableOptions, Tone } from "./style.ts";
import { width } from "./width.ts";

export const VERDICT_TONES: Readonly<Record<Verdict, Tone>> = {
  healthy: "ok",
  degraded: "warn",
  broken: "bad",
  unknown: "info",
};

const HOP_TONES: Readonly<Record<PathHop["status"], Tone>> = {
  ok: "ok",
  warning: "warn",
  broken: "bad",
  unknown: "info",
  "not-checked": "dim",
};

/** What stands behind a label so that the picture reads without colour. */
const SUFFIX: Readonly<Partial<Record<PathHop["status"], string>>> = { warning: " (!)", unknown: " (?)" };

/** `BROKEN  client ──▶ Service shop/web:80 ──✗ endpoints 0/3 ready ┄┄┄ pods`, broken between stations when it is too long. */
export function headline(report: Report, options: TableOptions, style: Style): readonly string[] {
  const verdict = report.verdict.toUpperCase();
  const indent = " ".repeat(verdict.length + 2);
  const lines: string[] = [];
  let line = `${style.paint(verdict, VERDICT_TONES[report.verdict], "bold")}  `;
  let used = indent.length;
  let fresh = true;
  for (const { link, label, tone } of stations(report.path, style)) {
    const text = link === "" ? label : `${link} ${label}`;
    const gap = fresh ? "" : " ";
    const painted =
      style.paint(link, tone === "bad" ? "bad" : "dim") + (link === "" ? "" : " ") + style.paint(label, tone);
    if (!fresh && used + gap.length + width(text) > options.columns) {
      lines.push(line);
      line = indent + painted;
      used = indent.length + width(text);
    } else {
      line += gap + painted;
      used += gap.length + width(text);
    }
    fresh = false;
  }
  return [...lines, line.trimEnd()];
}

interface Drawn {
  readonly link: string;
  readonly label: string;
  readonly tone: Tone;
}

/** Beyond the first broken station nothing flows, so the line is dotted there; another broken station is marked all the same. */
function stations(path: readonly PathHop[], style: Style): readonly Drawn[] {
  const first = path.findIndex((hop) => hop.status === "broken");
  return path.map((hop, i): Drawn => {
    const beyond = first >= 0 && i > first;
    const { arrow, broken, beyond: dotted } = style.glyphs;
    const link = i === 0 ? "" : hop.status === "broken" ? broken : beyond ? dotted : arrow;
    const tone = beyond && hop.status === "ok" ? "dim" : HOP_TONES[hop.status];
    return { link, label: style.say(hop.label) + (SUFFIX[hop.status] ?? ""), tone };
  });
}
