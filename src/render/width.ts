/**
 * Columns that text takes in a terminal, without Intl.Segmenter (its first use costs about 20 ms) and without a package. East Asian Wide
 * and Fullwidth characters take two columns, combining marks none. Source: Unicode EastAsianWidth.txt, emoji presentation included.
 */

/** First and last of each range, in order; one flat list, because a list of lists takes longer to make than a report to print. */
const WIDE: readonly number[] = [
  0x1100, 0x115f, 0x231a, 0x231b, 0x2329, 0x232a, 0x23e9, 0x23ec, 0x23f0, 0x23f0, 0x23f3, 0x23f3, 0x25fd, 0x25fe,
  0x2614, 0x2615, 0x2648, 0x2653, 0x267f, 0x267f, 0x2693, 0x2693, 0x26a1, 0x26a1, 0x26aa, 0x26ab, 0x26bd, 0x26be,
  0x26c4, 0x26c5, 0x26ce, 0x26ce, 0x26d4, 0x26d4, 0x26ea, 0x26ea, 0x26f2, 0x26f3, 0x26f5, 0x26f5, 0x26fa, 0x26fa,
  0x26fd, 0x26fd, 0x2705, 0x2705, 0x270a, 0x270b, 0x2728, 0x2728, 0x274c, 0x274c, 0x274e, 0x274e, 0x2753, 0x2755,
  0x2757, 0x2757, 0x2795, 0x2797, 0x27b0, 0x27b0, 0x27bf, 0x27bf, 0x2b1b, 0x2b1c, 0x2b50, 0x2b50, 0x2b55, 0x2b55,
  0x2e80, 0x303e, 0x3041, 0x33ff, 0x3400, 0x4dbf, 0x4e00, 0xa4cf, 0xa960, 0xa97f, 0xac00, 0xd7a3, 0xf900, 0xfaff,
  0xfe10, 0xfe19, 0xfe30, 0xfe6f, 0xff01, 0xff60, 0xffe0, 0xffe6, 0x16fe0, 0x18cff, 0x1aff0, 0x1b2ff, 0x1f004, 0x1f004,
  0x1f0cf, 0x1f0cf, 0x1f18e, 0x1f18e, 0x1f191, 0x1f19a, 0x1f200, 0x1f320, 0x1f32d, 0x1f335, 0x1f337, 0x1f37c, 0x1f37e,
  0x1f393, 0x1f3a0, 0x1f3ca, 0x1f3cf, 0x1f3d3, 0x1f3e0, 0x1f3f0, 0x1f3f4, 0x1f3f4, 0x1f3f8, 0x1f43e, 0x1f440, 0x1f440,
  0x1f442, 0x1f4fc, 0x1f4ff, 0x1f53d, 0x1f54b, 0x1f54e, 0x1f550, 0x1f567, 0x1f57a, 0x1f57a, 0x1f595, 0x1f596, 0x1f5a4,
  0x1f5a4, 0x1f5fb, 0x1f64f, 0x1f680, 0x1f6c5, 0x1f6cc, 0x1f6cc, 0x1f6d0, 0x1f6d2, 0x1f6d5, 0x1f6d7, 0x1f6dc, 0x1f6df,
  0x1f6eb, 0x1f6ec, 0x1f6f4, 0x1f6fc, 0x1f7e0, 0x1f7f0, 0x1f90c, 0x1f93a, 0x1f93c, 0x1f945, 0x1f947, 0x1f9ff, 0x1fa70,
  0x1faff, 0x20000, 0x3fffd,
];

const FIRST_WIDE = 0x1100;
/** Nearly all text: one column a character. */
const PLAIN = /^[\x20-\x7e]*$/;
const MARK = /^\p{M}$/u;

function isWide(code: number): boolean {
  let low = 0;
  let high = WIDE.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (code < (WIDE[2 * middle] ?? 0)) high = middle - 1;
    else if (code > (WIDE[2 * middle + 1] ?? 0)) low = middle + 1;
    else return true;
  }
  return false;
}

/** Arrows, box characters and bullets, which reports are full of: blocks without a mark in them, and the class of marks takes long to compile. */
function isSymbol(code: number): boolean {
  return (code >= 0x2000 && code <= 0x20cf) || (code >= 0x2100 && code <= 0x2bff);
}

/** Columns of one character (code point). Nonspacing and enclosing marks and conjoining Hangul take none. */
function charWidth(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if ((code >= 0x1160 && code <= 0x11ff) || (code >= 0xd7b0 && code <= 0xd7ff)) return 0;
  if (!isSymbol(code) && MARK.test(char) && !/^\p{Mc}$/u.test(char)) return 0;
  return code >= FIRST_WIDE && isWide(code) ? 2 : 1;
}

/** Columns of sanitised text in a terminal. */
export function width(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let sum = 0;
  for (const char of text) sum += charWidth(char);
  return sum;
}

/** The longest beginning that fits in `columns`, never ending between a character and its marks. */
export function head(text: string, columns: number): string {
  let sum = 0;
  let kept = "";
  for (const char of text) {
    sum += charWidth(char);
    if (sum > columns) break;
    kept += char;
  }
  return kept;
}

/** The longest end that fits in `columns`; it begins with a character, not with a mark. */
function tail(text: string, columns: number): string {
  let sum = 0;
  const kept: string[] = [];
  for (const char of [...text].reverse()) {
    sum += charWidth(char);
    if (sum > columns) break;
    kept.unshift(char);
  }
  while (kept[0] !== undefined && charWidth(kept[0]) === 0) kept.shift();
  return kept.join("");
}

/** Shortens to `columns` by leaving out the middle: the registry and the tag of an image, both ends of a message, stay. */
export function shortenMiddle(text: string, columns: number, ellipsis: string): string {
  if (width(text) <= columns) return text;
  const room = columns - width(ellipsis);
  if (room < 2) return head(text, columns);
  const left = head(text, Math.ceil(room / 2));
  return `${left}${ellipsis}${tail(text, room - width(left))}`;
}

/** Shortens a sentence to `columns` by leaving out its end. */
export function shortenEnd(text: string, columns: number, ellipsis: string): string {
  if (width(text) <= columns) return text;
  const room = columns - width(ellipsis);
  return room < 2 ? head(text, columns) : `${head(text, room).trimEnd()}${ellipsis}`;
}

/** Breaks a line into pieces of at most `columns`, at spaces where there are any; a longer word is cut. Leading spaces stay. */
export function wrap(text: string, columns: number): readonly string[] {
  const room = Math.max(columns, 8);
  if (width(text) <= room) return [text];
  const out: string[] = [];
  const [indent = ""] = text.match(/^ */) ?? [];
  let line = indent;
  for (const word of text.slice(indent.length).split(" ")) {
    const joined = line.trim() === "" ? line + word : `${line} ${word}`;
    if (width(joined) <= room) {
      line = joined;
      continue;
    }
    if (line.trim() !== "") out.push(line.trimEnd());
    line = word;
    while (width(line) > room) {
      const piece = head(line, room);
      out.push(piece);
      line = line.slice(piece.length);
    }
  }
  return [...out, line];
}
