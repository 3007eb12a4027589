import type { Cell, CellMark, Column } from "../../model/report.ts";

/** A cell; an empty text is printed as `-`. */
export function cell(text: string | number | undefined, mark?: CellMark): Cell {
  const shown = text === undefined || text === "" ? "-" : String(text);
  return mark === undefined ? { text: shown } : { text: shown, mark };
}

/** A column that is always printed whole: names, IPs, ports, label keys. */
export function whole(title: string): Column {
  return { title, shorten: "never" };
}

/** A column whose middle may be left out on a narrow terminal: images, messages, node names. */
export function elastic(title: string): Column {
  return { title, shorten: "middle" };
}

/** A column of sentences, which say the most at their beginning. */
export function sentence(title: string): Column {
  return { title, shorten: "end" };
}

/** A column that only `-o wide` prints. */
export function wideOnly(column: Column): Column {
  return { ...column, wide: true };
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
] as const;

/** `40s`, `12m`, `2h`, `18h`, `3d`: an age in the unit in which people speak of it. Negative ages (clock skew) are 0s. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return "-";
  const seconds = Math.max(0, Math.floor(ms / 1000));
  // kubectl changes the unit at twice its size, so that "90m" does not become "1h".
  const unit = UNITS.find(([, size]) => seconds >= 2 * size);
  return unit === undefined ? `${seconds}s` : `${Math.floor(seconds / unit[1])}${unit[0]}`;
}
