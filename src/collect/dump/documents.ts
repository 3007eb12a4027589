import { CORE_SCHEMA, load, mergeTag, YAMLException } from "js-yaml";

/** One document of a file: a value, or why there is none. `line` is where it starts, from 1; `number` counts the documents of the file, from 1. */
export type Document =
  | { readonly line: number; readonly number: number; readonly value: unknown }
  | {
      readonly line: number;
      readonly number: number;
      readonly problem: string;
      /** Whether it was meant to be Kubernetes: only then is it worth a complaint. */
      readonly kubernetes: boolean;
      /** The kinds that its text names: of these something is lost. */
      readonly kinds: readonly string[];
    };

type Parsed = { readonly value: unknown } | { readonly problem: string; readonly line: number };

const SCHEMA = CORE_SCHEMA.withTags(mergeTag);
/** A manifest uses a handful of anchors; nine levels of nine make a billion nodes. */
const MAX_ALIASES = 1000;
const MAX_EXPANDED_NODES = 500_000;

function looksLikeKubernetes(text: string): boolean {
  return /"(?:apiVersion|kind)"\s*:|^\s*(?:- )?(?:apiVersion|kind):\s/m.test(text);
}

function kindsIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\bkind"?\s*:\s*["']?([A-Z]\w*)/g)].map((match) => match[1] ?? ""))];
}

function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

/** The parser's own message quotes the text around the error, which may be a Secret: only the kind of error and the place are told. */
function parseJson(text: string): Parsed {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? Number.NaN);
    const cut = /Unexpected end|Unterminated/.test(message);
    const line = Number.isNaN(position) ? linesIn(text.trimEnd()) : linesIn(text.slice(0, position));
    return { problem: cut ? "JSON that ends in the middle" : "not valid JSON", line };
  }
}

/** Counts nodes as a reader would meet them, aliases followed; stops at the limit. */
function expandedNodes(value: unknown, depth: number, left: number): number {
  if (left <= 0 || depth > 100) return MAX_EXPANDED_NODES + 1;
  if (typeof value !== "object" || value === null) return 1;
  let count = 1;
  for (const item of Object.values(value)) {
    count += expandedNodes(item, depth + 1, left - count);
    if (count > left) return count;
  }
  return count;
}

function parseYaml(text: string): Parsed {
  try {
    const value = load(text, { schema: SCHEMA, maxAliases: MAX_ALIASES });
    const aliased = /[\s[,]\*[\w-]/.test(text);
    if (aliased && expandedNodes(value, 0, MAX_EXPANDED_NODES) > MAX_EXPANDED_NODES)
      return { problem: "its anchors and aliases expand without measure", line: 0 };
    return { value };
  } catch (error) {
    if (error instanceof YAMLException)
      return { problem: `not valid YAML: ${error.reason}`, line: error.mark?.line ?? 0 };
    if (error instanceof RangeError) return { problem: "nested too deeply", line: 0 };
    throw error;
  }
}

/** End of the JSON value that starts at `from`, or -1 when the text ends before it does. */
function endOfJson(text: string, from: number): number {
  const token = /["{}[\]]/g;
  token.lastIndex = from;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '"') {
      let at = match.index + 1;
      while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
      if (at >= text.length) return -1;
      token.lastIndex = at + 1;
    } else if (match[0] === "{" || match[0] === "[") depth += 1;
    else {
      depth -= 1;
      if (depth <= 0) return match.index + 1;
    }
  }
  return -1;
}

interface Piece {
  readonly text: string;
  /** Lines before it in the file. */
  readonly offset: number;
  readonly json: boolean;
}

/**
 * Concatenated JSON values (also one per line) in order. After a value that is cut off, the next line that starts with `{` in the first column begins a
 * new one: kubectl indents all others.
 */
function jsonPieces(text: string, offset: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let line = offset;
  for (;;) {
    const next = /[{[]/g;
    next.lastIndex = at;
    const start = next.exec(text)?.index;
    if (start === undefined) return pieces;
    line += linesIn(text.slice(at, start));
    let end = endOfJson(text, start);
    const restart = text.indexOf("\n{", start);
    // A value that parses is taken whole; one that does not may have swallowed its neighbour.
    if (end === -1 || (restart !== -1 && restart < end && "problem" in parseJson(text.slice(start, end))))
      end = restart === -1 ? text.length : restart + 1;
    const piece = text.slice(start, end);
    pieces.push({ text: piece, offset: line, json: true });
    line += linesIn(piece);
    at = end;
  }
}

/** Cuts at lines `---` and `...`. Neither can stand in the first column inside a value. */
function yamlPieces(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let lines: string[] = [];
  let offset = 0;
  const flush = (nextOffset: number) => {
    const piece = lines.join("\n");
    if (/^\s*[^\s#%]/m.test(piece)) {
      const json = /^\s*[{[]\s*(["{}\]]|$)/.test(piece);
      pieces.push(...(json ? jsonPieces(piece, offset) : [{ text: piece, offset, json: false }]));
    }
    lines = [];
    offset = nextOffset;
  };
  for (const [index, line] of text.split("\n").entries()) {
    if (/^(---|\.\.\.)(\s|$)/.test(line)) {
      flush(index);
      // Content may follow on the same line: `--- {kind: List}`; keeping the line keeps the count.
      lines.push(line.slice(3));
    } else lines.push(line.startsWith("%") ? "" : line);
  }
  flush(0);
  return pieces;
}

/**
 * The documents of a text: one JSON value, several, one per line, or YAML separated by `---` (each of which may be JSON). A document that does not parse
 * is told with its place and does not take its neighbours with it.
 */
export function documentsOf(text: string): readonly Document[] {
  const trimmed = text.trimStart();
  if (trimmed === "") return [];
  const jsonFirst = trimmed.startsWith("{") || trimmed.startsWith("[");
  if (jsonFirst) {
    const whole = parseJson(text);
    if (!("problem" in whole)) return [{ line: 1, number: 1, value: whole.value }];
  }
  const separated = /^---(\s|$)/m.test(text);
  const pieces = jsonFirst && !separated ? jsonPieces(text, 0) : yamlPieces(text);
  return pieces.map((piece, index): Document => {
    const number = index + 1;
    const blank = /^\s*/.exec(piece.text)?.[0] ?? "";
    const line = piece.offset + linesIn(blank) + 1;
    let parsed = piece.json ? parseJson(piece.text) : parseYaml(piece.text);
    // `{kind: List}` is YAML in flow style.
    if ("problem" in parsed && piece.json && !/^\s*[{[]\s*["{[]/.test(piece.text)) parsed = parseYaml(piece.text);
    if (!("problem" in parsed)) return { line, number, value: parsed.value };
    return {
      line: piece.offset + parsed.line + 1,
      number,
      problem: parsed.problem,
      kubernetes: looksLikeKubernetes(piece.text),
      kinds: kindsIn(piece.text),
    };
  });
}
