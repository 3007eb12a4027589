import type { Cell, Column } from "../model/report.ts";
import { gridLines } from "./grid.ts";
import { styleOf, type TableOptions } from "./style.ts";
import { wrap } from "./width.ts";

/** What `renderList` draws, from `report/list.ts`. */
export interface ListView {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** `12 Services: 2 broken, 10 healthy`. */
  readonly tally: string;
  /** How to see one of them in full. */
  readonly more: string;
}

/** A list for a person: a row for each object, and the counts under it. Text ending in a line end. */
export function renderList(view: ListView, options: TableOptions): string {
  const style = styleOf(options);
  const counts = wrap(style.say(view.tally), options.columns).map((line) => style.paint(line, "bold"));
  const more = view.more === "" ? [] : [style.paint(style.say(view.more), "dim")];
  const rows = gridLines(view, options, style);
  return `${[...rows, ...(rows.length > 0 ? [""] : []), ...counts, ...more].join("\n")}\n`;
}
