import type { Report } from "../model/report.ts";
import type { TargetRequest } from "../model/target.ts";
import { type Io, styleOf } from "./io.ts";
import type { JudgeOptions } from "./options.ts";

/** Loads the module that `print` will use: cli-table3 costs start-up time. */
export async function loadRenderer(options: JudgeOptions): Promise<void> {
  if (options.output === "json") await import("../render/json.ts");
  else if (options.output === "yaml") await import("../render/yaml.ts");
  else await import("../render/table.ts");
}

/** Writes the reports in the chosen format. */
export async function print(
  reports: readonly Report[],
  request: TargetRequest,
  options: JudgeOptions,
  io: Io,
): Promise<void> {
  if (options.output === "json") {
    const { renderJson } = await import("../render/json.ts");
    io.out(renderJson(reports));
    return;
  }
  if (options.output === "yaml") {
    const { renderYaml } = await import("../render/yaml.ts");
    io.out(renderYaml(reports));
    return;
  }
  const { renderTable } = await import("../render/table.ts");
  const style = { ...styleOf(io, options.color), wide: options.output === "wide" };
  if (reports.length === 0) {
    io.err(emptyText(request));
    return;
  }
  io.out(reports.map((report) => renderTable(report, style)).join("\n"));
}

function emptyText(request: TargetRequest): string {
  const where = request.namespace === "" ? "in any namespace" : `in namespace ${request.namespace}`;
  return `No resources found ${where}.\n`;
}
