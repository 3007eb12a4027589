import Table from "cli-table3";
import type { Cell, Column } from "../model/report.ts";
import type { Style, TableOptions, Tone } from "./style.ts";
import { shortenEnd, shortenMiddle, width, wrap } from "./width.ts";

const INDENT = "  ";
const GAP = "  ";
/** A shortened cell keeps at least this many columns; a sentence needs more to say something. */
const LEAST = { never: Number.POSITIVE_INFINITY, middle: 16, end: 32 } as const;
/** Below this, a table is a list of keys and values. */
const NARROW = 60;

/** A private-use character that stands for one column of a cell while cli-table3 lays the table out. */
const FILLER = "\ue000";
const FILLERS = new RegExp(`${FILLER}+`, "g");

interface Grid {
  readonly columns: readonly Column[];
  /** Said (harmless, in the terminal's characters), not yet shortened. */
  readonly rows: readonly (readonly Cell[])[];
}

/**
 * Lays out a table for the terminal: side by side when it fits (elastic columns lose their middle or their end first), else each row as a flow of
 * `TITLE value` pairs, and on a narrow terminal as keys and values. Returns indented lines.
 */
export function gridLines(
  given: { readonly columns: readonly Column[]; readonly rows: readonly (readonly Cell[])[] },
  options: TableOptions,
  style: Style,
): readonly string[] {
  const grid = prepare(given, options, style);
  if (grid.rows.length === 0) return [];
  if (options.columns < NARROW) return vertical(grid, options, style);
  const room = options.columns - INDENT.length;
  const widths = fit(grid, room);
  if (widths !== undefined) return sideBySide(grid, widths, style);
  const less = withoutEmptyColumns(grid);
  const fewer = fit(less, room);
  return fewer === undefined ? flow(grid, options, style) : sideBySide(less, fewer, style);
}

/** Where room is short, a column that holds nothing in any row is not worth it. */
function withoutEmptyColumns({ columns, rows }: Grid): Grid {
  const used = columns.map((_, i) => rows.some((row) => row[i]?.text !== "-"));
  const pick = <T>(list: readonly T[]): readonly T[] => list.filter((_, i) => used[i] === true);
  return { columns: pick(columns), rows: rows.map(pick) };
}

function prepare(given: Grid, options: TableOptions, style: Style): Grid {
  const shown = given.columns.map((column) => options.wide || column.wide !== true);
  const pick = <T>(list: readonly T[]): readonly T[] => list.filter((_, i) => shown[i] === true);
  return {
    columns: pick(given.columns).map((column) => ({ ...column, title: style.say(column.title) })),
    rows: given.rows.map((row) => pick(row).map((cell) => ({ ...cell, text: style.say(cell.text) || "-" }))),
  };
}

/** Column widths that fit into `room`, or undefined. The widest elastic column gives way first. */
function fit({ columns, rows }: Grid, room: number): readonly number[] | undefined {
  const widths = columns.map((column, i) =>
    Math.max(width(column.title), ...rows.map((row) => width(row[i]?.text ?? ""))),
  );
  const least = columns.map((column, i) =>
    Math.min(widths[i] ?? 0, Math.max(LEAST[column.shorten], width(column.title))),
  );
  const gaps = GAP.length * (columns.length - 1);
  let excess = widths.reduce((sum, one) => sum + one, gaps) - room;
  while (excess > 0) {
    const spare = widths.map((one, i) => one - (least[i] ?? 0));
    const most = Math.max(...spare);
    if (most <= 0) return undefined;
    const at = spare.indexOf(most);
    const second = Math.max(0, ...spare.filter((_, i) => i !== at));
    const cut = Math.min(excess, Math.max(1, most - second));
    widths[at] = (widths[at] ?? 0) - cut;
    excess -= cut;
  }
  return widths;
}

const NO_BORDER = Object.fromEntries(
  [
    ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
  ].flatMap((names) => names.map((name) => [name, ""])),
);

/**
 * cli-table3 lays out one row of fillers as wide as the columns, which the texts of each row then take the place of, padded. So colour codes and wide
 * characters line up by one measure, ours; and a row costs nothing there: it makes every cell anew, and compares each row with all others.
 */
function sideBySide({ columns, rows }: Grid, widths: readonly number[], style: Style): readonly string[] {
  const cut = (text: string, i: number): string => {
    const shorten = columns[i]?.shorten === "end" ? shortenEnd : shortenMiddle;
    return shorten(text, widths[i] ?? 0, style.glyphs.ellipsis);
  };
  const table = new Table({
    colWidths: [...widths],
    chars: { ...NO_BORDER, middle: GAP },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(widths.map((columnWidth) => FILLER.repeat(columnWidth)));
  const layout = table.toString();
  const line = (texts: readonly string[], tones: readonly Tone[]): string => {
    let i = -1;
    const filled = layout.replace(FILLERS, ({ length }) => {
      i += 1;
      const text = texts[i] ?? "";
      return style.paint(text, tones[i] ?? "plain") + " ".repeat(Math.max(0, length - width(text)));
    });
    return `${INDENT}${filled}`.trimEnd();
  };
  const heads = line(
    columns.map(({ title }) => title),
    columns.map(() => "dim"),
  );
  return [
    heads,
    ...rows.map((row) =>
      line(
        row.map((cell, i) => cut(cell.text, i)),
        row.map(toneOf),
      ),
    ),
  ];
}

function toneOf(cell: Cell): Tone {
  return cell.mark ?? "plain";
}

/** Each row begins with its first cell; the rest follows as `TITLE value`, broken between pairs only where a pair fits a line. */
function flow({ columns, rows }: Grid, options: TableOptions, style: Style): readonly string[] {
  const deeper = INDENT.repeat(3);
  return rows.flatMap((row) => {
    const out: string[] = [];
    let line = INDENT;
    let used = INDENT.length;
    const put = (text: string, painted: string, continues = false): void => {
      const gap = line.trim() === "" ? "" : "   ";
      if ((continues || used + gap.length + width(text) > options.columns) && line.trim() !== "") {
        out.push(line);
        line = deeper;
        used = deeper.length;
        put(text, painted);
        return;
      }
      line += gap + painted;
      used += gap.length + width(text);
    };
    for (const [i, cell] of row.entries()) {
      const title = columns[i]?.title ?? "";
      if (i > 0 && cell.text === "-") continue;
      const label = i === 0 ? "" : `${title} `;
      const room = options.columns - deeper.length - width(label);
      const pieces =
        columns[i]?.shorten === "middle"
          ? [shortenMiddle(cell.text, room, style.glyphs.ellipsis)]
          : wrap(cell.text, room);
      for (const [j, piece] of pieces.entries()) {
        const lead = j === 0 ? label : "";
        put(lead + piece, style.paint(lead, "dim") + style.paint(piece, i === 0 ? "bold" : toneOf(cell)), j > 0);
      }
    }
    return [...out, line];
  });
}

/** `TITLE  value` lines, a blank line between rows; empty cells are left out. */
function vertical({ columns, rows }: Grid, options: TableOptions, style: Style): readonly string[] {
  const titles = Math.min(16, Math.max(...columns.map((column) => width(column.title))));
  const room = options.columns - INDENT.length - titles - GAP.length;
  return rows.flatMap((row, n) => {
    const pairs = row.flatMap((cell, i) => {
      if (i > 0 && cell.text === "-") return [];
      const title = columns[i]?.title ?? "";
      const label = title + " ".repeat(Math.max(0, titles - width(title)));
      return wrap(cell.text, room).map((piece, j) => {
        const shown = j === 0 ? label : " ".repeat(titles);
        return `${INDENT}${style.paint(shown, "dim")}${GAP}${style.paint(piece, toneOf(cell))}`.trimEnd();
      });
    });
    return n === 0 ? pairs : ["", ...pairs];
  });
}
