import type { Finding } from "../model/finding.ts";

/** Findings that say the same of several objects, and what follows from them. */
export interface Folded {
  /** The first stands for all. */
  readonly findings: readonly [Finding, ...Finding[]];
  /** Consequences; folded as well. */
  readonly follow: readonly Folded[];
}

/** Equal for two findings that differ only in the name of their object. */
function keyOf(finding: Finding): string {
  const { kind, namespace, name } = finding.object;
  const text = finding.summary.split(name).join("\u0000");
  return [finding.id, finding.severity, finding.confidence, kind, namespace, text].join("\n");
}

function foldAlike(findings: readonly Finding[]): readonly Folded[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const group = groups.get(keyOf(finding));
    if (group === undefined) groups.set(keyOf(finding), [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map((group) => ({ findings: group, follow: [] }));
}

/**
 * Findings in report order as blocks: alike ones as one, consequences under the last block of the root that they follow. (The report keeps
 * every finding; only the table folds.)
 */
export function fold(findings: readonly Finding[]): readonly Folded[] {
  const blocks: Folded[] = [];
  let i = 0;
  while (i < findings.length) {
    const run: Finding[] = [];
    const follow: Finding[] = [];
    const { id, severity } = findings[i] ?? { id: "", severity: "info" };
    for (; i < findings.length; i++) {
      const next = findings[i];
      if (next === undefined || next.id !== id || next.severity !== severity || next.consequenceOf !== null) break;
      run.push(next);
    }
    for (; i < findings.length; i++) {
      const next = findings[i];
      if (next === undefined || next.consequenceOf === null) break;
      follow.push(next);
    }
    const folded = foldAlike(run.length > 0 ? run : follow);
    const last = folded.at(-1);
    blocks.push(...folded.slice(0, -1));
    if (last !== undefined) blocks.push({ ...last, follow: run.length > 0 ? foldAlike(follow) : [] });
  }
  return blocks;
}

/** `web-1, web-2, web-3 and 9 more`. */
export function namesOf(findings: readonly Finding[], most: number): string {
  const names = [...new Set(findings.map((finding) => finding.object.name))];
  const left = names.length - most;
  return left > 0 ? `${names.slice(0, most).join(", ")} and ${left} more` : names.join(", ");
}
