import type { Report } from "../model/report.ts";
import type { TargetRequest } from "../model/target.ts";
import { arrange, type Entry, listTable, tally } from "../report/list.ts";
import { type Io, styleOf } from "./io.ts";
import type { JudgeOptions } from "./options.ts";

const RENDERERS = {
  json: () => import("../render/json.ts"),
  yaml: () => import("../render/yaml.ts"),
  markdown: () => import("../render/markdown.ts"),
  junit: () => import("../render/junit.ts"),
  table: () => import("../render/table.ts"),
  wide: () => import("../render/table.ts"),
} as const;

/** Loads the module that `print` will use: cli-table3 costs start-up time. */
export async function loadRenderer(options: Pick<JudgeOptions, "output">): Promise<void> {
  await RENDERERS[options.output]();
}

/** Whether a list is printed as rows, one for each object: then no more of a report is needed than its row. */
export function isRows({ selection }: TargetRequest, { output }: Pick<JudgeOptions, "output">): boolean {
  return selection.by === "all" && (output === "table" || output === "wide");
}

/** Writes what was judged in the chosen format: whole reports, one after the other. */
export async function print(
  entries: readonly Entry<Report>[],
  request: TargetRequest,
  options: JudgeOptions,
  io: Io,
): Promise<void> {
  const list = request.selection.by === "all";
  const shown = list ? arrange(entries, options.sortBy, options.onlyProblems) : entries;
  const reports = shown.map(({ report }) => report);
  switch (options.output) {
    case "json": {
      const { renderJson } = await import("../render/json.ts");
      return io.out(renderJson(reports, list));
    }
    case "yaml": {
      const { renderYaml } = await import("../render/yaml.ts");
      return io.out(renderYaml(reports, list));
    }
    case "markdown": {
      const { renderMarkdown } = await import("../render/markdown.ts");
      return io.out(renderMarkdown(reports));
    }
    case "junit": {
      const { renderJunit } = await import("../render/junit.ts");
      const { CHECKS } = await import("../checks/index.ts");
      const owners = CHECKS.flatMap(({ id, findings }) =>
        Object.keys(findings).map((finding) => [finding, id] as const),
      );
      return io.out(renderJunit(reports, new Map(owners)));
    }
    case "table":
    case "wide":
      return printReports(reports, options, io);
  }
}

async function printReports(reports: readonly Report[], options: JudgeOptions, io: Io): Promise<void> {
  const { renderTable } = await import("../render/table.ts");
  const style = { ...styleOf(io, options.color), wide: options.output === "wide" };
  io.out(reports.map((report) => renderTable(report, style)).join("\n"));
}

/** Writes a list as a table, one row for each object. */
export async function printRows(
  all: readonly Entry[],
  request: TargetRequest,
  options: JudgeOptions,
  io: Io,
): Promise<void> {
  if (all.length === 0) return io.err(emptyText(request));
  const shown = arrange(all, options.sortBy, options.onlyProblems);
  const { renderList } = await import("../render/list.ts");
  const style = { ...styleOf(io, options.color), wide: options.output === "wide" };
  const view = {
    ...listTable(shown, request.namespace === ""),
    tally: tally(all),
    more: shown.length === 0 ? "" : `kubectl netcheck ${request.kind} NAME${namespaceFlag(request)} shows one in full`,
  };
  io.out(renderList(view, style));
}

function namespaceFlag({ namespace }: TargetRequest): string {
  return ` -n ${namespace === "" ? "NAMESPACE" : namespace}`;
}

function emptyText(request: TargetRequest): string {
  const where = request.namespace === "" ? "in any namespace" : `in namespace ${request.namespace}`;
  return `No resources found ${where}.\n`;
}
