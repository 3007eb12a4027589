/** How many edits turn one short text into another: a letter more, less or other, or two neighbours swapped (optimal string alignment). */
export function distance(a: string, b: string): number {
  let before: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution, swap));
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/**
 * The candidates that someone who wrote `word` may have meant, best first: those it is a prefix of (a Deployment's name before its pods' hashes)
 * and those within a third of its length in edits. Never `word` itself.
 */
export function nearest(word: string, candidates: readonly string[]): readonly string[] {
  const limit = Math.max(1, Math.floor(word.length / 3));
  return candidates
    .filter((candidate) => candidate !== word)
    .map((candidate) => ({
      candidate,
      score: word !== "" && candidate.startsWith(`${word}-`) ? 0.5 : distance(word, candidate),
    }))
    .filter(({ score }) => score <= limit)
    .toSorted((a, b) => a.score - b.score || a.candidate.localeCompare(b.candidate, "en"))
    .map(({ candidate }) => candidate);
}

/** A part of a text: `text.slice(start, end)` without making it. */
interface Part {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Whether `limit` edits (a letter more, less or other) make `b` of `a`. For a small limit and very many pairs, where `distance` would fill its table for each:
 * most are told apart by their lengths or first letters.
 */
export function isWithinEdits(a: string, b: string, limit: number): boolean {
  return areWithinEdits({ text: a, start: 0, end: a.length }, { text: b, start: 0, end: b.length }, limit);
}

function areWithinEdits(a: Part, b: Part, limit: number): boolean {
  let { start: i, end: endOfA } = a;
  let { start: j, end: endOfB } = b;
  if (Math.abs(endOfA - i - (endOfB - j)) > limit) return false;
  while (i < endOfA && j < endOfB && a.text[i] === b.text[j]) {
    i += 1;
    j += 1;
  }
  while (endOfA > i && endOfB > j && a.text[endOfA - 1] === b.text[endOfB - 1]) {
    endOfA -= 1;
    endOfB -= 1;
  }
  if (i === endOfA || j === endOfB) return endOfA - i + endOfB - j <= limit;
  if (limit === 0) return false;
  const [wholeOfA, wholeOfB] = [
    { ...a, start: i, end: endOfA },
    { ...b, start: j, end: endOfB },
  ];
  const [restOfA, restOfB] = [
    { ...wholeOfA, start: i + 1 },
    { ...wholeOfB, start: j + 1 },
  ];
  return (
    areWithinEdits(restOfA, restOfB, limit - 1) ||
    areWithinEdits(restOfA, wholeOfB, limit - 1) ||
    areWithinEdits(wholeOfA, restOfB, limit - 1)
  );
}
