/** Bits of the code of each byte, and of the end-of-string symbol (256). Source: RFC 7541, appendix B. */
const LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
];
const END_OF_STRING = 256;
const LONGEST = 30;

/** The codes of one length are consecutive numbers, in the order of their symbols: RFC 7541 made a canonical code. */
interface Row {
  readonly first: number;
  readonly symbols: readonly number[];
}

function rows(): readonly Row[] {
  const symbols = Array.from({ length: LONGEST + 1 }, (): number[] => []);
  for (const [symbol, bits] of LENGTHS.entries()) symbols[bits]?.push(symbol);
  let first = 0;
  return symbols.map((list): Row => {
    const row = { first, symbols: list };
    first = (first + list.length) * 2;
    return row;
  });
}

let table: readonly Row[] | undefined;

/** The text of a Huffman-coded string literal of HPACK, one character a byte. Throws Error when it is none. */
export function huffmanDecoded(bytes: Uint8Array): string {
  table ??= rows();
  let text = "";
  let code = 0;
  let length = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      code = code * 2 + ((byte >> bit) & 1);
      length += 1;
      const row = table[length];
      if (row === undefined) throw new Error("a header has an unknown Huffman code");
      const symbol = row.symbols[code - row.first];
      if (symbol === undefined) continue;
      if (symbol === END_OF_STRING) throw new Error("a header has the end of a string in its middle");
      text += String.fromCharCode(symbol);
      code = 0;
      length = 0;
    }
  }
  // The last byte is filled up with the beginning of the end-of-string code, which is all ones.
  if (length > 7 || code !== 2 ** length - 1) throw new Error("a header is not filled up as HPACK wants it");
  return text;
}
