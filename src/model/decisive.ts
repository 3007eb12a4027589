import { redact } from "./redact.ts";

const MAX_LINES = 8;
/** The last lines are kept whatever they say: a program's last words are often plain. */
const TAIL_LINES = 3;

const TELLING =
  /\b(panic|fatal|error|err|exception|traceback|critical|emerg|segfault|segmentation fault|out of memory|oom|denied|refused|cannot|can't|could not|unable|failed|failure|not found|no such|invalid|missing|address already in use|timed? ?out|exec format)\b|(?:error|exception)\b|^\s*caused by/i;

/**
 * The lines of a container's log that most likely say why it failed: the last few, and before them the last ones that speak of an error.
 * In their order, at most 8, blank ones dropped, credentials taken out.
 */
export function decisiveLines(lines: readonly string[]): readonly string[] {
  const said = lines.map((line) => line.trimEnd()).filter((line) => line !== "");
  if (said.length <= MAX_LINES) return said.map(redact);
  const tail = said.length - TAIL_LINES;
  const telling = said.flatMap((line, i) => (i < tail && TELLING.test(line) ? [i] : []));
  const chosen = new Set(telling.slice(-(MAX_LINES - TAIL_LINES)));
  return said.filter((_, i) => i >= tail || chosen.has(i)).map(redact);
}
