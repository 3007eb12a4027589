import type { Report } from "../model/report.ts";
import { VERDICT_TONES } from "./headline.ts";
import { lines } from "./sanitise.ts";
import type { Style, TableOptions } from "./style.ts";
import { wrap } from "./width.ts";

const LABEL = 20;

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function counts(report: Report): string {
  const roots = report.findings.filter((finding) => finding.consequenceOf === null);
  const severe = (severity: string): number => roots.filter((finding) => finding.severity === severity).length;
  // What only --probe and --sockets can answer was not asked, which is not the same as not applying.
  const asked = report.checks.filter(
    ({ id, status: is }) => is !== "skipped" || !(id.startsWith("probe/") || id === "pod/sockets"),
  );
  const status = (wanted: string): number => asked.filter((check) => check.status === wanted).length;
  const parts = [
    severe("error") > 0 ? plural(severe("error"), "error") : "",
    severe("warning") > 0 ? plural(severe("warning"), "warning") : "",
    `${plural(status("passed"), "check")} passed`,
    status("unknown") > 0 ? `${status("unknown")} could not be answered` : "",
    status("skipped") > 0 ? `${status("skipped")} did not apply` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** The last lines: what stays on the screen when the tables scrolled by. */
export function resultLines(report: Report, options: TableOptions, style: Style): readonly string[] {
  const at = report.path.filter((hop) => hop.status === "broken").at(-1);
  const place = at === undefined ? "" : ` at ${style.say(at.label)}`;
  const tone = VERDICT_TONES[report.verdict];
  const text = `${style.say(report.verdict)}${place}: ${counts(report)}`;
  const [first, ...rest] = wrap(text, options.columns - 8);
  return [
    `${style.paint("RESULT", tone, "bold")}  ${style.paint(first ?? "", "bold")}`,
    ...rest.map((line) => `        ${style.paint(line, "bold")}`),
    ...causeLines(report, options, style),
    ...unreadLines(report, options, style),
    ...untriedLines(report, options, style),
  ];
}

/** Nothing was sent: said once, where sending could still change the answer. A broken target has its cause already, and a dump cannot be asked. */
function untriedLines(report: Report, options: TableOptions, style: Style): readonly string[] {
  const untried = report.checks.some(({ id, status }) => id === "probe/pod-ip" && status === "skipped");
  const probed = report.sections.some(({ step }) => step === "S8");
  if (
    !untried ||
    probed ||
    report.source.kind !== "live" ||
    report.verdict === "broken" ||
    report.target.kind === "ingress"
  )
    return [];
  const text =
    "nothing was sent; --probe lets a test pod request every endpoint, the cluster IP and the name, and shows where answers end";
  return labelled("Not tried", prose(text, options), options, style);
}

function labelled(label: string, text: readonly string[], options: TableOptions, style: Style): readonly string[] {
  const pad = options.columns < 60 ? 4 : LABEL;
  const body = text.map((line) => `${" ".repeat(pad)}${line}`);
  const head = style.paint(label, "bold");
  if (pad < LABEL) return [head, ...body];
  return [`${head}${" ".repeat(Math.max(1, pad - label.length))}${text[0] ?? ""}`, ...body.slice(1)];
}

function prose(text: string, options: TableOptions): readonly string[] {
  return wrap(text, options.columns - (options.columns < 60 ? 4 : LABEL));
}

function causeLines(report: Report, options: TableOptions, style: Style): readonly string[] {
  const root = report.findings.find((finding) => finding.consequenceOf === null && finding.severity !== "info");
  if (root === undefined) return [];
  const commands = root.remedy.flatMap(lines).filter((line) => !line.startsWith("#"));
  const explain = style.paint(`kubectl netcheck explain ${style.say(root.id)}`, "dim");
  return [
    ...labelled("Most likely cause", prose(style.say(root.summary), options), options, style),
    ...labelled(
      "Do this",
      [...commands.slice(0, 3).map((line) => style.paint(style.say(line), "info")), explain],
      options,
      style,
    ),
  ];
}

/** Why each unread thing matters: the number of checks that hang on it, and what settles it. */
function unreadLines(report: Report, options: TableOptions, style: Style): readonly string[] {
  if (report.unread.length === 0) return [];
  const shown = options.wide ? report.unread : report.unread.slice(0, 5);
  const left = report.unread.length - shown.length;
  const body = shown.flatMap(({ what, reason, checks, remedy }) => {
    const open = options.wide ? checks.join(", ") : plural(checks.length, "check");
    return [
      ...prose(style.say(`${what} (${open}): ${reason}`), options),
      ...lines(remedy).map((line) => style.paint(style.say(line), "info")),
    ];
  });
  const more = left > 0 ? [style.paint(`and ${left} more (-o wide shows all)`, "dim")] : [];
  return labelled("Not checked", [...body, ...more], options, style);
}
