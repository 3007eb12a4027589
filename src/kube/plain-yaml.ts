/** A document that could be read. */
export interface Plain {
  readonly value: unknown;
}

/**
 * Reads YAML as kubectl, az, kubeadm and kind write a kubeconfig: mappings and lists in blocks, of scalars on one line; or JSON. To load js-yaml and have it read
 * the same takes a fortieth of a run. Of a key that comes twice the last counts, as for kubectl. Undefined for a text that holds anything else, or anything doubtful
 * (comments behind a value, anchors, folded text, numbers): js-yaml is to read that one, and to say what is wrong with it.
 */
export function plainYaml(text: string): Plain | undefined {
  if (!/^[\x20-\x7e\n]*$/.test(text)) return undefined;
  if (text.startsWith("{")) return json(text);
  const tokens = tokensOf(text);
  if (tokens === undefined || tokens.length === 0) return undefined;
  const reader = { tokens, at: 0 };
  const value = node(reader);
  return value === undefined || reader.at < tokens.length ? undefined : { value };
}

function json(text: string): Plain | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** `- `, `key:` with or without a scalar, or a scalar alone; the column of its first character. */
type Token = { readonly indent: number } & (
  | { readonly kind: "item" }
  | { readonly kind: "pair"; readonly key: string; readonly scalar: Scalar | undefined }
  | { readonly kind: "scalar"; readonly scalar: Scalar }
);

interface Scalar {
  readonly value: string | boolean | null | readonly [] | Readonly<Record<string, never>>;
}

const PAIR = /^([A-Za-z][A-Za-z0-9_./-]*):(?: +(.*))?$/;

function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const lines = text.split("\n");
  for (let i = lines[0] === "---" ? 1 : 0; i < lines.length; i += 1) {
    const line = lines[i] ?? "";
    let rest = line.trimStart();
    let indent = line.length - rest.length;
    if (rest === "" || rest.startsWith("#")) continue;
    if (rest.startsWith("- ")) {
      tokens.push({ kind: "item", indent });
      const item = rest.slice(1).trimStart();
      indent += rest.length - item.length;
      rest = item;
    }
    const pair = PAIR.exec(rest);
    const given = pair === null ? rest : pair[2];
    const scalar = given === undefined ? undefined : scalarOf(given);
    if (given !== undefined && scalar === undefined) return undefined;
    if (pair?.[1] !== undefined) tokens.push({ kind: "pair", indent, key: pair[1], scalar });
    else if (scalar !== undefined) tokens.push({ kind: "scalar", indent, scalar });
  }
  return tokens;
}

const WORDS: Readonly<Record<string, Scalar>> = {
  true: { value: true },
  false: { value: false },
  null: { value: null },
  "{}": { value: {} },
  "[]": { value: [] },
};
/** What some YAML or other takes for more than a text. */
const DOUBTFUL = /^(?:null|true|false|yes|no|on|off|y|n)$/i;
/** Begins as no number, date or indicator of YAML does: a word, a path, a flag (`--login`), a GUID. */
const TEXT = /^(?:[A-Za-z/]|--?[A-Za-z]|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-)/;

function scalarOf(text: string): Scalar | undefined {
  const word = Object.hasOwn(WORDS, text) ? WORDS[text] : undefined;
  if (word !== undefined) return word;
  const quoted = /^"([^"\\]*)"$/.exec(text) ?? /^'([^']*)'$/.exec(text);
  if (quoted !== null) return { value: quoted[1] ?? "" };
  const isMore = text.includes(": ") || text.includes(" #") || text.endsWith(":") || text.endsWith(" ");
  return TEXT.test(text) && !DOUBTFUL.test(text) && !isMore ? { value: text } : undefined;
}

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
}

/** The node that begins here, with all that belongs to it; undefined when something stands where it should not. */
function node(reader: Reader): unknown {
  const first = reader.tokens[reader.at];
  switch (first?.kind) {
    case undefined:
      return undefined;
    case "scalar":
      reader.at += 1;
      return first.scalar.value;
    case "item":
      return list(reader, first.indent);
    case "pair":
      return mapping(reader, first.indent);
  }
}

function list(reader: Reader, indent: number): unknown {
  const items: unknown[] = [];
  for (let next = reader.tokens[reader.at]; next !== undefined; next = reader.tokens[reader.at]) {
    if (next.kind !== "item" || next.indent !== indent) return next.indent > indent ? undefined : items;
    reader.at += 1;
    const item = node(reader);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function mapping(reader: Reader, indent: number): unknown {
  const record: Record<string, unknown> = {};
  for (let next = reader.tokens[reader.at]; next !== undefined; next = reader.tokens[reader.at]) {
    if (next.kind !== "pair" || next.indent !== indent) return next.indent > indent ? undefined : record;
    reader.at += 1;
    const value = next.scalar === undefined ? below(reader, indent) : next.scalar.value;
    if (value === undefined) return undefined;
    record[next.key] = value;
  }
  return record;
}

/** What a key without a scalar has: what stands deeper, a list in its own column, or nothing. */
function below(reader: Reader, indent: number): unknown {
  const next = reader.tokens[reader.at];
  const isBelow = next !== undefined && (next.indent > indent || (next.indent === indent && next.kind === "item"));
  return isBelow ? node(reader) : null;
}
